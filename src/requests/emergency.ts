import { z } from "zod";
import type { FieldError } from "../kernel/errors.ts";
import { askedFor, endOf, type Particular, type WorkCalendar } from "../law/slice.ts";
import type { RequestRow } from "./request.ts";

/**
 * What an emergency must say, whatever the measure: whose life or safety, who is in danger, of what, and how soon. It is asked of a
 * person and never concluded from anything else.
 *
 * @source CETS 224 Art. 3(2)(c)
 */
export const GROUND = ["risk", "endangered", "emergency", "imminence"] as const satisfies readonly Particular[];

/** Measures that the short way offers: data from another State, from a provider at home, or only kept there. */
export const SHORT_WAY = ["X9", "O18b", "P16"] as const;

/** The clocks of an emergency; both are the sender's own, and the other node never hears of them. */
export const EMERGENCY_RULES = { voice: "request.voice", review: "request.review" } as const;
/** Kind under which the review's clock stands, so that what ends the request's clocks doesn't end this one. */
export const REVIEW_KIND = "emergency";

/** What the country's pack says of emergencies, as `emergency` of its powers.json. */
const lawSchema = z.strictObject({
  /** Minutes within which the contact point asked should have said that it has the request; then people telephone. */
  answerMinutes: z.int().min(1).max(1_440).default(30),
  /** Minutes until the next try where nobody answered the telephone. */
  againMinutes: z.int().min(1).max(1_440).default(10),
  /** Within what time another person reviews the use. */
  review: z.strictObject({ unit: z.enum(["hours", "days", "working-days"]), value: z.int().min(1).max(365) }).default({
    unit: "days",
    value: 7,
  }),
  source: z.string().min(1).max(200).default("office practice"),
});
/** Minutes and terms of an emergency under the law here. */
export type EmergencyLaw = z.output<typeof lawSchema>;

/** Reads them; what a pack leaves out has the product's default. Throws where the pack's own words are no such terms. */
export const emergencyLaw = (data: { readonly [name: string]: unknown }): EmergencyLaw =>
  lawSchema.parse(data["emergency"] ?? {});

export const isEmergency = ({ urgency }: Pick<RequestRow, "urgency">): boolean => urgency === "emergency";

/** When somebody telephones, if nothing has been heard by then. */
export const voiceDue = (from: Temporal.Instant, { answerMinutes }: EmergencyLaw): Temporal.Instant =>
  from.add({ minutes: answerMinutes });
/** When the next try is due after nobody answered. */
export const voiceAgain = (from: Temporal.Instant, { againMinutes }: EmergencyLaw): Temporal.Instant =>
  from.add({ minutes: againMinutes });
/** By when the use of the emergency way must have been reviewed. */
export const reviewDue = (
  sentAt: Temporal.Instant,
  { review }: EmergencyLaw,
  calendar: WorkCalendar,
): Temporal.Instant => endOf(review, sentAt, calendar);

/** What is missing of the ground; empty where the request is no emergency. @source CETS 224 Art. 9 */
export function missingGround(
  { urgency, particulars }: { readonly urgency?: string | undefined; readonly particulars: RequestRow["particulars"] },
  count: (text: string) => number,
): FieldError[] {
  if (urgency !== "emergency") return [];
  return GROUND.flatMap((name): FieldError[] => {
    const { words, options } = askedFor(name);
    const text = (particulars[name] ?? "").trim();
    const says = options ? (text === "" ? 0 : words) : count(text);
    return says < words ? [{ path: `particulars.${name}`, key: `request-${name}-missing` }] : [];
  });
}
