import { randomInt } from "node:crypto";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the line between two nodes does to one call; `pass` lets it be. */
export type Fault =
  | "pass"
  | "drop"
  | "drop-answer"
  | "twice"
  | "truncate"
  | "late"
  | "flip"
  | "overtaken"
  | "again-later"
  | "garble-answer"
  | "flip-answer"
  | "cut-answer"
  | "down";
/** A line to a node's gateway that can be made bad. */
export interface Line {
  readonly url: string;
  /** Which port it leads to. */
  readonly aim: (port: number) => void;
  readonly close: () => Promise<void>;
}

/** Opens a line. `fault` decides what happens to each call; `heard` is told its headers. */
export async function openLine(of: {
  readonly fault: (call: { readonly path: string; readonly n: number }) => Fault;
  readonly heard?: (headers: IncomingMessage["headers"]) => void;
}): Promise<Line> {
  let [calls, target] = [0, 0];
  const kept: Kept = [];
  // Longer than any test waits between two calls: a line that is given up just as the next call takes it would be one more fault.
  const proxy = createServer({ keepAliveTimeout: 600_000 }, (incoming, outgoing) => {
    const n = (calls += 1);
    of.heard?.(incoming.headers);
    const fault = of.fault({ path: incoming.url ?? "", n });
    // A caller that was killed takes its call along.
    pass(target, { fault, kept }, incoming, outgoing).catch(() => outgoing.destroy());
  });
  const url = `http://127.0.0.1:${await listening(proxy)}`;
  return {
    url,
    aim: (port) => {
      target = port;
    },
    close: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

/** Calls that the line has yet to hand over, after the next one that it passes. */
type Kept = (() => Promise<unknown>)[];

async function pass(
  port: number,
  { fault, kept }: { readonly fault: Fault; readonly kept: Kept },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  if (fault === "drop" || fault === "down") return void outgoing.destroy();
  if (fault === "late") await new Promise((resolve) => setTimeout(resolve, 150));
  const sent = fault === "truncate" ? body.subarray(0, body.length / 2) : fault === "flip" ? flipped(body) : body;
  const ask = () => forward(port, incoming, sent);
  if (fault === "overtaken") {
    kept.push(ask);
    return void outgoing.destroy();
  }
  if (fault === "twice") await ask();
  const answer = await ask().catch(() => undefined);
  for (const each of kept.splice(0)) await each().catch(() => undefined);
  if (fault === "again-later") kept.push(ask);
  if (!answer || fault === "drop-answer") return void outgoing.destroy();
  if (fault === "flip-answer") answer.body = flipped(answer.body);
  if (fault === "cut-answer") {
    // Says how much there is, gives a part of it, and breaks the line.
    outgoing.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
    outgoing.write(answer.body.subarray(0, answer.body.length / 2), () => setTimeout(() => outgoing.destroy(), 20));
    return;
  }
  outgoing.writeHead(
    answer.status,
    fault === "garble-answer" ? answer.headers : { ...answer.headers, "content-length": answer.body.length },
  );
  outgoing.end(fault === "garble-answer" ? answer.body.subarray(0, answer.body.length / 2) : answer.body);
}

/** One bit is another. */
function flipped(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  if (other.length > 0) {
    const at = randomInt(other.length);
    other.writeUInt8(other.readUInt8(at) ^ (1 << randomInt(8)), at);
  }
  return other;
}

function forward(
  port: number,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }> {
  const { "content-length": _, "transfer-encoding": __, connection: ___, ...headers } = incoming.headers;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...headers, ...(body.length > 0 ? { "content-length": body.length } : {}) },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const {
            "content-length": _length,
            "transfer-encoding": _encoding,
            connection: _connection,
            ...kept
          } = answer.headers;
          resolve({ status: answer.statusCode ?? 500, headers: kept, body: Buffer.concat(parts) });
        });
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}
