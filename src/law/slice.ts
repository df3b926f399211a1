import type { Slice } from "../kernel/slice.ts";

export { endOf, endOfDay, isWorkingDay, type Term, unknownYears, type WorkCalendar } from "./calendar.ts";
export { CONDITION_CODES, conditionOf, conditionsSchema, type SetCondition } from "./conditions.ts";
export { followedBy } from "./follow.ts";
export { GROUND_CODES, groundOf, GROUNDS } from "./grounds.ts";
export {
  carriedOutBy,
  CATEGORIES,
  type Category,
  highest,
  type Measure,
  MEASURE_CODES,
  type MeasureCode,
  measureOf,
  type Reach,
  REACHES,
} from "./measures.ts";
export { ARTICLE_CODES, type Article, ARTICLES } from "./offences.ts";
export {
  askedFor,
  type Particular,
  PARTICULAR_NAMES,
  type Particulars,
  particularsSchema,
  sentParticularsSchema,
} from "./particulars.ts";

/** Law as data. */
export const law: Slice = { name: "law" };
