import { z } from "zod";
import type { ReceiveContext } from "../kernel/act.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Tx } from "../kernel/database.ts";
import { measureOf, sentParticularsSchema } from "../law/slice.ts";
import { saveContent } from "./acts-amend.ts";
import { AMENDMENTS } from "./amendment.ts";
import { dataSchema, type RequestRow } from "./request.ts";
import { missingOnArrival } from "./substance.ts";

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
  context: Pick<ReceiveContext, "node" | "now">,
): Promise<object> {
  const { withheld = [] } = measureOf(row.measure);
  const kept = Object.fromEntries(withheld.map((name) => [name, row.particulars[name]]));
  const particulars = { ...content.particulars, ...kept } as RequestRow["particulars"];
  const next = { ...content, particulars };
  const fields = missingOnArrival({ ...row, ...next });
  if (fields.length > 0) throw new Refusal("invalid", "request-incomplete", { fields });
  await saveContent(tx, row, next, context);
  return { kind };
}
