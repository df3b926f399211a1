import { verifyPackage } from "../trust/verify-package.ts";
import { type Found, plainFacts } from "./container-found.ts";
import type { Source } from "./source.ts";

/** What a finding of the verifier is called here: its own sentences say it. */
export const VERIFIER = "verify:";
const FINDINGS_MAX = 40;

/** Verifies a package of another node (or of this one) whole, as `comity verify` does: against the policy that lies in it. */
export async function readPackage(source: Source): Promise<Found> {
  const report = await verifyPackage({
    sizeBytes: source.bytes,
    read: (offset, length) => source.read(offset, Math.min(offset + length, source.bytes)),
    close: () => Promise.resolve(),
  });
  const bad = report.checks.filter(({ ok }) => !ok);
  const { signer, ledger, items } = report;
  return {
    form: "package",
    verdict: report.ok ? "agrees" : "differs",
    mediaBytes: null,
    facts: plainFacts([
      ...(signer
        ? ([
            ["signer", signer.name],
            ["signed", signer.at ?? ""],
            ["certificate", signer.sha256],
          ] as const)
        : []),
      ...(ledger ? ([["ledger", ledger.origin]] as const) : []),
      ...items.slice(0, 20).map(({ number, description }) => ["item", `${number} ${description}`] as const),
    ]),
    digests: [],
    findings: [
      ...bad
        .slice(0, FINDINGS_MAX)
        .map(({ key, subject, values }) => ({ key: `${VERIFIER}${key}`, values: { ...values, "": subject } })),
      {
        key: report.ok ? "package-agrees" : "package-differs",
        values: { good: report.checks.length - bad.length, bad: bad.length },
      },
    ],
  };
}
