import { parentPort } from "node:worker_threads";
import type { ToSet, WasSet } from "./typeset-apart.ts";
import { typeset } from "./typeset.ts";

const port = parentPort;
if (!port) throw new Error("the typesetter runs here only as a thread");

port.on("message", ({ id, template, facts, at }: ToSet) => {
  let set: WasSet;
  try {
    set = { id, pdf: typeset(template, facts, Temporal.Instant.fromEpochMilliseconds(at)) };
  } catch (error) {
    set = { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  port.postMessage(set);
});
