import type { SetCondition } from "../law/slice.ts";

/** Where conditions stand: proposed by the one asked; taken on, or not, by the one who asks. */
export type TermsState = "proposed" | "agreed" | "declined";

/** A condition of a request, and what became of it. */
export interface Term extends SetCondition {
  /** That the one bound by it has asked for a waiver, and why. */
  readonly sought?: { readonly at: string; readonly by: string; readonly text: string };
  /** That the one who set it has waived it. */
  readonly waived?: { readonly at: string; readonly by: string; readonly reasons: string };
}

/** What a request knows of its conditions. */
export interface Terms {
  readonly terms: readonly Term[];
  readonly terms_version: number;
  readonly terms_state: TermsState | null;
}

/** Conditions that nobody has waived. */
export const inForce = (terms: readonly Term[]): Term[] => terms.filter(({ waived }) => waived === undefined);

/**
 * The conditions once the one asked sets `given`. Those under which something has been given already stay beside them: only a
 * waiver ends what data is bound by. Where none are left, nothing has to be agreed.
 *
 * @source CETS 185 Art. 28(2)
 */
export function setTerms(
  { terms, terms_version: version, terms_state: state }: Terms,
  given: readonly SetCondition[],
  hasGiven: boolean,
): Terms {
  const kept = hasGiven && state === "agreed" ? terms : terms.filter(({ waived }) => waived !== undefined);
  const isNew = ({ condition, words }: SetCondition) =>
    !inForce(kept).some((each) => each.condition === condition && (condition !== "other" || each.words === words));
  const added = given.filter(isNew);
  const next = [...kept, ...added];
  const open = added.length > 0 ? "proposed" : inForce(next).length > 0 ? "agreed" : null;
  return { terms: next, terms_version: version + 1, terms_state: open };
}

/**
 * The conditions once the one who asks has answered those of `version`. An answer to older ones counts for nothing: newer ones are on
 * their way to who gave it.
 */
export const answeredTerms = (row: Terms, version: number, answer: "agreed" | "declined"): Terms =>
  row.terms_version === version && row.terms_state === "proposed" ? { ...row, terms_state: answer } : row;

/** Marks each condition of that code that is in force. */
export const markTerms = (terms: readonly Term[], code: string, mark: Pick<Term, "sought"> | Pick<Term, "waived">) =>
  terms.map((each) => (each.condition === code && each.waived === undefined ? { ...each, ...mark } : each));

/** True where the one who set a condition is asked to waive it, and has not answered. */
export const isSought = (terms: readonly Term[]): boolean => inForce(terms).some(({ sought }) => sought !== undefined);
