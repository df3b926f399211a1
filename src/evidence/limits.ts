import { invalid } from "../kernel/errors.ts";
import type { ItemRow } from "./item.ts";

/** What a condition forbids from its day on: the data should be gone. Beside the codes of the conditions themselves. */
export const EXPIRED = "expired";
/** Rule of the clock that runs until an item must be returned or erased. */
export const ERASE_BY = "item.erase-by";

/**
 * Conditions under which somebody gave data, as every item of it carries them. What each forbids stands in the core's policies.
 *
 * @source CETS 185 Art. 28(2)
 */
export interface Limits {
  /** Codes of the conditions in force. */
  readonly limits: readonly string[];
  /** Who set them and alone can waive them, by name. */
  readonly by: string;
  /** The last day on which it may be had. */
  readonly until: string | null;
  /** The request under which they were agreed. */
  readonly request: string | null;
}

type Bound = Pick<ItemRow, "limits" | "bound_by" | "bound_until" | "bound_request">;
/** Columns of an item under these conditions. */
export const boundBy = (given: Limits | undefined): Bound =>
  given === undefined || given.limits.length === 0
    ? { limits: null, bound_by: null, bound_until: null, bound_request: null }
    : {
        limits: [...given.limits],
        bound_by: given.by,
        bound_until: given.until === null ? null : Temporal.PlainDate.from(given.until),
        bound_request: given.request,
      };

/** What is made of an item is under the same conditions. */
export const inherited = (parent: Bound | undefined): Bound =>
  parent
    ? {
        limits: parent.limits,
        bound_by: parent.bound_by,
        bound_until: parent.bound_until,
        bound_request: parent.bound_request,
      }
    : boundBy(undefined);

/**
 * Refuses to hand an item on under fewer conditions than those under which it came. `given` are the codes that bind whoever gets it.
 *
 * @source CETS 185 Art. 28(2)
 */
export function demandSameLimits(
  path: string,
  row: Pick<ItemRow, "limits" | "number" | "bound_by">,
  given: readonly string[],
): void {
  const lost = (row.limits ?? []).find((each) => !given.includes(each));
  if (lost !== undefined) throw invalid(path, "limit-not-carried", { number: row.number, by: row.bound_by ?? "" });
}
