import { Worker } from "node:worker_threads";
import type { JsonObject } from "../kernel/json.ts";

/** A document to set, and what came of it. `at` in milliseconds since the epoch. */
export interface ToSet {
  readonly id: number;
  readonly template: string;
  readonly facts: JsonObject;
  readonly at: number;
}
export type WasSet = { readonly id: number } & ({ readonly pdf: Uint8Array } | { readonly failed: string });

interface Waiting {
  readonly give: (pdf: Buffer) => void;
  readonly fail: (error: Error) => void;
}
let thread: Worker | undefined;
let last = 0;
const waiting = new Map<number, Waiting>();

function failAll(error: Error): void {
  thread = undefined;
  for (const { fail } of waiting.values()) fail(error);
  waiting.clear();
}

function started(): Worker {
  const name = `./typeset-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`;
  const worker = new Worker(new URL(name, import.meta.url));
  worker.on("message", (set: WasSet) => {
    const asked = waiting.get(set.id);
    waiting.delete(set.id);
    if (waiting.size === 0) worker.unref();
    if ("pdf" in set) asked?.give(Buffer.from(set.pdf));
    else asked?.fail(new Error(set.failed));
  });
  worker.on("error", (error) => failAll(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => failAll(new Error("the typesetter's thread ended")));
  return worker;
}

/**
 * The same as `typeset`, in a thread of its own: a list of thousands of events takes many seconds, for which nobody else must wait.
 * Documents are set one after the other.
 */
export function typesetApart(template: string, facts: JsonObject, at: Temporal.Instant): Promise<Buffer> {
  return new Promise((give, fail) => {
    thread ??= started();
    last += 1;
    waiting.set(last, { give, fail });
    // Who waits for a document keeps the process; a thread that waits for work does not.
    thread.ref();
    const asked: ToSet = { id: last, template, facts, at: at.epochMilliseconds };
    thread.postMessage(asked);
  });
}
