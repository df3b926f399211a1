import pg from "pg";
import type { Node } from "../kernel/node.ts";
import { RECEIVED_CHANNEL } from "../reports/slice.ts";

/** Milliseconds until a listener that broke is made again. */
const AGAIN_MS = 1_000;
/** Milliseconds that it goes on listening for nobody: whoever waited asks again at once. */
const IDLE_MS = 5_000;
/** Milliseconds that arrivals are gathered for: a flood must not wake every desk a hundred times a second. */
const GATHER_MS = 250;

interface Listening {
  readonly waiting: Set<() => void>;
  client: pg.Client | undefined;
  gathers: NodeJS.Timeout | undefined;
  idles: NodeJS.Timeout | undefined;
}
const listenings = new WeakMap<Node, Listening>();

/**
 * Resolves when reports have come since the call, after `ms` at the latest, or when `signal` is aborted. One connection of this process
 * listens for all who wait, and only while somebody does.
 */
export async function arrival(node: Node, ms: number, signal: AbortSignal): Promise<void> {
  const listening = listenings.get(node) ?? {
    waiting: new Set(),
    client: undefined,
    gathers: undefined,
    idles: undefined,
  };
  listenings.set(node, listening);
  clearTimeout(listening.idles);
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      listening.waiting.delete(done);
      if (listening.waiting.size === 0) rest(listening);
      resolve();
    };
    const timer = setTimeout(done, ms).unref();
    signal.addEventListener("abort", done);
    listening.waiting.add(done);
    if (!listening.client) void listen(node, listening);
  });
}

/** Ends the listening, unless somebody waits again soon. */
function rest(listening: Listening): void {
  clearTimeout(listening.idles);
  listening.idles = setTimeout(() => {
    const { client } = listening;
    if (listening.waiting.size > 0 || !client) return;
    listening.client = undefined;
    void client.end().catch(() => undefined);
  }, IDLE_MS).unref();
}

async function listen(node: Node, listening: Listening): Promise<void> {
  const client = new pg.Client({ connectionString: node.config.database, application_name: "comity arrivals" });
  listening.client = client;
  const broke = () => {
    if (listening.client !== client) return;
    listening.client = undefined;
    if (listening.waiting.size > 0)
      setTimeout(() => {
        if (!listening.client && listening.waiting.size > 0) void listen(node, listening);
      }, AGAIN_MS).unref();
  };
  client.on("error", broke);
  client.once("end", broke);
  client.on("notification", () => {
    listening.gathers ??= setTimeout(() => {
      listening.gathers = undefined;
      for (const wake of [...listening.waiting]) wake();
    }, GATHER_MS);
  });
  try {
    await client.connect();
    // Listening alone does not keep a process that is to end.
    (client as pg.Client & { readonly unref: () => void }).unref();
    await client.query(`listen ${client.escapeIdentifier(RECEIVED_CHANNEL)}`);
  } catch {
    await client.end().catch(() => undefined);
    broke();
    return;
  }
  // What came between the reader's last look and this moment was not heard: look once.
  for (const wake of [...listening.waiting]) wake();
}
