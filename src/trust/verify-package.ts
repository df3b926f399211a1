import { createHash } from "node:crypto";
import { ASIC, MIMETYPE } from "./verify-asic.ts";
import { bagFindings } from "./verify-bag.ts";
import { type Bytes, bytesOf, openBytes } from "./verify-bytes.ts";
import { type Contents, type HashingOptions, contentsOf, isFinding, reading } from "./verify-contents.ts";
import { CLOCKS_APART_SECONDS_MAX } from "./verify-custody.ts";
import { type ItemSummary, itemChecks } from "./verify-items.ts";
import { type LedgerSummary, ledgerChecks } from "./verify-ledger.ts";
import { PLACE, type Policy, readPolicy, writeLedgerPolicy } from "./verify-package-form.ts";
import { type Check, type Finding, either, found, passed } from "./verify-report.ts";
import { manifestChecks, signatureChecks, timestampChecks } from "./verify-signatures.ts";
import { stampedChecks } from "./verify-stamped.ts";
import { type Zip, readZip } from "./verify-zip.ts";

/** What verifying a package or a signed document gives. */
export interface Report {
  readonly kind: "package" | "document";
  /** True when every check is. */
  readonly ok: boolean;
  /** Everything that was looked at; what failed comes first. */
  readonly checks: readonly Check[];
  /** Whose signature it is and when they say that they signed; `null` where it could not be read. */
  readonly signer: { readonly name: string; readonly sha256: string; readonly at: string | null } | null;
  readonly ledger: LedgerSummary | null;
  readonly items: readonly ItemSummary[];
  /** Time-stamps that hold, by the file stamped. */
  readonly timestamps: readonly {
    readonly stamped: string;
    readonly at: string;
    readonly isBuiltIn: boolean;
    /** Common name of the certificate that stamped. */
    readonly by: string;
  }[];
}

export interface VerifyOptions {
  /** A policy file that the reader trusts. Without one, the package is held against the policy in it. */
  readonly policy?: Uint8Array;
  /** Whether MD5 and SHA-1 are computed again too, where the authority recorded them; slower. */
  readonly allDigests?: boolean;
  /** Told how many bytes of how many have been hashed, now and then. */
  readonly progress?: HashingOptions["progress"];
}

const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex");
const ED25519 = 1;

/** The DER blocks of a PEM file. */
const pemBlocks = (text: string): Buffer[] =>
  [...text.matchAll(/-----BEGIN [A-Z ]+-----\n([A-Za-z0-9+/=\n]+)-----END [A-Z ]+-----\n/g)].map(([, body = ""]) =>
    Buffer.from(body, "base64"),
  );

/** The key files must hold what the policy names, since the printed commands use them. */
async function keyFindings(contents: Contents, policy: Policy): Promise<Finding[]> {
  const log = Buffer.from(policy.log.vkey.split("+").slice(2).join("+"), "base64");
  const ledgerKey = log[0] === ED25519 ? Buffer.concat([SPKI_ED25519, log.subarray(1)]) : log;
  const sha256 = (der: Buffer): string => createHash("sha256").update(der).digest("hex");
  const parts: readonly (readonly [string, (blocks: Buffer[]) => boolean])[] = [
    [PLACE.signingKey, (blocks) => blocks.length === 1 && blocks.every((der) => sha256(der) === policy.signing)],
    [
      PLACE.timestampKeys,
      (blocks) => blocks.length > 0 && blocks.every((der) => policy.timestamps.includes(sha256(der))),
    ],
    [PLACE.ledgerKey, (blocks) => blocks.length === 1 && blocks.every((der) => der.equals(ledgerKey))],
  ];
  const findings: Finding[] = [];
  for (const [name, isRight] of parts) {
    const blocks = await reading("policy", name, async () => pemBlocks((await contents.read(name)).toString("latin1")));
    if (isFinding(blocks)) findings.push(blocks);
    else if (!isRight(blocks)) findings.push(found("policy", name, "policy.key"));
  }
  return findings;
}

/** What the package's policy asks for, where a policy that the reader trusts says otherwise. */
function differences(own: Policy, trusted: Policy): Finding[] {
  const fields: readonly (readonly [string, boolean])[] = [
    ["log", own.log.origin === trusted.log.origin && own.log.vkey === trusted.log.vkey],
    ["signing", own.signing === trusted.signing],
    ["timestamps", own.timestamps.every((sha256) => trusted.timestamps.includes(sha256))],
  ];
  return fields.flatMap(([field, isSame]) =>
    isSame ? [] : [found("policy", PLACE.policy, "policy.other", { field })],
  );
}

/** The policy that the package is held against, and whether its own says the same everywhere. */
async function policyChecks(
  contents: Contents,
  trusted: Policy | null,
): Promise<{ policy: Policy | null; checks: readonly Check[] }> {
  const own = await reading("policy", PLACE.policy, async () => readPolicy(await contents.read(PLACE.policy)));
  if (isFinding(own)) return { policy: trusted, checks: [own] };
  const isAsOwn = await reading(
    "policy",
    PLACE.ledgerPolicy,
    async () => (await contents.read(PLACE.ledgerPolicy)).toString() === writeLedgerPolicy(own),
  );
  const findings = await keyFindings(contents, own);
  if (isFinding(isAsOwn)) findings.push(isAsOwn);
  else if (!isAsOwn) findings.push(found("policy", PLACE.ledgerPolicy, "policy.ledger"));
  if (trusted) findings.push(...differences(own, trusted));
  const success = passed("policy", PLACE.policy, "policy.ok", { origin: own.log.origin });
  return { policy: trusted ?? own, checks: either(findings, success) };
}

async function mimetypeCheck(zip: Zip, contents: Contents): Promise<Check> {
  const first = zip.entries[0];
  const isRight =
    first?.name === MIMETYPE.name &&
    !first.described &&
    (await contents.read(MIMETYPE.name)).equals(Buffer.from(MIMETYPE.content));
  return isRight
    ? passed("mimetype", MIMETYPE.name, "mimetype.ok")
    : found("mimetype", MIMETYPE.name, "mimetype.wrong");
}

async function bagChecks(contents: Contents): Promise<readonly Check[]> {
  const findings = await reading("bag", PLACE.manifest, () =>
    bagFindings({
      names: contents.names,
      sizeBytes: contents.sizeBytes,
      read: contents.read,
      digest: async (name, algorithm) => (algorithm === "sha256" ? contents.sha256(name) : ""),
    }),
  );
  const count = contents.names.filter((name) => name.startsWith(PLACE.payload)).length;
  return isFinding(findings) ? [findings] : either(findings, passed("bag", PLACE.manifest, "bag.ok", { count }));
}

/** The signature, and the time-stamp over it and everything that it covers. */
async function sealChecks(contents: Contents, policy: Policy | null) {
  const signature = await signatureChecks(contents, policy);
  const { timestamp: token, archiveManifest: stamped } = ASIC;
  const timestamp = await timestampChecks(contents, { token, stamped }, policy);
  const signedAt = signature.value?.at ?? null;
  const checks = [...signature.checks, ...timestamp.checks];
  const latest = timestamp.value?.at.add({ seconds: CLOCKS_APART_SECONDS_MAX });
  if (timestamp.value && latest && signedAt && Temporal.Instant.compare(latest, signedAt) < 0) {
    const values = { at: timestamp.value.at.toString(), signed: signedAt.toString() };
    checks.push(found("timestamp", token, "timestamp.before-signing", values));
  }
  return { checks, signature: signature.value?.cms ?? null, signedAt, timestamp: timestamp.value };
}

const broken = (findings: readonly Finding[]): Report => ({
  kind: "package",
  ok: false,
  checks: findings,
  signer: null,
  ledger: null,
  items: [],
  timestamps: [],
});

async function report(zip: Zip, trusted: Policy | null, hashing: HashingOptions): Promise<Report> {
  const contents = await contentsOf(zip, hashing);
  const { policy, checks: policyFound } = await policyChecks(contents, trusted);
  const seal = await sealChecks(contents, policy);
  const names = { token: PLACE.checkpointToken, stamped: PLACE.checkpoint };
  const stamp = await timestampChecks(contents, names, policy);
  const ledger = await ledgerChecks(contents, policy);
  const items = await itemChecks(contents, ledger.value, stamp.value?.at ?? null);
  const zipFound = either(zip.findings, passed("zip", "ZIP", "zip.ok", { count: zip.entries.length }));
  const checks: readonly Check[] = [
    ...zipFound,
    ...contents.findings,
    await mimetypeCheck(zip, contents),
    ...policyFound,
    ...seal.checks,
    ...(await manifestChecks(contents)),
    ...(await bagChecks(contents)),
    ...ledger.checks,
    ...stamp.checks,
    ...(await stampedChecks(contents, policy, ledger.value)),
    ...items.checks,
  ];
  const stamps = [
    { stamped: ASIC.archiveManifest, timestamp: seal.timestamp },
    { stamped: PLACE.checkpoint, timestamp: stamp.value },
  ];
  const signer = seal.signature?.signer;
  return {
    kind: "package",
    ok: checks.every(({ ok }) => ok),
    checks: checks.toSorted((a, b) => Number(a.ok) - Number(b.ok)),
    signer: signer ? { name: signer.commonName, sha256: signer.sha256, at: seal.signedAt?.toString() ?? null } : null,
    ledger: ledger.value?.summary ?? null,
    items: items.value,
    timestamps: stamps.flatMap(({ stamped, timestamp }) =>
      timestamp
        ? [
            {
              stamped,
              at: timestamp.at.toString(),
              isBuiltIn: timestamp.isBuiltIn,
              by: timestamp.cms.signer.commonName,
            },
          ]
        : [],
    ),
  };
}

/**
 * Verifies a package whole: archive, bag, signature, time-stamps, ledger, custody and the files themselves. It needs no
 * network, node or clock. Throws what the file system throws for a path that cannot be read, and `Malformed` for a policy
 * that cannot; whatever is wrong with the package itself is in the report.
 */
export async function verifyPackage(
  source: string | Uint8Array | Bytes,
  { policy, allDigests = false, progress }: VerifyOptions = {},
): Promise<Report> {
  const trusted = policy ? readPolicy(policy) : null;
  const bytes =
    typeof source === "string" ? await openBytes(source) : source instanceof Uint8Array ? bytesOf(source) : source;
  const hashing = { algorithms: allDigests ? ["md5", "sha1"] : [], ...(progress ? { progress } : {}) };
  try {
    const zip = await readZip(bytes);
    // Where the directory or the layout cannot be followed, nothing can be said about single files.
    return zip.isReadable ? await report(zip, trusted, hashing) : broken(zip.findings);
  } finally {
    await bytes.close();
  }
}
