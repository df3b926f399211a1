import type { Slice } from "../kernel/slice.ts";
import { treatiesPage, treatyPage } from "./treaties-page.tsx";
import { treatyFile, treatyList, treatyView } from "./treaties-views.ts";

export { endOf, endOfDay, isWorkingDay, type Term, unknownYears, type WorkCalendar } from "./calendar.ts";
export { CONDITION_CODES, conditionOf, conditionsSchema, type SetCondition } from "./conditions.ts";
export { followedBy } from "./follow.ts";
export { GROUND_CODES, groundOf, groundsOf } from "./grounds.ts";
export {
  carriedOutBy,
  CATEGORIES,
  collectsAhead,
  type Category,
  highest,
  isOwn,
  type InstrumentTerm,
  type Measure,
  MEASURE_CODES,
  type MeasureCode,
  measureOf,
  type Reach,
  REACHES,
} from "./measures.ts";
export { ARTICLE_CODES } from "./offences.ts";
export {
  askedFor,
  type Particular,
  PARTICULAR_NAMES,
  isIdentifying,
  type Particulars,
  particularsSchema,
  sentParticularsSchema,
} from "./particulars.ts";

export { type Asking, type Basis, basesFor, type Reason, REASON_KEYS, wantsTreaty } from "./treaties-bases.ts";
export { countriesOf } from "./treaties-views.ts";
export { CHANNELS, readTreaties, type Treaties } from "./treaties.ts";
export { needWords, provisionWords, reasonWords } from "./treaties-words.ts";

/** Law as data: measures, and the treaties on which they can be asked for. */
export const law: Slice = {
  name: "law",
  views: [treatyList, treatyView, treatyFile],
  pages: [treatiesPage, treatyPage],
  navigation: [{ href: "/treaties", label: "nav.treaties", order: 951 }],
};
