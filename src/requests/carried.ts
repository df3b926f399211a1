import { type MeasureCode, measureOf, PARTICULAR_NAMES } from "../law/slice.ts";
import type { RequestRow } from "./request.ts";

/** What of a request the next one starts with. */
export type Known = Pick<
  RequestRow,
  "number" | "peer" | "offence" | "facts" | "necessity" | "proportionality" | "custodian" | "urgency" | "data" | "particulars"
>; // prettier-ignore

/**
 * The next request with what is known carried over: whom it concerns, what happened, the data wanted, and the number of the one that it
 * follows. What only fits the first measure is left out; a category that the next one can't ask for becomes one that it can.
 *
 * @source CETS 185 Art. 29(7), Art. 30, Art. 31
 */
export function carriedOver(known: Known, next: MeasureCode) {
  const { particulars: asked, categories } = measureOf(next);
  const kept = Object.fromEntries(
    PARTICULAR_NAMES.flatMap((name): [string, string][] => {
      if (!asked.includes(name)) return [];
      if (name === "follows" || name === "preserved") return [[name, known.number]];
      const value = known.particulars[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const data = known.data.map((line) => ({
    ...line,
    category: categories && !categories.includes(line.category) ? (categories[0] ?? line.category) : line.category,
  }));
  const { peer, offence, facts, necessity, proportionality, custodian, urgency } = known;
  return { to: peer, offence, facts, necessity, proportionality, custodian, urgency, data, particulars: kept };
}
