import { readFileSync } from "node:fs";
import { z } from "zod";
import { isZone } from "./clock.ts";
import { WHOLE_LANGUAGES } from "./i18n.ts";

const port = z.coerce.number().int().min(0).max(65535);
const url = z.url({ protocol: /^https?$/ });

/**
 * Everything that an operator sets, with its unit and reason. Read from `COMITY_CONFIG` (a JSON file) and then from the
 * environment, `COMITY_` and the name in capitals: `COMITY_PORTAL_PORT`. `comity doctor` prints this table.
 */
export const configSchema = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9]{1,7}$/)
    .describe("Code of this node, as peers know it: XA"),
  name: z.string().min(1).max(80).describe("Name of the country or provider"),
  kind: z.enum(["state", "provider"]).default("state").describe("What the node is"),
  pack: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/)
    .describe("Country pack, a folder of packs/"),
  packs: z.string().min(1).optional().describe("Folder of the packs; without it, the program's own"),
  pack_key: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Verifier key of whoever signs the country's packs, as comity pack sign prints it; a pack that it did not sign is refused",
    ),
  pack_unsigned: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe("Run a pack that nobody signed: for trials and the demo only"),
  database: z
    .string()
    .regex(/^postgres(ql)?:\/\//)
    .describe("Address of PostgreSQL (also DATABASE_URL)"),
  connections: z.coerce.number().int().min(2).max(200).default(16).describe("Most connections to PostgreSQL"),
  folder: z.string().min(1).describe("Folder of keys and vault; readable by the node only"),
  vault: z
    .enum(["directory", "s3"])
    .default("directory")
    .describe("Where evidence lies, encrypted: directory (below the folder), or s3"),
  s3_endpoint: url.optional().describe("Address of the S3 store: https://s3.example.org"),
  s3_region: z.string().min(1).default("us-east-1").describe("Region that calls to the S3 store are signed for"),
  s3_bucket: z
    .string()
    .regex(/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/, "is no bucket's name")
    .optional()
    .describe("Bucket of the vault; nothing else writes into it"),
  s3_prefix: z
    .string()
    .max(200)
    .regex(/^(?:[\w.-]+\/)*$/, "ends with a slash, as in comity/")
    .default("")
    .describe("What every key in the bucket begins with: comity/"),
  s3_path_style: z
    .stringbool()
    .or(z.boolean())
    .default(true)
    .describe("Bucket in the path of the address; off where it is part of the host's name"),
  s3_access_key: z.string().min(1).optional().describe("Access key of the S3 store"),
  s3_secret_key: z.string().min(1).optional().describe("Secret key of the S3 store; better in the file below"),
  s3_credentials: z
    .string()
    .min(1)
    .optional()
    .describe('File with both keys: {"access_key": "…", "secret_key": "…"}; readable by the node only'),
  s3_ca: z
    .string()
    .min(1)
    .optional()
    .describe("File (PEM) of the authority that the S3 store's certificate must come from"),
  keys: z
    .enum(["file", "pkcs11", "transit"])
    .default("file")
    .describe(
      "Where new keys of the vault are made: file (below the folder), pkcs11 (a token), transit (Vault's interface)",
    ),
  pkcs11_module: z.string().min(1).optional().describe("Library of the token's maker: /usr/lib/softhsm/libsofthsm2.so"),
  pkcs11_token: z.string().min(1).max(32).optional().describe("Label of the token"),
  pkcs11_pin: z.string().min(1).optional().describe("PIN of the token's user; better in the file below"),
  pkcs11_pin_file: z.string().min(1).optional().describe("File with that PIN; readable by the node only"),
  transit_url: url
    .optional()
    .describe(
      "Address of Vault or OpenBao: https://vault.example.org:8200 (NODE_EXTRA_CA_CERTS names an authority of your own)",
    ),
  transit_mount: z.string().min(1).default("transit").describe("Where its transit engine is mounted"),
  transit_key: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .describe("Name of the key there, derived; comity- and the node's code where none is given"),
  transit_namespace: z.string().min(1).optional().describe("Namespace there"),
  transit_token: z.string().min(1).optional().describe("Token for it; better in the file below"),
  transit_token_file: z
    .string()
    .min(1)
    .optional()
    .describe("File with that token, read at each use, so that an agent may renew it"),
  scrub_days: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_650)
    .default(30)
    .describe("Days within which everything in the vault is read again and verified"),
  roles: z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",") : value),
      z.array(z.enum(["portal", "desk", "gateway", "worker"])),
    )
    .default(["portal", "desk", "gateway", "worker"])
    .describe("What this process does"),
  host: z.string().default("127.0.0.1").describe("Address to listen on"),
  portal_port: port.default(4100).describe("Port of the public portal"),
  desk_port: port.default(4101).describe("Port of the staff desk"),
  gateway_port: port.default(4102).describe("Port of the exchange gateway"),
  portal_url: url.optional().describe("Address under which the public reaches the portal"),
  desk_url: url.optional().describe("Address under which officers reach the desk"),
  gateway_url: url.optional().describe("Address under which peers reach the gateway"),
  contact_voice: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .describe("Telephone number of the 24/7 contact point, as peers see it"),
  contact_hours: z.string().min(1).max(120).optional().describe("Hours of the contact point, with their time zone"),
  contact_escalation: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Whom peers reach when the contact point does not answer"),
  patience_minutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_080)
    .default(30)
    .describe(
      "Minutes that a message to a peer, its files or a peer's cosignature may be awaited before people are called",
    ),
  smtp_url: z
    .string()
    .regex(/^smtps?:\/\/[^\s]+$/)
    .optional()
    .describe("Mail server, smtp://user:password@host:587; without it no e-mail is offered"),
  mail_from: z
    .string()
    .max(200)
    .regex(/^(?:[^<>"\r\n]{1,100} <[\x21-\x3b\x3d\x3f-\x7e]+@[\w.-]+>|[\x21-\x3b\x3d\x3f-\x7e]+@[\w.-]+)$/)
    .optional()
    .describe("Who e-mail comes from: Police of Aruna <no-reply@example.org>"),
  witness_logs: z
    .string()
    .min(1)
    .optional()
    .describe("File of further logs that this node witnesses, as C2SP tlog-policy writes them"),
  ledger_policy: z
    .string()
    .min(1)
    .optional()
    .describe("File of further witnesses to ask, with their URLs, and of the quorum (C2SP tlog-policy)"),
  tsa_url: url.optional().describe("Time-stamp authority (RFC 3161); without it the node stamps for itself"),
  tsa_certificates: z
    .string()
    .min(1)
    .optional()
    .describe("File with the certificates of that authority, PEM: its own and those above it"),
  timestamp_minutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_080)
    .default(60)
    .describe("Minutes between time-stamps on the ledger's checkpoints, while it grows"),
  languages: z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",") : value),
      z.array(z.string().regex(/^[a-z]{2,3}$/, "are tags of two or three letters: en, fil")).min(1),
    )
    .default([...WHOLE_LANGUAGES])
    .describe(
      "Languages offered to the public, the first is the default; officers are offered those of them that are whole",
    ),
  zone: z
    .string()
    .default("UTC")
    .refine(isZone, "is no IANA time zone")
    .describe("Time zone of offices that name none"),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .default("ZZ")
    .describe("ISO 3166 code that telephone numbers default to"),
  log_level: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Least severity that is logged"),
  trust_proxy: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe("Believe X-Forwarded-* (only behind your own proxy)"),
  session_idle_minutes: z.coerce.number().int().min(1).default(30).describe("Minutes of silence that end a session"),
  session_hours: z.coerce.number().int().min(1).default(12).describe("Hours after which a session ends in any case"),
  upload_max_gib: z.coerce.number().int().min(1).default(1024).describe("Largest single file, in GiB"),
  clamd: z
    .string()
    .regex(/^(?:unix:\/\S+|tcp:(?:[^:\s]+|\[[\da-fA-F:]+\]):\d{1,5})$/, "must be unix:/path/of/socket or tcp:host:port")
    .optional()
    .describe("Malware scanner (clamd), unix:/run/clamav/clamd.ctl or tcp:host:3310; without it nothing is scanned"),
  webhook_loopback: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe("Let webhooks go to this machine itself, without TLS (tests and the demo only)"),
  drain_seconds: z.coerce
    .number()
    .int()
    .min(0)
    .default(8)
    .describe("Seconds given to calls under way when told to stop"),
});
export type Config = z.infer<typeof configSchema>;

/** Reads the configuration. Gives either it, or a list of sentences that say what is wrong and where. */
export function readConfig(
  // oxlint-disable-next-line node/no-process-env -- the one place that reads it
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { config: Config } | { problems: string[] } {
  let file: Record<string, unknown> = {};
  const path = environment["COMITY_CONFIG"];
  if (path) {
    try {
      file = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    } catch (error) {
      return { problems: [`${path} (named by COMITY_CONFIG) can't be read as JSON: ${(error as Error).message}`] };
    }
  }
  const fromEnvironment = Object.fromEntries(
    Object.keys(configSchema.shape).flatMap((name) => {
      const value = environment[`COMITY_${name.toUpperCase()}`];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const database = environment["DATABASE_URL"] ? { database: environment["DATABASE_URL"] } : {};
  const given = { ...file, ...database, ...fromEnvironment };
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return { config: parsed.data };
  return {
    problems: parsed.error.issues.map((issue) => {
      const name = issue.path.join(".");
      if (!name) return issue.message;
      const isSet = name in given;
      return `COMITY_${name.toUpperCase()}: ${isSet ? issue.message : "is not set, and has no default"}`;
    }),
  };
}
/** The environment of this process, for programs that start others with it. */
// oxlint-disable-next-line node/no-process-env -- the one place that reads it
export const environment = (): NodeJS.ProcessEnv => ({ ...process.env });
