import { promises } from "node:fs";
import { basename } from "node:path";
import { Malformed } from "./verify-errors.ts";
import { type Report, type VerifyOptions, verifyPackage } from "./verify-package.ts";
import type { Check } from "./verify-report.ts";
import { type VerifierLocale, sentence } from "./verify-words.ts";

export { Malformed } from "./verify-errors.ts";
export { type ItemSummary } from "./verify-items.ts";
export { type LedgerSummary } from "./verify-ledger.ts";
export { type Report, type VerifyOptions, verifyPackage } from "./verify-package.ts";
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

function inWords(name: string, report: Report, locale: VerifierLocale): string {
  const say = (check: Check): string => `${check.subject}: ${sentence(locale, check.key, check.values)}`;
  const bad = report.checks.filter(({ ok }) => !ok);
  const good = report.checks.filter(({ ok }) => ok);
  const { signer, ledger } = report;
  return [
    sentence(locale, report.ok ? "verdict.good" : "verdict.bad", { name, count: bad.length }),
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

/** Verifies a file and says in the reader's language what was found, the failed checks first. */
export async function verifyFile(path: string, options: VerdictOptions): Promise<Verdict> {
  const { locale, json, policy } = options;
  const name = basename(path);
  let report: Report;
  try {
    const trusted: VerifyOptions = policy === undefined ? {} : { policy: await promises.readFile(policy) };
    report = await verifyPackage(path, trusted);
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
