import { promises } from "node:fs";
import { basename } from "node:path";
import { type Bytes, openBytes } from "./verify-bytes.ts";
import { Malformed } from "./verify-errors.ts";
import { explain, type Statement } from "./verify-explain.ts";
import { readPolicy } from "./verify-package-form.ts";
import { isPdf, verifyPdf } from "./verify-pdf.ts";
import { PDF_BYTES_MAX } from "./verify-pdf-form.ts";
import { type Report, type VerifyOptions, verifyPackage } from "./verify-package.ts";
import { printed, printedLines } from "./verify-print.ts";
import { type VerifierLocale, sentence } from "./verify-words.ts";

export { type Bytes, openBytes } from "./verify-bytes.ts";
export { Malformed } from "./verify-errors.ts";
export { type ItemSummary } from "./verify-items.ts";
export { type LedgerSummary } from "./verify-ledger.ts";
export { type Report, type VerifyOptions, verifyPackage } from "./verify-package.ts";
export { verifyPdf } from "./verify-pdf.ts";
export { type Check, type CheckId } from "./verify-report.ts";
export { type SentenceKey, type VerifierLocale, sentence } from "./verify-words.ts";

/** What a run of `comity verify` prints and how it ends: 0 the package is good, 1 it is not, 2 it could not be looked at. */
export interface Verdict {
  readonly output: string;
  readonly exitCode: 0 | 1 | 2;
}

/** How the verdict is given, and against what. */
export interface VerdictOptions {
  readonly locale: VerifierLocale;
  readonly json: boolean;
  /** Path of a policy file that the reader trusts; without one, the package is held against its own. */
  readonly policy?: string;
  /** Whether MD5 and SHA-1 are computed again too. */
  readonly allDigests?: boolean;
  /** Gives the plaintext of an encrypted file; what it throws goes to the caller. */
  readonly plaintext?: (sealed: Bytes) => Promise<Bytes>;
}

/** What is said where nothing could be looked at. */
type Unusable =
  | "usage.no-file"
  | "usage.no-policy"
  | "usage.encrypted"
  | "usage.not-for-you"
  | "usage.no-identity"
  | "usage.broken";

/** The verdict that the file could not be looked at, and why. */
export const unusable = (
  options: Pick<VerdictOptions, "locale" | "json">,
  key: Unusable,
  values: Readonly<Record<string, string>>,
): Verdict => {
  const error = sentence(options.locale, key, values);
  return { output: options.json ? JSON.stringify({ ok: false, error }, null, 2) : error, exitCode: 2 };
};

const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && "syscall" in error && typeof error.code === "string";

/** How a file in the form of age begins. @source C2SP age */
const AGE = "age-encryption.org/v1\n";

/** True where the bytes begin as those of an encrypted file do. */
export const isEncrypted = (start: Buffer): boolean => start.subarray(0, AGE.length).toString("latin1") === AGE;

/** Verifies a package or a signed document, told apart by its first bytes. The bytes stay open. */
export async function verifyBytes(bytes: Bytes, options: VerifyOptions): Promise<Report> {
  const open: Bytes = { ...bytes, close: async () => {} };
  if (!isPdf(await bytes.read(0, Math.min(5, bytes.sizeBytes)))) return verifyPackage(open, options);
  const policy = options.policy ? readPolicy(options.policy) : null;
  return verifyPdf(await bytes.read(0, Math.min(bytes.sizeBytes, PDF_BYTES_MAX + 1)), policy);
}

/** Verifies a file and says in the reader's language what was found, the failed checks first. */
export async function verifyFile(path: string, options: VerdictOptions): Promise<Verdict> {
  const { locale, json, policy, allDigests = false, plaintext } = options;
  const name = basename(path);
  let report: Report;
  try {
    const trusted = policy === undefined ? undefined : await promises.readFile(policy);
    const bytes = await openBytes(path);
    try {
      const isSealed = isEncrypted(await bytes.read(0, Math.min(AGE.length, bytes.sizeBytes)));
      if (isSealed && !plaintext) return unusable(options, "usage.encrypted", { name });
      const plain = isSealed && plaintext ? await plaintext(bytes) : bytes;
      report = await verifyBytes(plain, { allDigests, ...(trusted ? { policy: trusted } : {}) });
    } finally {
      await bytes.close();
    }
  } catch (error) {
    if (error instanceof Malformed)
      return unusable(options, "usage.no-policy", { name: policy ?? "", where: error.message });
    if (isSystemError(error)) return unusable(options, "usage.no-file", { name: path });
    throw error;
  }
  const exitCode = report.ok ? 0 : 1;
  const hasPolicy = policy !== undefined;
  if (!json) return { output: printed(printedLines(report, name, { locale, hasPolicy }), locale), exitCode };
  return { output: JSON.stringify(reportInWords(report, name, { locale, hasPolicy }), null, 2), exitCode };
}

/** The report for programs, each statement with its sentence in a language. */
export function reportInWords(
  report: Report,
  name: string,
  { locale, hasPolicy }: { readonly locale: VerifierLocale; readonly hasPolicy: boolean },
): object {
  const said = <T extends Statement>(each: T) => ({ ...each, sentence: sentence(locale, each.key, each.values) });
  const { verdict, wrong, proved, withheld, unproved } = explain(report, name, hasPolicy);
  return {
    file: name,
    language: locale,
    /** Whether the keys were held against a policy that the reader brought. */
    trust: hasPolicy ? "given" : "from-the-file",
    ...report,
    checks: report.checks.map(said),
    explanation: {
      verdict: said(verdict),
      wrong: wrong.map(({ check, means, todo }) => ({ check: said(check), means: said(means), todo: said(todo) })),
      proved: proved.map(said),
      withheld: withheld.map(said),
      unproved: unproved.map(said),
    },
  };
}
