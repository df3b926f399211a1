import type { Slice } from "../kernel/slice.ts";

export { type Ground, GROUND_CODES, type GroundCode, GROUNDS } from "./grounds.ts";
export { CATEGORIES, type Category, highest, type Measure, MEASURE_CODES, type MeasureCode, measureOf, MEASURES, type Particular } from "./measures.ts";
export { PROVISIONS } from "./provisions.ts";

/** Law as data. */
export const law: Slice = { name: "law" };
