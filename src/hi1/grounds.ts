import { GROUND_CODES, groundsOf, measureOf, type MeasureCode } from "../law/slice.ts";
import { ERRORS } from "./dictionary.ts";

/** Why something was not done, as the standard says it. */
export interface Reason {
  readonly ErrorCode: number;
  readonly ErrorDescription: string;
}

/** What errors of the standard say that a ground of the closed list says too: by the Convention, and by the form of a European order. */
// prettier-ignore
const GROUNDS = {
  incomplete: { codes: [ERRORS.RequiredElementMissing, ERRORS.ImproperValue, ERRORS.ValidationError] as readonly number[], convention: "incomplete",    european: "eu-incomplete" },
  notHeld:    { codes: [ERRORS.ValueNotFound] as readonly number[],                                                       convention: "data-not-held", european: "eu-not-stored" },
} as const;
type GroundCode = (typeof GROUND_CODES)[number];

const ofEurope = (measure: MeasureCode): boolean => measureOf(measure).basis.startsWith("Regulation (EU) 2023/1543");
const allowed = (measure: MeasureCode, code: GroundCode): boolean =>
  groundsOf(measureOf(measure).basis).some((each) => each.code === code);

/** The ground by which a provider says that it has no such data. */
export const notHeld = (measure: MeasureCode): GroundCode =>
  GROUNDS.notHeld[ofEurope(measure) ? "european" : "convention"];

/**
 * The ground of the closed list that a rejection names: by its code before a colon, as the profile wants it (`dual-criminality: …`), or by
 * the number of the error where that says as much. `undefined` where neither does: no machine finds a ground of law for somebody else.
 */
export function groundIn(measure: MeasureCode, reason: Reason | undefined): GroundCode | undefined {
  if (!reason) return undefined;
  const [, code] = /^\s*([a-z][a-z-]{2,40})\s*:/.exec(reason.ErrorDescription) ?? [];
  const said = GROUND_CODES.find((each) => each === code);
  if (said !== undefined && allowed(measure, said)) return said;
  const row = Object.values(GROUNDS).find(({ codes }) => codes.includes(reason.ErrorCode));
  return row?.[ofEurope(measure) ? "european" : "convention"];
}
