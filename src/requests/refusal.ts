import { groundsOf, measureOf } from "../law/slice.ts";
import { type Based, basisHere } from "./basis-here.ts";

/**
 * The grounds on which a request may be refused here: those of the closed list for its measure, without dual criminality where the table of
 * treaties of this node says that it is never a condition of that measure on that basis.
 *
 * @source CETS 185 Art. 27(7), Art. 29(4)
 */
export function groundsHere(row: Based, at: Parameters<typeof basisHere>[1]) {
  const needs = basisHere(row, at)?.needs;
  return groundsOf(measureOf(row.measure).basis).filter(
    ({ code }) => code !== "dual-criminality" || needs?.dualCriminality !== "never",
  );
}
