import { z } from "zod";
import { fields, type ItemRow, itemSubject, LIFE, openItem } from "../evidence/slice.ts";
import { actsOn } from "../kernel/act.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);

/** Looking at an item without being given its bytes. It says why, and gives an address that is good for this officer, for a while. */
export const preview = act("preview", {
  input: z.strictObject({ purpose: fields.line(500) }),
  apply: async (tx, row, { purpose }, context) => {
    await openItem(tx, row, context, true);
    return { purpose };
  },
});
