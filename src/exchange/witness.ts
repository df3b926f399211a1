import type { Readable } from "node:stream";
import { route } from "../kernel/page.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { ADD_CHECKPOINT_BYTES_MAX, readAddCheckpoint } from "../trust/witness.ts";
import { textOf } from "./gateway.ts";
import { witness } from "./messages-witness.ts";

/** Cosigns the checkpoints of peers' ledgers, so that none of them can show two histories. @source C2SP tlog-witness */
export const witnessRoute = route({
  role: "gateway",
  method: "POST",
  path: "/witness/v1/add-checkpoint",
  access: "public",
  body: "stream",
  summary: "Have a ledger's checkpoint cosigned (C2SP tlog-witness).",
  handle: async ({ node, request, body }) => {
    const plain = "text/plain; charset=utf-8";
    try {
      const text = await textOf(
        body as Readable | undefined,
        request.headers["content-length"],
        ADD_CHECKPOINT_BYTES_MAX,
      );
      if (text === undefined) return { text: "too large\n", status: 413, type: plain };
      const answer = await witness(node, readAddCheckpoint(Buffer.from(text, "latin1")));
      return { type: plain, ...answer };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return { text: `${error.message}\n`, status: 400, type: plain };
    }
  },
});
