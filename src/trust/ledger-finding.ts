/** What is wrong with an entry, a tile or a checkpoint. */
export interface LedgerFinding {
  /**
   * `altered`: the entry is not what the ledger holds. `removed`: the ledger holds it, the journal does not. `inserted`: the
   * journal holds what never came in the ordinary way. `backdated`: it says that it is older than it can be. `tile`, `checkpoint`: the ledger's own records were changed.
   */
  readonly kind: "altered" | "removed" | "inserted" | "backdated" | "tile" | "checkpoint";
  /** Id of the journal entry; `null` where it is not known any more. */
  readonly entry: string | null;
  /** Its number in the ledger, from 0. */
  readonly leaf: number | null;
  readonly subject: { readonly kind: string; readonly id: string } | null;
  /** Its place in the subject's chain, from 1. */
  readonly seq: number | null;
  /** What differs: names of columns, a tile's path, or the size of a checkpoint. */
  readonly differs: readonly string[];
  /** The same in a sentence. */
  readonly says: string;
}

type Facts = Omit<LedgerFinding, "says">;

/** Who is meant, as far as it is known. */
function named({ entry, leaf, subject, seq }: Facts): string {
  const parts = [
    entry === null ? "an entry whose id is lost" : `entry ${entry}`,
    ...(leaf === null ? [] : [`leaf ${leaf}`]),
    ...(subject === null ? [] : [`${subject.kind} ${subject.id}`]),
    ...(seq === null ? [] : [`number ${seq} of its chain`]),
  ];
  return parts.join(", ");
}

function sentence(facts: Facts): string {
  const { kind, differs } = facts;
  const what = differs.join(", ");
  switch (kind) {
    case "altered":
      return `Altered: ${named(facts)}. What differs: ${what}.`;
    case "removed":
      return `Removed: ${named(facts)}.`;
    case "inserted":
      return `Inserted: ${named(facts)}. What does not fit: ${what}.`;
    case "backdated":
      return `Back-dated: ${named(facts)}. ${what}.`;
    case "tile":
      return `The ledger's own copy was changed: ${what}.`;
    case "checkpoint":
      return `A checkpoint does not hold: ${what}.`;
  }
}

/** A finding with its sentence. */
export const finding = (facts: Pick<Facts, "kind" | "differs"> & Partial<Facts>): LedgerFinding => {
  const whole: Facts = { entry: null, leaf: null, subject: null, seq: null, ...facts };
  return { ...whole, says: sentence(whole) };
};
