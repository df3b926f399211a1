import { z } from "zod";
import { unbarItems } from "../evidence/slice.ts";
import { act } from "./acts-draft.ts";
import { goOn, standStill } from "./messages-safeguards.ts";
import type { RequestRow } from "./request.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });
/** True once both nodes have it: then the other one is told. */
const isShared = ({ sent_at: sent, side }: Pick<RequestRow, "sent_at" | "side">): boolean =>
  side === "receiver" || sent !== null;

/** Orders that nothing more is done under a request, on both nodes, until the halt is lifted. @source CETS 185 Art. 15(2) */
export const halt = act("halt", {
  stepUp: true,
  input: z.strictObject({ reasons }),
  apply: async (tx, row, input, { node, now, tell }) => {
    await tx
      .updateTable("request")
      .set({ halts: [...row.halts, node.code] })
      .where("id", "=", row.id)
      .execute();
    await standStill(tx, row, now);
    if (isShared(row)) tell({ to: row.peer, body: { reasons: input.reasons } });
    return { reasons: input.reasons };
  },
});

/** Lifts a halt that this country's oversight ordered. What came in meanwhile is opened again. @source CETS 185 Art. 15(2) */
export const resume = act("resume", {
  stepUp: true,
  input: z.strictObject({ reasons }),
  apply: async (tx, row, input, context) => {
    const { node, now, tell } = context;
    const left = row.halts.filter((code) => code !== node.code);
    await tx.updateTable("request").set({ halts: left }).where("id", "=", row.id).execute();
    if (left.length === 0) {
      await goOn(tx, row, now);
      await unbarItems(tx, { request: row.id, why: "halted" }, context);
    }
    if (isShared(row)) tell({ to: row.peer, body: { reasons: input.reasons } });
    return { reasons: input.reasons };
  },
});
