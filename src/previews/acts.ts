import { randomUUID } from "node:crypto";
import { z } from "zod";
import { fields, type ItemRow, itemSubject, LIFE, officerOf, OPENING_MINUTES } from "../evidence/slice.ts";
import { actsOn } from "../kernel/act.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);

/** Looking at an item without being given its bytes. It says why, and gives an address that is good for this officer, for a while. */
export const preview = act("preview", {
  input: z.strictObject({ purpose: fields.line(500) }),
  apply: async (tx, row, { purpose }, context) => {
    const { account } = officerOf(context);
    const id = randomUUID();
    const expires_at = context.now.add({ minutes: OPENING_MINUTES });
    await tx.insertInto("item_opening").values({ id, item: row.id, account, expires_at, preview_only: true }).execute();
    context.answer({
      preview: `/api/v1/items/${row.id}/previews/${id}`,
      page: `/items/${row.id}/previews/${id}`,
      expires_in_minutes: OPENING_MINUTES,
    });
    return { purpose };
  },
});
