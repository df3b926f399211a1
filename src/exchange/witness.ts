import type { Readable } from "node:stream";
import { stamp } from "../kernel/clock.ts";
import { route } from "../kernel/page.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { ADD_CHECKPOINT_BYTES_MAX, readAddCheckpoint } from "../trust/witness.ts";
import { textOf } from "./gateway.ts";
import { conflicts, seenOf, witness } from "./messages-witness.ts";

const PLAIN = "text/plain; charset=utf-8";

/** Cosigns the checkpoints of peers' ledgers, so that none of them can show two histories. @source C2SP tlog-witness */
export const witnessRoute = route({
  role: "gateway",
  method: "POST",
  path: "/witness/v1/add-checkpoint",
  access: "public",
  body: "stream",
  summary: "Have a ledger's checkpoint cosigned (C2SP tlog-witness).",
  handle: async ({ node, request, body }) => {
    try {
      const text = await textOf(
        body as Readable | undefined,
        request.headers["content-length"],
        ADD_CHECKPOINT_BYTES_MAX,
      );
      if (text === undefined) return { text: "too large\n", status: 413, type: PLAIN };
      const answer = await witness(node, readAddCheckpoint(Buffer.from(text, "latin1")));
      return { type: PLAIN, ...answer };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return { text: `${error.message}\n`, status: 400, type: PLAIN };
    }
  },
});

/** The latest checkpoint that this node cosigned of a log, with the log's signature and its own: what a monitor compares. @source C2SP tlog-witness */
export const seenRoute = route({
  role: "gateway",
  method: "GET",
  path: "/witness/v1/:log/checkpoint",
  access: "public",
  summary: "What this witness last saw of the log whose origin has that SHA-256 (C2SP tlog-witness).",
  handle: async ({ node, params }) => {
    const note = await seenOf(node.db, params["log"] ?? "");
    if (note === null) return { text: "nothing was cosigned of that log\n", status: 404, type: PLAIN };
    return { text: note, type: PLAIN, headers: { "cache-control": "no-cache" } };
  },
});

const CONFLICTS_MAX = 100;

/** Proofs that ledgers told two stories: pairs of checkpoints under their own signatures. Anybody may have them. */
export const conflictsRoute = route({
  role: "gateway",
  method: "GET",
  path: "/witness/v1/conflicts",
  access: "public",
  summary: "Pairs of checkpoints that one log signed and that cannot both be true.",
  handle: async ({ node }) => ({
    json: {
      conflicts: (await conflicts(node.db, CONFLICTS_MAX)).map(({ origin, seen, shown, found_by, at }) => ({
        origin,
        seen,
        shown,
        found_by,
        at: stamp(at),
      })),
    },
  }),
});
