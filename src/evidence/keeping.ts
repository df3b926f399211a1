import { type Keeping, NO_KEEPING } from "../access/slice.ts";
import type { Node } from "../kernel/node.ts";

/** The country's rules of custody; the product's own on a node without a pack. */
export const keepingOf = ({ services }: Pick<Node, "services">): Keeping =>
  (services as Partial<Node["services"]>).country?.pack.keeping ?? NO_KEEPING;

/** What is known of an item when its case is closed. */
export interface Ended {
  /** How the case was ended; `null` where nobody said. */
  readonly outcome: string | null;
  readonly closedOn: Temporal.PlainDate;
  readonly derived: boolean;
}

/**
 * Until when an item of a closed case must be kept: by the first row that fits; `undefined` where none does.
 *
 * @source CETS 185 Art. 15(1)
 */
export function retainedUntil(
  { outcome, closedOn, derived }: Ended,
  rules: Keeping["retention"],
): { readonly until: Temporal.PlainDate; readonly source: string } | undefined {
  const rule = rules.find(
    (each) =>
      (each.outcomes === undefined || (outcome !== null && each.outcomes.includes(outcome))) &&
      (each.derived === undefined || each.derived === derived),
  );
  return rule && { until: closedOn.add({ years: rule.years }), source: rule.source };
}
