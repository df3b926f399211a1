import { stamp } from "../kernel/clock.ts";
import { message } from "../kernel/act.ts";
import { asJson } from "../kernel/json.ts";
import { outgoing, refusedSchema, type SendingProblem } from "./peer.ts";

/** The other node did not apply what we sent: its reason stands beside the message, for the desk that sent it. */
export const rejected = message({
  act: "message.reject",
  subject: outgoing,
  body: refusedSchema,
  receive: async (tx, row: { id: string; seq: number; act: string }, body, { at, from }) => {
    const problem: SendingProblem = { stage: "application", at: stamp(at), ...body };
    await tx
      .updateTable("outbox")
      .set({ problem: JSON.stringify(problem) })
      .where("id", "=", row.id)
      .execute();
    return asJson({ peer: from, seq: row.seq, refused: row.act, ...body });
  },
});
