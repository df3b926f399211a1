import { z } from "zod";
import { type FieldError, Refusal } from "../kernel/errors.ts";
import type { WantedData } from "./request.ts";

/** Why a part of what was asked for is not given: not had; looked for still; held back on a ground; left out as not allowed here. */
export const WHY_MISSING = ["not-held", "sought", "withheld", "not-authorised", "already-given"] as const;

const MISSING_MAX = 50;
/** Lines of the data asked for, by number from 1; a line without a reason was given. */
export const missingSchema = z
  .array(
    z.strictObject({
      line: z.coerce.number().int().min(1).max(MISSING_MAX),
      why: z.enum(WHY_MISSING).optional(),
      note: z.string().trim().max(1_000).optional(),
    }),
  )
  .max(MISSING_MAX)
  .default([]);

/** A line that was not given, and why. */
export interface Missing {
  readonly line: number;
  readonly why: (typeof WHY_MISSING)[number];
  readonly note?: string | undefined;
}

/**
 * What is missing from an answer in part: it must be said, line by line where lines were asked for. Refuses a line that was not asked for,
 * and an answer in part that says nothing of what is missing.
 *
 * @source CETS 185 Art. 27(6)
 */
export function demandMissing(
  data: readonly WantedData[],
  given: z.output<typeof missingSchema>,
  { isWhole, remark }: { readonly isWhole: boolean; readonly remark: string | undefined },
): Missing[] {
  const said = given.flatMap(({ line, why, note }): Missing[] =>
    why === undefined ? [] : [{ line, why, ...(note ? { note } : {}) }],
  );
  const fields: FieldError[] = said.flatMap(({ line }, index) =>
    line > data.length ? [{ path: `missing.${index}.line`, key: "request-no-such-line", values: { line } }] : [],
  );
  if (isWhole && said.length > 0) fields.push({ path: "missing", key: "request-whole-misses-nothing" });
  if (!isWhole && said.length === 0 && !remark) fields.push({ path: "missing", key: "request-missing-unsaid" });
  if (fields.length > 0) throw new Refusal("invalid", "invalid-input", { fields });
  return said;
}
