import { z } from "zod";
import type { Warnings } from "../kernel/deadline.ts";

/** Minutes of a unit, to warn by: two days before is forty-eight hours before, whatever the clocks of the place do meanwhile. */
const MINUTES = { days: 1_440, hours: 60, minutes: 1 } as const;

const aheadSchema = z.strictObject({
  unit: z.enum(["days", "hours", "minutes"]),
  value: z.int().min(1).max(400),
  /** True from where on the head of the office is told too. */
  escalates: z.boolean().default(false),
});

/** What a country's pack says of watching clocks (`clocks.json`); all of it may be left out. */
export const watchSchema = z.strictObject({
  /** How long before a clock runs out it warns; the last row that names its rule holds, or the last that names none. */
  warnings: z
    .array(
      z.strictObject({
        /** Rules, `request.execute`; absent: every rule that no row names. */
        rules: z
          .array(z.string().regex(/^[a-z-]+\.[a-z-]+$/, "must be a rule's name, request.execute"))
          .min(1)
          .optional(),
        ahead: z.array(aheadSchema).max(12),
        source: z.string().min(1).max(200),
      }),
    )
    .default([
      {
        ahead: [
          { unit: "days", value: 7, escalates: false },
          { unit: "days", value: 2, escalates: false },
          { unit: "hours", value: 24, escalates: true },
          { unit: "hours", value: 1, escalates: true },
        ],
        source: "office practice",
      },
    ]),
  /** Within what time a request must be confirmed formally where that was asked for. @source CETS 185 Art. 25(3) */
  confirmation: z
    .strictObject({
      unit: z.enum(["hours", "days", "working-days"]),
      value: z.int().min(1).max(365),
      source: z.string().min(1).max(100),
    })
    .default({ unit: "working-days", value: 10, source: "office practice" }),
});
export type Watch = z.infer<typeof watchSchema>;
/** What holds where a country says nothing of it. */
export const NO_WATCH: Watch = watchSchema.parse({});

/** When a clock of that rule warns here. */
export function warningsFor({ warnings }: Pick<Watch, "warnings">, rule: string): Warnings {
  const row =
    warnings.findLast(({ rules }) => rules?.includes(rule)) ?? warnings.findLast(({ rules }) => rules === undefined);
  const ahead = (row?.ahead ?? []).map(({ unit, value, escalates }) => ({ minutes: value * MINUTES[unit], escalates }));
  const escalating = ahead.filter(({ escalates }) => escalates).map(({ minutes }) => minutes);
  return {
    aheadMinutes: [...new Set(ahead.map(({ minutes }) => minutes))].sort((a, b) => b - a),
    ...(escalating.length > 0 ? { escalateMinutes: Math.max(...escalating) } : {}),
  };
}
