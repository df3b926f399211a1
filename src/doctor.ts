import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { demandSigned, loadCountry } from "./access/slice.ts";
import { folders, whoseOf } from "./folders.ts";
import { type Config, configSchema, readConfig } from "./kernel/config.ts";
import { unreachable } from "./kernel/database.ts";
import { isWhole, languagesIn } from "./kernel/i18n.ts";
import { readMigrations } from "./kernel/migrate.ts";
import { systemClock } from "./kernel/clock.ts";
import { unknownYears } from "./law/slice.ts";
import { registry } from "./kernel/slice.ts";
import { checkKeys } from "./keys/slice.ts";
import { checkMail } from "./mail/slice.ts";
import { readPolicies } from "./trust/ledger-policies.ts";
import { readCertificates } from "./trust/signers.ts";
import { readCertificate } from "./trust/verify-certificate.ts";
import { slices } from "./slices.ts";
import { checkStore } from "./trust/vault-check.ts";

/** One thing looked at, and what to do where it is not well. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly words: string;
}
const POSTGRES_MIN = 150_000;
const OTHERS_MAY = 0o077;

/** Looks at everything a node stands on and says it in words. Gives 0 where all is well, else 1. */
export async function doctor({ json, out }: { json: boolean; out: (text: string) => void }): Promise<number> {
  const read = readConfig();
  const findings: Finding[] =
    "problems" in read
      ? read.problems.map((words) => ({ what: "configuration", ok: false, words }))
      : [
          {
            what: "configuration",
            ok: true,
            words: `Node ${read.config.code}, ${read.config.name}, pack ${read.config.pack}.`,
          },
          languages(read.config),
          folder(read.config),
          { what: "store of the vault", ...(await checkStore(read.config)) },
          pack(read.config),
          ...calendar(read.config),
          ...(await database(read.config)),
          { what: "e-mail", ...(await checkMail(read.config)) },
          ...policies(read.config),
          ...timestamps(read.config),
        ];
  const bad = findings.some(({ ok }) => !ok);
  if (json) out(JSON.stringify({ ok: !bad, findings }));
  else {
    for (const { ok, what, words } of findings) out(`${ok ? "good " : "WRONG"}  ${what}: ${words}`);
    if ("problems" in read)
      out(`\nSettings (environment COMITY_<NAME>, or a JSON file named by COMITY_CONFIG):\n${settings()}`);
  }
  return bad ? 1 : 0;
}

/** Every setting with its meaning, from the schema. */
const settings = (): string =>
  Object.entries(configSchema.shape)
    .map(([name, schema]) => `  ${name.padEnd(22)} ${schema.description ?? ""}`)
    .join("\n");

function languages({ languages: offered }: Config): Finding {
  const what = "languages";
  const strange = offered.filter((each) => !existsSync(join(folders.locales, each)));
  return strange.length === 0
    ? { what, ok: true, words: `${offered.join(", ")}; on the desk ${offered.filter(isWhole).join(", ") || "en"}.` }
    : {
        what,
        ok: false,
        words: `Nothing is written in ${strange.join(", ")}. There are: ${languagesIn(folders.locales).join(", ")}.`,
      };
}

function folder({ folder: path }: Config): Finding {
  const what = "folder of keys and vault";
  const keys = join(path, "keys");
  try {
    if (!existsSync(path)) return { what, ok: true, words: `${path} will be made at the first start.` };
    accessSync(path, constants.R_OK | constants.W_OK);
    const open = existsSync(keys) && (statSync(keys).mode & OTHERS_MAY) !== 0;
    return open
      ? { what, ok: false, words: `Others can read ${keys}. Run: chmod 700 ${keys}` }
      : { what, ok: true, words: path };
  } catch {
    return {
      what,
      ok: false,
      words: `${path} can't be read and written by this user. Give it to the user that runs the node.`,
    };
  }
}

/** The files of logs and witnesses, where the operator has named any. */
function policies(config: Config): Finding[] {
  const what = "logs and witnesses";
  try {
    const { witnessed, own } = readPolicies(config);
    const asked = own?.witnesses.filter(({ url }) => url !== null).length ?? 0;
    const words = `beside its peers, this node witnesses ${witnessed?.logs.length ?? 0} logs and asks ${asked} keys of witnesses.`;
    return witnessed || own ? [{ what, ok: true, words }] : [];
  } catch (error) {
    return [{ what, ok: false, words: error instanceof Error ? error.message : String(error) }];
  }
}

/** The time-stamp authority, where the operator has named one: whether its certificates are at hand, and how long they hold. */
function timestamps({ tsa_url: url, tsa_certificates: file }: Config): Finding[] {
  const what = "time-stamps";
  if (url === undefined) return [];
  if (file === undefined)
    return [
      { what, ok: false, words: "COMITY_TSA_CERTIFICATES is not set: no token of the authority would be believed." },
    ];
  try {
    const ends = readCertificates(file).map((der) => readCertificate(der).until.toString().slice(0, 10));
    return [{ what, ok: true, words: `by ${url}; its certificates hold until ${ends.toSorted().join(", ")}.` }];
  } catch (error) {
    return [{ what, ok: false, words: error instanceof Error ? error.message : String(error) }];
  }
}

function pack(config: Config): Finding {
  const what = "country pack";
  try {
    const whose = whoseOf(config);
    const signedBy = demandSigned(whose.packs, whose.pack, config);
    const { policy, pack: law } = loadCountry(whose, registry(slices));
    const signed =
      signedBy === undefined ? "signed by nobody (COMITY_PACK_UNSIGNED)" : `signed by ${signedBy.split("+")[0] ?? ""}`;
    return {
      what,
      ok: true,
      words: `${config.pack}, version ${law.version}, ${signed}, policies ${policy.pack.slice(0, 16)}…`,
    };
  } catch (error) {
    return { what, ok: false, words: error instanceof Error ? error.message : String(error) };
  }
}

/** Clocks that begin today reach so far ahead: the holidays of that time should be known. */
const CALENDAR_DAYS = 90;

/** Whether the pack's calendar knows the holidays of the time that clocks reach into. */
function calendar(config: Config): Finding[] {
  const what = "calendar";
  try {
    const { calendar: known } = loadCountry(whoseOf(config), registry(slices)).pack;
    const now = systemClock();
    const unknown = unknownYears(now, now.add({ hours: 24 * CALENDAR_DAYS }), known);
    return [
      unknown.length === 0
        ? { what, ok: true, words: `holidays are known for the next ${CALENDAR_DAYS} days, in ${known.zone}.` }
        : {
            what,
            ok: false,
            words: `The pack names no holidays of ${unknown.join(", ")}: clocks in working days that reach into it end too early. Add them to packs/${config.pack}/calendar.json, or say by "covers" that there are none.`,
          },
    ];
  } catch {
    // A pack that can't be read is a finding of its own.
    return [];
  }
}

/** Whether the offices are there that the pack sends reports to. A node without any office has not begun yet. */
async function routes(client: pg.Client, config: Config): Promise<Finding[]> {
  const what = "routes of reports";
  const { rows } = await client.query<{ code: string | null }>("select code from office");
  const wanted = new Set(readRoutes(config));
  if (rows.length === 0 || wanted.size === 0) return [];
  const missing = [...wanted].filter((code) => !rows.some((row) => row.code === code));
  return [
    missing.length === 0
      ? { what, ok: true, words: `to ${[...wanted].join(", ")}, and to any police office.` }
      : {
          what,
          ok: false,
          words: `The pack sends reports to ${missing.join(", ")}, and no office has that code: any police office sees them. Open it on the desk, with that code.`,
        },
  ];
}

/** What the scrub of the vault has found, and whether it keeps up. */
async function damage(client: pg.Client, { scrub_days: days }: Config): Promise<Finding> {
  const what = "contents of the vault";
  const { rows } = await client.query<{ open: number; late: number }>(
    `select (select count(*)::int from vault_finding where state = 'open') as open,
      (select count(*)::int from blob where coalesce(verified_at, at) < now() - make_interval(days => $1)) as late`,
    [days],
  );
  const { open = 0, late = 0 } = rows[0] ?? {};
  const overdue =
    late > 0 ? ` ${late} were not verified within ${days} days: is a process with the role worker running?` : "";
  return open > 0
    ? { what, ok: false, words: `${open} findings stand open. See the desk's page “Vault”.${overdue}` }
    : { what, ok: late === 0, words: overdue === "" ? "no damage found." : overdue.trim() };
}

/** Codes of the offices that the pack names; none where it can't be read, which is a finding of its own. */
function readRoutes(config: Config): string[] {
  try {
    return loadCountry(whoseOf(config), registry(slices)).pack.reporting.routes.map(({ office }) => office);
  } catch {
    return [];
  }
}

async function database(config: Config): Promise<Finding[]> {
  const { database: url } = config;
  const what = "database";
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version_num: string; server_version: string; fsync: string }>(
      "select current_setting('server_version_num') as server_version_num, current_setting('server_version') as server_version, current_setting('fsync') as fsync",
    );
    const [server] = rows;
    const applied = await client.query<{ name: string }>("select name from migration").then(
      (answer) => answer.rows.map(({ name }) => name),
      (): string[] => [],
    );
    const missing = readMigrations(folders.migrations).filter(({ name }) => !applied.includes(name));
    return [
      Number(server?.server_version_num) >= POSTGRES_MIN
        ? { what, ok: true, words: `PostgreSQL ${server?.server_version}.` }
        : { what, ok: false, words: `PostgreSQL ${server?.server_version} is too old; 15 or newer is needed.` },
      server?.fsync === "on"
        ? { what: "durability", ok: true, words: "fsync is on." }
        : {
            what: "durability",
            ok: false,
            words: "fsync is off: what is acknowledged could be lost. Turn it on in postgresql.conf.",
          },
      missing.length === 0
        ? { what: "migrations", ok: true, words: "up to date." }
        : {
            what: "migrations",
            ok: false,
            words: `${missing.length} not applied, from ${missing[0]?.name}. Run: comity migrate`,
          },
      ...(missing.length === 0 ? [...(await routes(client, config)), await damage(client, config)] : []),
      ...(missing.length === 0
        ? (await checkKeys(config, client)).map((found) => ({ what: "keys of the vault", ...found }))
        : []),
    ];
  } catch (error) {
    return [
      {
        what,
        ok: false,
        words: unreachable(error),
      },
    ];
  } finally {
    await client.end().catch(() => undefined);
  }
}
