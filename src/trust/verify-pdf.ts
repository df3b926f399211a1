import { type Certificate, isInForce } from "./verify-certificate.ts";
import { type Cms, OID, cmsFault, readCms, signingTime } from "./verify-cms.ts";
import { isFinding, reading } from "./verify-contents.ts";
import { CLOCKS_APART_SECONDS_MAX } from "./verify-custody.ts";
import { Malformed } from "./verify-errors.ts";
import type { Report } from "./verify-package.ts";
import type { Policy } from "./verify-package-form.ts";
import { PDF_BYTES_MAX, type SignedPdf, readSignedPdf } from "./verify-pdf-form.ts";
import { type Check, type Finding, either, found, passed } from "./verify-report.ts";
import { type Timestamp, readTimestamp, timestampFault } from "./verify-timestamp.ts";

/** The parts of a signed document, as the report names them. */
const PART = { document: "PDF", signature: "CMS", timestamp: "RFC 3161" } as const;

/** True where the bytes begin as those of a PDF do. */
export const isPdf = (start: Buffer): boolean => start.subarray(0, 5).toString("latin1") === "%PDF-";

function readSignature(signature: Buffer): Cms {
  const cms = readCms(signature, { mayBeStamped: true });
  if (cms.contentType !== OID.data || cms.content !== null) throw new Malformed("eContent: not a signature over a PDF");
  // A second time, in the signature, could tell another story than the document does. @source ETSI EN 319 142-1 §6.3
  if (signingTime(cms) !== null) throw new Malformed("signingTime: stands in the signature and not in the document");
  return cms;
}

const valuesOf = ({ commonName, sha256 }: Certificate) => ({ name: commonName, sha256 });

/** That the signature is over this document, by the key of the certificate in it, while that was in force. */
async function signatureChecks(pdf: SignedPdf, cms: Cms, policy: Policy | null): Promise<readonly Check[]> {
  const { signer, certificates } = cms;
  const fault = await reading("signature", PART.signature, () => cmsFault(cms, pdf.covered));
  const findings: Finding[] = isFinding(fault) ? [fault] : [];
  if (fault === "content") findings.push(found("pdf", PART.document, "pdf.changed"));
  else if (fault === "key" || fault === "certificate")
    findings.push(found("signature", PART.signature, `signature.${fault}`));
  const isOther = certificates.length !== 1 || (policy !== null && signer.sha256 !== policy.signing);
  if (isOther) {
    const values = { ...valuesOf(signer), expected: policy?.signing ?? "" };
    findings.push(found("certificate", PART.signature, policy ? "certificate.other" : "pdf.certificates", values));
  }
  if (!isInForce(signer, pdf.at))
    findings.push(found("certificate", PART.signature, "certificate.not-in-force", valuesOf(signer)));
  return either(findings, passed("signature", PART.signature, "signature.ok", valuesOf(signer)));
}

/** That the time-stamp is over this signature, and not from before it. */
async function timestampChecks(
  { at }: SignedPdf,
  { signature }: Cms,
  { token, policy }: { readonly token: Buffer; readonly policy: Policy | null },
): Promise<{ readonly checks: readonly Check[]; readonly timestamp: Timestamp | null }> {
  const timestamp = await reading("timestamp", PART.timestamp, () => readTimestamp(token));
  if (isFinding(timestamp)) return { checks: [timestamp], timestamp: null };
  const stamped = PART.signature;
  const fault = await reading("timestamp", PART.timestamp, () => timestampFault(timestamp, signature));
  const findings: Finding[] = isFinding(fault) ? [fault] : [];
  if (fault === "other-bytes")
    findings.push(found("timestamp", stamped, "timestamp.other-bytes", { token: PART.timestamp }));
  else if (fault === "signature" || fault === "not-for-timestamps" || fault === "not-in-force")
    findings.push(found("timestamp", PART.timestamp, `timestamp.${fault}`, { stamped }));
  for (const each of timestamp.cms.certificates)
    if (policy && !policy.timestamps.includes(each.sha256))
      findings.push(found("certificate", PART.timestamp, "certificate.other-authority", valuesOf(each)));
  if (Temporal.Instant.compare(timestamp.at.add({ seconds: CLOCKS_APART_SECONDS_MAX }), at) < 0) {
    const values = { at: timestamp.at.toString(), signed: at.toString() };
    findings.push(found("timestamp", PART.timestamp, "timestamp.before-signing", values));
  }
  const values = { stamped, at: timestamp.at.toString(), name: timestamp.cms.signer.commonName };
  const key = timestamp.isBuiltIn ? "timestamp.ok-built-in" : "timestamp.ok";
  return { checks: either(findings, passed("timestamp", PART.timestamp, key, values)), timestamp };
}

const broken = (finding: Finding): Report => ({
  kind: "document",
  ok: false,
  checks: [finding],
  signer: null,
  ledger: null,
  items: [],
  timestamps: [],
});

/**
 * Verifies a signed PDF whole: its form, the digest of everything in it, the signature, its certificate and its time-stamp. It
 * needs no network, node or clock. `policy` names the certificates that the reader trusts; without one, it is the reader who compares
 * the fingerprint with the one that the authority publishes. Whatever is wrong is in the report.
 *
 * @source ETSI EN 319 142-1 §6.3
 */
export async function verifyPdf(pdf: Buffer, policy: Policy | null = null): Promise<Report> {
  const parts = await reading("pdf", PART.document, () => {
    if (pdf.length > PDF_BYTES_MAX) throw new Malformed(`PDF: longer than ${PDF_BYTES_MAX} bytes`);
    return readSignedPdf(pdf);
  });
  if (isFinding(parts)) return broken(parts);
  const cms = await reading("signature", PART.signature, () => readSignature(parts.signature));
  if (isFinding(cms)) return broken(cms);
  const stamp = cms.token === null ? null : await timestampChecks(parts, cms, { token: cms.token, policy });
  const checks: readonly Check[] = [
    passed("pdf", PART.document, "pdf.ok"),
    ...(await signatureChecks(parts, cms, policy)),
    ...(stamp?.checks ?? [passed("timestamp", PART.signature, "pdf.unstamped")]),
  ];
  const { commonName: name, sha256 } = cms.signer;
  const timestamp = stamp?.timestamp;
  return {
    kind: "document",
    ok: checks.every(({ ok }) => ok),
    checks: checks.toSorted((a, b) => Number(a.ok) - Number(b.ok)),
    signer: { name, sha256, at: parts.at.toString() },
    ledger: null,
    items: [],
    timestamps: timestamp
      ? [
          {
            stamped: PART.signature,
            at: timestamp.at.toString(),
            isBuiltIn: timestamp.isBuiltIn,
            by: timestamp.cms.signer.commonName,
          },
        ]
      : [],
  };
}
