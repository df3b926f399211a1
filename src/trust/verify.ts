import { promises } from "node:fs";
import { basename } from "node:path";
import { openBytes } from "./verify-bytes.ts";
import { Malformed } from "./verify-errors.ts";
import { readPolicy } from "./verify-package-form.ts";
import { isPdf, verifyPdf } from "./verify-pdf.ts";
import { PDF_BYTES_MAX } from "./verify-pdf-form.ts";
import { type Report, type VerifyOptions, verifyPackage } from "./verify-package.ts";
import type { Check } from "./verify-report.ts";
import { type VerifierLocale, sentence } from "./verify-words.ts";

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
}

const colons = (hex: string): string => (hex.match(/../g) ?? []).join(":").toUpperCase();

const VERDICT = {
  package: { good: "verdict.good", bad: "verdict.bad" },
  document: { good: "verdict.good-document", bad: "verdict.bad-document" },
} as const;

function inWords(name: string, report: Report, locale: VerifierLocale): string {
  const say = (check: Check): string => `${check.subject}: ${sentence(locale, check.key, check.values)}`;
  const bad = report.checks.filter(({ ok }) => !ok);
  const good = report.checks.filter(({ ok }) => ok);
  const { signer, ledger, kind } = report;
  return [
    sentence(locale, VERDICT[kind][report.ok ? "good" : "bad"], { name, count: bad.length }),
    ...bad.map((check) => `  ✗ ${say(check)}`),
    ...(good.length > 0 ? ["", sentence(locale, "verdict.checked")] : []),
    ...good.map((check) => `  ✓ ${say(check)}`),
    ...(signer
      ? [
          "",
          sentence(locale, "verdict.signed", { signer: signer.name, at: signer.at ?? "?" }),
          `  ${colons(signer.sha256)}`,
        ]
      : []),
    ...(kind === "document" && report.ok ? ["", sentence(locale, "verdict.unproved")] : []),
    ...(ledger ? [sentence(locale, "verdict.ledger", { origin: ledger.origin }), `  ${ledger.vkey}`] : []),
  ].join("\n");
}

const unusable = (
  options: VerdictOptions,
  key: "usage.no-file" | "usage.no-policy",
  values: Record<string, string>,
): Verdict => {
  const error = sentence(options.locale, key, values);
  return { output: options.json ? JSON.stringify({ ok: false, error }, null, 2) : error, exitCode: 2 };
};

const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && "syscall" in error && typeof error.code === "string";

/** A signed document is told from a package by its first bytes. */
async function verified(path: string, trusted: VerifyOptions): Promise<Report> {
  const bytes = await openBytes(path);
  try {
    if (!isPdf(await bytes.read(0, 5))) return await verifyPackage(path, trusted);
    const policy = trusted.policy ? readPolicy(trusted.policy) : null;
    return await verifyPdf(await bytes.read(0, Math.min(bytes.sizeBytes, PDF_BYTES_MAX + 1)), policy);
  } finally {
    await bytes.close();
  }
}

/** Verifies a file and says in the reader's language what was found, the failed checks first. */
export async function verifyFile(path: string, options: VerdictOptions): Promise<Verdict> {
  const { locale, json, policy } = options;
  const name = basename(path);
  let report: Report;
  try {
    const trusted: VerifyOptions = policy === undefined ? {} : { policy: await promises.readFile(policy) };
    report = await verified(path, trusted);
  } catch (error) {
    if (error instanceof Malformed)
      return unusable(options, "usage.no-policy", { name: policy ?? "", where: error.message });
    if (isSystemError(error)) return unusable(options, "usage.no-file", { name: path });
    throw error;
  }
  if (!json) return { output: inWords(name, report, locale), exitCode: report.ok ? 0 : 1 };
  const checks = report.checks.map((check) => ({ ...check, sentence: sentence(locale, check.key, check.values) }));
  return { output: JSON.stringify({ file: name, ...report, checks }, null, 2), exitCode: report.ok ? 0 : 1 };
}
