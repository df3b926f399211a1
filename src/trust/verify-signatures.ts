import { ASIC, type AsicManifest, MIMETYPE, SIGNATURE_TYPE, TIMESTAMP_TYPE, readAsicManifest } from "./verify-asic.ts";
import { isInForce } from "./verify-certificate.ts";
import { type Cms, cmsFault, readCms, signingTime } from "./verify-cms.ts";
import { type Contents, isFinding, reading } from "./verify-contents.ts";
import { Malformed } from "./verify-errors.ts";
import type { Policy } from "./verify-package-form.ts";
import { type Check, type Finding, either, found, passed } from "./verify-report.ts";
import { type Timestamp, readTimestamp, timestampFault } from "./verify-timestamp.ts";

/** Checks, and what was learnt on the way; `null` where it could not be read. */
export interface Learnt<T> {
  readonly checks: readonly Check[];
  readonly value: T | null;
}

/** Every file of the container, and no other, must be in the manifest with its digest. */
function coverFindings(
  contents: Contents,
  subject: string,
  manifest: AsicManifest,
  expected: readonly string[],
): Finding[] {
  const findings: Finding[] = [];
  const digests = new Map(manifest.covers.map(({ name, digest }) => [name, digest]));
  if (digests.size !== manifest.covers.length) findings.push(found("manifest", subject, "manifest.twice"));
  for (const name of expected) {
    const digest = digests.get(name);
    if (digest === undefined) findings.push(found("manifest", name, "manifest.uncovered", { manifest: subject }));
    else if (Buffer.from(contents.sha256(name), "hex").toString("base64") !== digest) {
      findings.push(found("manifest", name, "manifest.digest", { manifest: subject }));
    }
  }
  const there = new Set(expected);
  for (const name of digests.keys()) {
    if (!there.has(name)) findings.push(found("manifest", name, "manifest.missing", { manifest: subject }));
  }
  return findings;
}

/** The two manifests of the container, and that together with the archive's first entry they leave no file out. */
export async function manifestChecks(contents: Contents): Promise<readonly Check[]> {
  const signed = contents.names.filter((name) => name !== MIMETYPE.name && !name.startsWith(ASIC.folder));
  const own: readonly string[] = [ASIC.manifest, ASIC.signature, ASIC.archiveManifest, ASIC.timestamp];
  const checks: Check[] = [];
  for (const name of contents.names) {
    if (name.startsWith(ASIC.folder) && !own.includes(name)) checks.push(found("manifest", name, "manifest.stranger"));
  }
  const parts = [
    { name: ASIC.manifest, by: ASIC.signature, type: SIGNATURE_TYPE, covers: signed },
    {
      name: ASIC.archiveManifest,
      by: ASIC.timestamp,
      type: TIMESTAMP_TYPE,
      covers: [ASIC.manifest, ASIC.signature, ...signed],
    },
  ];
  for (const { name, by, type, covers } of parts) {
    const manifest = await reading("manifest", name, async () => {
      const read = readAsicManifest((await contents.read(name)).toString("utf8"));
      if (read.by.name !== by || read.by.mediaType !== type) throw new Malformed(`SigReference: not ${by}`);
      return read;
    });
    if (isFinding(manifest)) checks.push(manifest);
    else {
      const success = passed("manifest", name, "manifest.ok", { count: covers.length });
      checks.push(...either(coverFindings(contents, name, manifest, covers), success));
    }
  }
  return checks;
}

/** A signature as read, and when its signer says that it was made. */
export interface Signature {
  readonly cms: Cms;
  readonly at: Temporal.Instant | null;
}

/** The signature over the container's manifest: made with the key of the certificate that the policy names. */
export async function signatureChecks(contents: Contents, policy: Policy | null): Promise<Learnt<Signature>> {
  const signature = await reading("signature", ASIC.signature, async () => {
    const read = readCms(await contents.read(ASIC.signature));
    if (read.content !== null) throw new Malformed("eContent: the content must be kept apart");
    return { cms: read, at: signingTime(read) };
  });
  if (isFinding(signature)) return { checks: [signature], value: null };
  const { cms, at } = signature;
  const checks: Check[] = [];
  const fault = await reading("signature", ASIC.signature, async () =>
    cmsFault(cms, await contents.read(ASIC.manifest)),
  );
  if (isFinding(fault)) checks.push(fault);
  else if (fault !== null)
    checks.push(found("signature", ASIC.signature, `signature.${fault}`, { manifest: ASIC.manifest }));
  const { signer, certificates } = cms;
  const values = { name: signer.commonName, sha256: signer.sha256 };
  if (policy && (signer.sha256 !== policy.signing || certificates.length !== 1)) {
    checks.push(found("certificate", ASIC.signature, "certificate.other", { ...values, expected: policy.signing }));
  }
  if (at === null || !isInForce(signer, at)) {
    checks.push(found("certificate", ASIC.signature, "certificate.not-in-force", values));
  }
  if (checks.length === 0) checks.push(passed("signature", ASIC.signature, "signature.ok", values));
  return { checks, value: signature };
}

/** A time-stamp token over a file: by an authority whose certificates the policy names. */
export async function timestampChecks(
  contents: Contents,
  names: { readonly token: string; readonly stamped: string },
  policy: Policy | null,
): Promise<Learnt<Timestamp>> {
  const { token, stamped } = names;
  const timestamp = await reading("timestamp", token, async () => readTimestamp(await contents.read(token)));
  if (isFinding(timestamp)) return { checks: [timestamp], value: null };
  const checks: Check[] = [];
  const fault = await reading("timestamp", token, async () => timestampFault(timestamp, await contents.read(stamped)));
  if (isFinding(fault)) checks.push(fault);
  // The token's own signature is checked first: where only the bytes differ, it is the stamped file that was changed.
  else if (fault === "other-bytes") checks.push(found("timestamp", stamped, "timestamp.other-bytes", { token }));
  else if (fault !== null) checks.push(found("timestamp", token, `timestamp.${fault}`, { stamped }));
  const strangers = timestamp.cms.certificates.filter(({ sha256 }) => policy && !policy.timestamps.includes(sha256));
  for (const { commonName, sha256 } of strangers) {
    checks.push(found("certificate", token, "certificate.other-authority", { name: commonName, sha256 }));
  }
  if (checks.length === 0) {
    const values = { stamped, at: timestamp.at.toString(), name: timestamp.cms.signer.commonName };
    checks.push(passed("timestamp", token, timestamp.isBuiltIn ? "timestamp.ok-built-in" : "timestamp.ok", values));
  }
  return { checks, value: timestamp };
}
