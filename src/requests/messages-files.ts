import { z } from "zod";
import type { ReceiveContext } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { measureOf, sentParticularsSchema } from "../law/slice.ts";
import { receiveItem } from "../evidence/slice.ts";
import { limitsOf } from "./messages-conditions.ts";
import { on } from "./messages-on.ts";
import type { RequestRow } from "./request.ts";

const words = (max: number) => z.string().max(max);

/** A file as a message names it. */
export const fileSchema = z.strictObject({
  digest: z.string().regex(/^[\da-f]{64}$/),
  size: z.number().int().nonnegative(),
  name: words(500),
  media: words(200),
});
/** The files of a message as items here, in their order. */
export async function receivedItems(tx: Tx, row: RequestRow, context: ReceiveContext): Promise<string[]> {
  const items: string[] = [];
  const bound = await limitsOf(tx, row);
  for (const file of context.files)
    items.push(
      await receiveItem(
        tx,
        {
          file,
          request: {
            id: row.id,
            number: row.number,
            case_id: row.case_id,
            office: row.office ?? "",
            office_name: row.authority.office,
          },
          from: row.peer,
          bound,
        },
        context,
      ),
    );
  return items;
}
/** What was withheld until its conditions were accepted. @source CETS 185 Art. 26 */
export const disclosed = on(
  "disclose",
  z.strictObject({
    particulars: sentParticularsSchema,
    remark: words(4_000).optional(),
    files: z.array(fileSchema).max(200),
  }),
  async (tx, row, { particulars }, context) => {
    if (measureOf(row.measure).yields !== "information" || row.state === "refused") return {};
    const items = await receivedItems(tx, row, context);
    await tx
      .updateTable("request")
      .set({
        particulars: JSON.stringify({ ...row.particulars, ...particulars }),
        items: [...(row.items ?? []), ...items],
      })
      .where("id", "=", row.id)
      .execute();
    return { items };
  },
);
