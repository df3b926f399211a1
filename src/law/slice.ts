import type { Slice } from "../kernel/slice.ts";

export { endOf, endOfDay, isWorkingDay, type Term, type WorkCalendar } from "./calendar.ts";
export { GROUND_CODES, groundOf, GROUNDS } from "./grounds.ts";
export {
  CATEGORIES,
  type Category,
  highest,
  type Measure,
  MEASURE_CODES,
  type MeasureCode,
  measureOf,
} from "./measures.ts";

/** Law as data. */
export const law: Slice = { name: "law" };
