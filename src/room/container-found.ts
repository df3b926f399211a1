/** Forms that are recognised by their bytes, whatever the name says. */
export const FORMS = ["ewf", "ewf-logical", "ewf2", "aff4", "folder", "package"] as const;
export type Form = (typeof FORMS)[number];

/** A digest that stands in the container, and the one that was computed of what it speaks of. Hex. */
export interface InnerDigest {
  /** What it is of: `media`, `stream`, `block-map`, a file's path. */
  readonly of: string;
  readonly algorithm: string;
  readonly stated: string;
  /** `null` where it was only read: why is one of the findings. */
  readonly computed: string | null;
}

/** Something that the reader should know, as a message with values. */
export interface Finding {
  readonly key: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** What reading a container gave. */
export interface Found {
  readonly form: Form;
  /**
   * `agrees`: digests stand in it, and those computed are the same. `differs`: one is not. `damaged`: it can't be read to its end.
   * `partial`: the rest of it is elsewhere. `unproved`: it can be read, but nothing in it could be compared.
   */
  readonly verdict: "agrees" | "differs" | "damaged" | "partial" | "unproved";
  /** Bytes of the medium or files that it holds; `null` where nobody knows. */
  readonly mediaBytes: number | null;
  /** What it says of itself, by name of the fact. A stranger's words. */
  readonly facts: readonly (readonly [string, string])[];
  readonly digests: readonly InnerDigest[];
  readonly findings: readonly Finding[];
}

/** A container that is not what its form demands. */
export class Damaged extends Error {
  readonly finding: Finding;
  constructor(key: string, values: Readonly<Record<string, string | number>> = {}) {
    super(key);
    this.finding = { key, values };
  }
}

/** The verdict that the digests and findings give. */
export function verdictOf(
  digests: readonly InnerDigest[],
  { isDamaged = false, isPartial = false }: { readonly isDamaged?: boolean; readonly isPartial?: boolean } = {},
): Found["verdict"] {
  if (isDamaged) return "damaged";
  if (digests.some(({ stated, computed }) => computed !== null && computed !== stated)) return "differs";
  if (isPartial) return "partial";
  return digests.some(({ computed }) => computed !== null) ? "agrees" : "unproved";
}

const FACT_MAX = 500;
const FACTS_MAX = 60;
/** Facts as a stranger wrote them: no control characters, no mark that reverses text, bounded. */
export const plainFacts = (facts: readonly (readonly [string, string])[]): [string, string][] =>
  facts
    .map(([name, value]): [string, string] => [
      name,
      value
        .replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, " ")
        .trim()
        .slice(0, FACT_MAX)
        .toWellFormed(),
    ])
    .filter(([, value]) => value !== "")
    .slice(0, FACTS_MAX);
