import { explain, type Explained, type Explanation, type Statement } from "./verify-explain.ts";
import type { Report } from "./verify-package.ts";
import type { Check } from "./verify-report.ts";
import { apart, directionOf, sentence, type VerifierLocale } from "./verify-words.ts";

/** A line of a printed report: how deep it stands, whether it is a heading, and what it says. */
export interface PrintedLine {
  readonly kind: "verdict" | "heading" | "wrong" | "right" | "text" | "detail";
  readonly text: string;
}

const colons = (hex: string): string => (hex.match(/../g) ?? []).join(":").toUpperCase();

/** What is said of a part of the package. French sets a space before the colon. */
const of = (locale: VerifierLocale, subject: string, said: string): string =>
  `${apart(locale, subject)}${locale === "fr" ? "\u00a0" : ""}: ${said}`;

/** Faults of one kind that are listed; a report of thousands of lines is read by nobody. */
const WRONG_SHOWN_MAX = 50;

/** Faults of one kind: each by itself, and then once what they mean and what to do. */
function wrongLines(alike: readonly Explained[], locale: VerifierLocale): PrintedLine[] {
  const told = ({ key, values }: Statement): string => sentence(locale, key, values);
  const more = alike.length - WRONG_SHOWN_MAX;
  return [
    ...alike
      .slice(0, WRONG_SHOWN_MAX)
      .map(({ check }) => ({ kind: "wrong", text: of(locale, check.subject, told(check)) }) as const),
    ...(more > 0 ? [{ kind: "wrong", text: sentence(locale, "wrong.more", { count: more }) } as const] : []),
    ...alike
      .slice(0, 1)
      .flatMap(({ means, todo }) => [
        { kind: "detail", text: sentence(locale, "label.means") + told(means) } as const,
        { kind: "detail", text: sentence(locale, "label.todo") + told(todo) } as const,
      ]),
  ];
}

/** A report in the reader's language, as lines that a terminal prints and a page lays out. */
export function printedLines(
  report: Report,
  name: string,
  { locale, hasPolicy }: { readonly locale: VerifierLocale; readonly hasPolicy: boolean },
): readonly PrintedLine[] {
  const explanation: Explanation = explain(report, name, hasPolicy);
  const told = ({ key, values }: Statement): string => sentence(locale, key, values);
  const checked = (check: Check): string => of(locale, check.subject, told(check));
  const heading = (key: "wrong" | "proved" | "withheld" | "unproved" | "checks" | "keys"): PrintedLine => ({
    kind: "heading",
    text: sentence(locale, `heading.${key}`),
  });
  const part = (key: "proved" | "withheld" | "unproved"): PrintedLine[] =>
    explanation[key].length === 0
      ? []
      : [heading(key), ...explanation[key].map((each) => ({ kind: "text", text: told(each) }) as const)];
  const right = report.checks.filter(({ ok, id }) => ok && id !== "withheld");
  const { signer, ledger } = report;
  return [
    { kind: "verdict", text: told(explanation.verdict) },
    ...(explanation.wrong.length > 0 ? [heading("wrong")] : []),
    ...[...Map.groupBy(explanation.wrong, ({ check }) => check.id).values()].flatMap((alike) =>
      wrongLines(alike, locale),
    ),
    ...part("proved"),
    ...part("withheld"),
    ...part("unproved"),
    ...(right.length > 0 ? [heading("checks")] : []),
    ...right.map((check) => ({ kind: "right", text: checked(check) }) as const),
    ...(signer || ledger ? [heading("keys")] : []),
    ...(signer
      ? ([
          { kind: "text", text: sentence(locale, "verdict.signed", { signer: signer.name, at: signer.at ?? "?" }) },
          { kind: "detail", text: apart(locale, colons(signer.sha256)) },
        ] as const)
      : []),
    ...(ledger
      ? ([
          { kind: "text", text: sentence(locale, "verdict.ledger", { origin: ledger.origin }) },
          { kind: "detail", text: apart(locale, ledger.vkey) },
        ] as const)
      : []),
  ];
}

/** Said before a line that runs from right to left, so that a terminal orders it so whatever it begins with. @source UAX #9 §2.6 */
const RIGHT_TO_LEFT = "\u200f";
const MARK: Readonly<Record<PrintedLine["kind"], string>> = {
  verdict: "",
  heading: "",
  wrong: "  ✗ ",
  right: "  ✓ ",
  text: "  – ",
  detail: "      ",
};

/** The same as text for a terminal. */
export function printed(lines: readonly PrintedLine[], locale: VerifierLocale): string {
  const start = directionOf(locale) === "rtl" ? RIGHT_TO_LEFT : "";
  return lines.map(({ kind, text }) => `${kind === "heading" ? "\n" : ""}${start}${MARK[kind]}${text}`).join("\n");
}
