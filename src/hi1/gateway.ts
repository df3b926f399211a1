import type { Readable } from "node:stream";
import type { Node } from "../kernel/node.ts";
import { route } from "../kernel/page.ts";
import { Bucket, textOf } from "../exchange/slice.ts";
import { MESSAGE_BYTES_MAX } from "./message.ts";
import { receiveText } from "./messages-incoming.ts";

/** Where this node takes messages of TS 103 120. */
export const HI1_PATH = "/hi1/v1/messages";

/** Addresses whose messages are not believed: this many a second, this many at once, and so many addresses remembered. */
const STRANGER_PER_SECOND = 2;
const STRANGER_BURST = 60;
const BUCKETS_MAX = 10_000;
/** Messages that are read at once: each may be large. */
const OPEN_MAX = 8;

const strangers = new WeakMap<Node, Map<string, Bucket>>();
const open = new WeakMap<Node, number>();

/** The bucket of an address; it is drained by what is not believed, and refuses once it is empty. */
function bucketOf(node: Node, address: string): Bucket {
  const known = strangers.get(node) ?? new Map<string, Bucket>();
  strangers.set(node, known);
  if (known.size > BUCKETS_MAX) known.clear();
  const bucket = known.get(address) ?? new Bucket(STRANGER_PER_SECOND, STRANGER_BURST, node.clock().epochMilliseconds);
  known.set(address, bucket);
  return bucket;
}

/** Takes a message of a provider that speaks the standard: always 200, errors in the body; 429 and 413 are none of it. @source ETSI TS 103 120 v1.23.1 §9.3 */
export const hi1Route = route({
  role: "gateway",
  method: "POST",
  path: HI1_PATH,
  access: "public",
  body: "stream",
  summary: "Hand over a signed HI-1 message of ETSI TS 103 120 (JSON); the answer is one.",
  handle: async ({ node, request, body }) => {
    const bucket = bucketOf(node, request.ip);
    const now = () => node.clock().epochMilliseconds;
    if (!bucket.take(now(), 0) || (open.get(node) ?? 0) >= OPEN_MAX)
      return { text: "", type: "text/plain", status: 429, headers: { "retry-after": "30" } };
    open.set(node, (open.get(node) ?? 0) + 1);
    try {
      const latin1 = await textOf(body as Readable | undefined, request.headers["content-length"], MESSAGE_BYTES_MAX);
      if (latin1 === undefined) {
        bucket.take(now());
        return { text: "", type: "text/plain", status: 413 };
      }
      const { answer, believed } = await receiveText(node, Buffer.from(latin1, "latin1").toString("utf8"));
      if (!believed && !bucket.take(now()))
        return { text: "", type: "text/plain", status: 429, headers: { "retry-after": "30" } };
      return { text: answer, type: "application/json" };
    } finally {
      open.set(node, (open.get(node) ?? 1) - 1);
    }
  },
});
