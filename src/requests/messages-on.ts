import type { z } from "zod";
import { message, type ReceiveContext } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { type RequestRow, requestSubject } from "./request.ts";

/** A message about a request that both nodes have: what the other one did, applied here. What `receive` gives is journalled with it. */
export const on = <Body>(
  act: string,
  body: z.ZodType<Body>,
  receive: (tx: Tx, row: RequestRow, body: Body, context: ReceiveContext) => Promise<object | void>,
) =>
  message({
    act: `request.${act}`,
    subject: requestSubject,
    body,
    receive: async (tx, row: RequestRow, given, context) => ({ ...(await receive(tx, row, given, context)) }),
  });

/** Clocks are moved at the moment that the peer's entry bears, not at that of its arrival: both nodes count the same. */
export const clock = (row: RequestRow, rule: string, at: Temporal.Instant) => ({
  kind: "request",
  id: row.id,
  rule,
  now: at,
});
