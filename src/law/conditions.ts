import { z } from "zod";

/** A condition under which data is given, and what it forbids to whoever got the data. */
export interface Condition {
  readonly code: string;
  readonly basis: string;
  /** False where the citation was written from memory and has not been compared with the text; pages say so. */
  readonly checked: boolean;
  /** True where it is about a day, which must be named. */
  readonly dated?: boolean;
}

/**
 * The closed list of conditions. What each forbids stands in the core's policies, so that a decision and a list agree; `other` is in
 * words only: it is shown wherever the data is, and no program can check it.
 *
 * @source CETS 185 Art. 26(2), Art. 27(6), Art. 28
 */
// prettier-ignore
export const CONDITIONS = [
  { code: "purpose",      basis: "CETS 185 Art. 28(2)", checked: false },
  { code: "speciality",   basis: "CETS 185 Art. 28(2)", checked: false },
  { code: "confidential", basis: "CETS 185 Art. 28(2)", checked: false },
  { code: "no-transfer",  basis: "CETS 185 Art. 28(2)", checked: false },
  { code: "no-evidence",  basis: "CETS 185 Art. 27(6)", checked: false },
  { code: "erase-by",     basis: "CETS 185 Art. 27(6)", checked: false, dated: true },
  { code: "other",        basis: "CETS 185 Art. 27(6)", checked: false },
] as const satisfies readonly Condition[];

export type ConditionCode = (typeof CONDITIONS)[number]["code"];
export const CONDITION_CODES = CONDITIONS.map(({ code }) => code) as [ConditionCode, ...ConditionCode[]];
/** A condition by its code. */
export const conditionOf = (code: ConditionCode): Condition =>
  CONDITIONS.find((each) => each.code === code) ?? CONDITIONS[0];

/** Conditions of one request, at most. */
const CONDITIONS_MAX = 12;

/** Conditions as a form or a program gives them: each at most once, but for those in words. */
export const conditionsSchema = z
  .array(
    z
      .strictObject({
        condition: z.enum(CONDITION_CODES),
        until: z.iso.date().optional(),
        words: z.string().trim().max(1_000).optional().meta({ control: "textarea" }),
      })
      .superRefine(({ condition, until, words }, context) => {
        const add = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
        if (condition === "erase-by" && until === undefined) add("until", "condition-day-missing");
        if (condition === "other" && (words ?? "").length < 6) add("words", "condition-words-missing");
      }),
  )
  .max(CONDITIONS_MAX)
  .superRefine((given, context) => {
    for (const [index, { condition }] of given.entries())
      if (condition !== "other" && given.findIndex((each) => each.condition === condition) < index)
        context.addIssue({ code: "custom", path: [index, "condition"], message: "condition-twice" });
  })
  .default([]);
/** A condition as it was set; `until` is the day by which the data is returned or erased. */
export type SetCondition = z.output<typeof conditionsSchema>[number];
