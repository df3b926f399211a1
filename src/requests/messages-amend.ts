import { z } from "zod";
import { Refusal } from "../kernel/errors.ts";
import type { Tx } from "../kernel/database.ts";
import { sentParticularsSchema } from "../law/slice.ts";
import { saveContent } from "./acts-amend.ts";
import { AMENDMENTS } from "./amendment.ts";
import { dataSchema, type RequestRow } from "./request.ts";
import { missing } from "./substance.ts";

const words = (max: number) => z.string().max(max);

/** A change of a request as it arrives: its content whole. Bounds are those of the draft. */
export const amendedSchema = z.strictObject({
  kind: z.enum(AMENDMENTS),
  reasons: words(4_000),
  text: words(4_000).optional(),
  content: z.strictObject({
    facts: words(20_000),
    custodian: words(500),
    data: dataSchema,
    particulars: sentParticularsSchema,
  }),
});

/** The request is changed here as it is there; what the law wants said must still be there. */
export async function takeAmendment(
  tx: Tx,
  row: RequestRow,
  { kind, content }: z.infer<typeof amendedSchema>,
): Promise<object> {
  const next = { ...content, particulars: content.particulars as RequestRow["particulars"] };
  const fields = missing({ ...row, ...next });
  if (fields.length > 0) throw new Refusal("invalid", "request-incomplete", { fields });
  await saveContent(tx, row.id, next);
  return { kind };
}
