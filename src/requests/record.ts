import type { FieldError } from "../kernel/errors.ts";
import type { MeasureCode } from "../law/slice.ts";

/** What an officer says of a measure that the own side has carried out. */
export interface Execution {
  readonly outcome: "done" | "partly" | "nothing";
  readonly carriedOutOn: string;
  readonly present?: string | undefined;
  readonly inventory: readonly string[];
  readonly copies?: string | undefined;
  readonly items: readonly string[];
}

/** What the record of each must say: who was there, what was taken, to whom a copy went. Where nothing was found, nothing was taken. */
const MUST = {
  S19: ["present", "inventory", "copies"],
  O18a: ["inventory", "copies"],
  A32a: ["inventory"],
  A32b: ["inventory"],
} as const;
const TAKEN: readonly string[] = ["inventory", "copies"];

/**
 * What is missing from the record, or wrong with its day: a measure is carried out while its authorisation holds, and not in the future.
 *
 * @source CETS 185 Art. 15(2), Art. 19
 */
export function recordMissing(
  measure: MeasureCode,
  said: Execution,
  { today, authorisedOn, until }: { readonly today: string; readonly authorisedOn: string; readonly until: string },
): FieldError[] {
  const must: readonly ("present" | "inventory" | "copies")[] =
    measure in MUST ? MUST[measure as keyof typeof MUST] : [];
  return [
    ...must
      .filter((name) => said.outcome !== "nothing" || !TAKEN.includes(name))
      .filter((name) => (said[name]?.length ?? 0) === 0)
      .map((name) => ({ path: name, key: `request-record-${name}` })),
    ...(said.carriedOutOn > today ? [{ path: "carriedOutOn", key: "request-record-future" }] : []),
    ...(said.carriedOutOn < authorisedOn || said.carriedOutOn > until
      ? [{ path: "carriedOutOn", key: "request-record-unauthorised", values: { from: authorisedOn, until } }]
      : []),
  ];
}
