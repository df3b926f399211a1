import { z } from "zod";
import { fields, type ItemRow, itemSubject, LIFE, openItem } from "../evidence/slice.ts";
import { actsOn } from "../kernel/act.ts";
import { invalid } from "../kernel/errors.ts";
import { scanOf } from "../malware/slice.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);

/** Looking at an item without being given its bytes. It says why, and gives an address that is good for this officer, for a while. */
export const preview = act("preview", {
  input: z.strictObject({
    purpose: fields.line(500),
    despite_malware: z.union([z.boolean(), z.stringbool()]).optional(),
  }),
  apply: async (tx, row, { purpose, despite_malware }, context) => {
    const scan = await scanOf(tx, context.node, row.id);
    if (scan?.state === "found" && despite_malware !== true)
      throw invalid("despite_malware", "malware-confirm", { name: scan.found ?? "" });
    await openItem(tx, row, context, true);
    return { purpose, ...(scan?.state === "found" ? { malware: scan.found, scanner: scan.scanner } : {}) };
  },
});
