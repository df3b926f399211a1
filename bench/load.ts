import { randomUUID } from "node:crypto";
import { createConnection, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import pg from "pg";

/** What a worker of the load is told: whom to load, with how many connections, for how long. */
export interface Load {
  readonly kind: "http" | "insert" | "page";
  /** Port of the portal, or address of PostgreSQL. */
  readonly to: string;
  /** Of a page, and the cookie that it is asked for with. */
  readonly path?: string;
  readonly cookie?: string;
  readonly connections: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}
/** What came of it. */
export interface Loaded {
  /** Done within the measured time. */
  readonly done: number;
  readonly failed: number;
  readonly seconds: number;
}

/** A citizen's report: its own number and link, and now and then those of a known fraud. */
export function report(n: number): string {
  const number = n % 10 === 0 ? "+639171234567" : `+63917${String(1_000_000 + ((n * 7_919) % 9_000_000))}`;
  const link = n % 10 === 5 ? "http://prize-ph.top/claim" : `http://win-${(n * 31) % 1_000_003}.life/${n % 97}`;
  return JSON.stringify({
    category: "F8",
    description: `I got a message from ${number} that my account is closed today. I must confirm my name, card and one-time code at ${link} or I lose my money. I did not pay. It came at ${n % 24} o'clock, report ${n}.`,
    contact: n % 2 === 0 ? { name: `Reporter ${n}`, email: `r${n}@example.org` } : undefined,
  });
}

/** Keeps every connection busy with one call after the other; counts those that end in the measured time. */
async function run(load: Load): Promise<Loaded> {
  const begin = performance.now() + load.warmUpSeconds * 1_000;
  const end = begin + load.seconds * 1_000;
  const count = { done: 0, failed: 0, n: 0 };
  const connection = load.kind === "http" ? overHttp : load.kind === "page" ? pagesOf(load) : overPostgres;
  await Promise.all(
    Array.from({ length: load.connections }, () =>
      connection(load.to, end, count, () => performance.now() >= begin && performance.now() < end),
    ),
  );
  return { done: count.done, failed: count.failed, seconds: load.seconds };
}

type Count = { done: number; failed: number; n: number };

/** Speaks just enough HTTP that the load costs less than what it measures. */
async function overHttp(port: string, end: number, count: Count, counts: () => boolean): Promise<void> {
  const socket = createConnection({ host: "127.0.0.1", port: Number(port), noDelay: true });
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  while (performance.now() < end) {
    const body = report((count.n += 1));
    socket.write(
      `POST /api/v1/reports HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    const status = await answerOf(socket);
    if (counts()) count[status === "201" ? "done" : "failed"] += 1;
  }
  socket.destroy();
}

/** Asks for one page again and again, as a browser does that takes it compressed. */
const pagesOf =
  ({ path = "/", cookie = "" }: Load) =>
  async (port: string, end: number, count: Count, counts: () => boolean): Promise<void> => {
    const socket = createConnection({ host: "127.0.0.1", port: Number(port), noDelay: true });
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\naccept-encoding: gzip, br\r\naccept-language: en\r\n${cookie ? `cookie: ${cookie}\r\n` : ""}\r\n`;
    while (performance.now() < end) {
      socket.write(request);
      const status = await answerOf(socket);
      if (counts()) count[status === "200" ? "done" : "failed"] += 1;
    }
    socket.destroy();
  };

function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let held = "";
    const take = (chunk: Buffer) => {
      held += chunk.toString("latin1");
      const head = held.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(held)?.[1] ?? "0");
      if (held.length < head + 4 + length) return;
      socket.off("data", take).off("error", reject).off("close", reject);
      resolve(held.slice(9, 12));
    };
    socket.on("data", take).once("error", reject).once("close", reject);
  });
}

async function overPostgres(url: string, end: number, count: Count, counts: () => boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  while (performance.now() < end) {
    await client.query({
      name: "raw",
      text: "insert into bench_raw (id, body) values ($1, $2)",
      values: [randomUUID(), report((count.n += 1))],
    });
    if (counts()) count.done += 1;
  }
  await client.end();
}

if (parentPort) parentPort.postMessage(await run(workerData as Load));
