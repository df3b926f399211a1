import type { Translate } from "../kernel/i18n.ts";
import type { CustodyEvent } from "./custody-event.ts";

/** One fact of an event in words. */
export interface FactRow {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** Set in letters of one width: digests. */
  readonly mono: boolean;
}
/** The words of one language. */
export interface InLanguage {
  readonly t: Translate;
  readonly has: (key: string) => boolean;
  readonly locale: string;
  /** How a moment is written; as documents write it where this is left out. */
  readonly moment?: (at: Temporal.Instant) => string;
}

const DIGEST = /^[\da-f]{32,64}$/;
const ID = /^[\da-f]{8}-[\da-f-]{27}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** What a name of the journal is called. */
export function labelOf(name: string, { t, has }: InLanguage): string {
  const key = [`custody.fact.${name}`, `field.item.${name}`].find(has);
  return key === undefined ? name : t(key);
}

/** A moment as documents write it: UTC, to the second. */
export const momentInUtc = (at: Temporal.Instant): string =>
  `${at.toString({ smallestUnit: "second" }).slice(0, 19).replace("T", " ")} UTC`;

function valueOf(name: string, value: unknown, { t, has, moment = momentInUtc }: InLanguage): string {
  if (typeof value === "boolean") return t(value ? "custody.yes" : "custody.no");
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return JSON.stringify(value);
  if (has(`option.${name}.${value}`)) return t(`option.${name}.${value}`);
  if (!MOMENT.test(value)) return value;
  try {
    return moment(Temporal.Instant.from(value));
  } catch {
    return value;
  }
}

const ALGORITHMS: Readonly<Record<string, string>> = { sha256: "SHA-256", sha1: "SHA-1", md5: "MD5" };

/** Everything that an event recorded, in the order in which it was; identifiers of this node's own tables left out. */
export function factRows({ facts }: Pick<CustodyEvent, "facts">, words: InLanguage): FactRow[] {
  const { acquisition, ...rest } = facts;
  const all = Object.entries(rest).concat(
    typeof acquisition === "object" && acquisition !== null ? Object.entries(acquisition) : [],
  );
  return all.flatMap(([name, value]): FactRow[] => {
    if (value === null || value === undefined || value === "") return [];
    if (typeof value === "string" && ID.test(value)) return [];
    if ((name === "digests_before" || name === "digests_after") && typeof value === "object")
      return Object.entries(value).map(([algorithm, digest]) => ({
        name: `${name}.${algorithm}`,
        label: `${labelOf(name, words)} (${ALGORITHMS[algorithm] ?? algorithm})`,
        value: String(digest),
        mono: true,
      }));
    return [
      {
        name,
        label: labelOf(name, words),
        value: valueOf(name, value, words),
        mono: typeof value === "string" && DIGEST.test(value),
      },
    ];
  });
}
