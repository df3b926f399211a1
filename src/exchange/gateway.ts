import type { Readable } from "node:stream";
import { stamp } from "../kernel/clock.ts";
import type { Node } from "../kernel/node.ts";
import { route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import {
  ENVELOPE_BYTES_MAX,
  ENVELOPE_VERSION,
  type EnvelopeProblem,
  type Opened,
  openEnvelope,
  readSigned,
  verdictOnEnvelope,
} from "../trust/envelope.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { openersOf, ownEntry } from "./identity.ts";
import { take } from "./messages-incoming.ts";
import { findPeer, refreshPeer, type TrustedPeer } from "./messages-peer.ts";
import { Bucket } from "./peer.ts";

/** One status for each problem type. */
const STATUS: Record<EnvelopeProblem, number> = {
  malformed: 400,
  "unknown-peer": 403,
  "bad-signature": 403,
  "not-for-us": 421,
  version: 400,
  "too-large": 413,
  gap: 409,
  "expired-key": 403,
  "conflicting-sequence": 409,
  "too-many": 429,
};
type Refused = {
  readonly problem: EnvelopeProblem;
  readonly expected?: number;
  readonly what?: string;
  readonly kid?: string;
};

/** Trusted peers: steadily this many envelopes a second, and this many at once. */
const PEER_PER_SECOND = 200;
const PEER_BURST = 2_000;
/** Addresses whose envelopes are not believed: this many a second, this many at once, and so many addresses remembered. */
const STRANGER_PER_SECOND = 2;
const STRANGER_BURST = 100;
const BUCKETS_MAX = 10_000;
/** A peer's entry is asked for again at most this often on its own word, per second. */
const RENEWALS_PER_SECOND = 1 / 30;

const buckets = new WeakMap<Node, Map<string, Bucket>>();
function mayPass(node: Node, name: string, perSecond: number, burst: number): boolean {
  const known = buckets.get(node) ?? new Map<string, Bucket>();
  buckets.set(node, known);
  if (known.size > BUCKETS_MAX) known.clear();
  const nowMs = node.clock().epochMilliseconds;
  const bucket = known.get(name) ?? new Bucket(perSecond, burst, nowMs);
  known.set(name, bucket);
  return bucket.take(nowMs);
}

/** Takes envelopes from peers: opens, verifies, stores durably, and answers with a receipt. @source CETS 185 Art. 25(3) */
export const envelopesRoute = route({
  role: "gateway",
  method: "POST",
  path: "/exchange/v1/envelopes",
  access: "public",
  body: "stream",
  summary: "Hand over a sealed envelope; the answer is a signed receipt.",
  handle: async (call) => {
    const outcome = await receive(call);
    if ("receipt" in outcome) return { text: outcome.receipt, type: "application/jose" };
    call.node.log.info({ problem: outcome.problem }, "an envelope was not taken");
    return problem(call, outcome);
  },
});

async function receive({ node, request, body }: RouteCall): Promise<{ receipt: string } | Refused> {
  const stranger = `address ${request.ip}`;
  try {
    const text = await textOf(body as Readable | undefined, request.headers["content-length"], ENVELOPE_BYTES_MAX);
    if (text === undefined) return { problem: "too-large" };
    const opened = await openEnvelope(text, openersOf(node));
    if ("problem" in opened) return bounded(node, stranger, opened);
    const read = readSigned(opened.signed);
    if ("problem" in read) return bounded(node, stranger, read);
    const believed = await believe(node, read);
    if ("problem" in believed) return bounded(node, stranger, believed);
    if (!mayPass(node, `peer ${believed.peer.code}`, PEER_PER_SECOND, PEER_BURST)) return { problem: "too-many" };
    return await take(node, read, believed);
  } catch (error) {
    if (error instanceof Malformed) return bounded(node, stranger, { problem: "malformed", what: error.message });
    throw error;
  }
}

/** Whoever sends what is not believed may do so only so often; after that they learn no more than to come later. */
const bounded = (node: Node, stranger: string, refused: Refused): Refused =>
  mayPass(node, stranger, STRANGER_PER_SECOND, STRANGER_BURST) ? refused : { problem: "too-many" };

/** Reads at most so many bytes, one character each; `undefined` where there are more. */
export async function textOf(
  body: Readable | undefined,
  length: string | undefined,
  bytesMax: number,
): Promise<string | undefined> {
  if (Number(length ?? 0) > bytesMax) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += (part as Buffer).length;
    if (size > bytesMax) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("latin1");
}

/** Whether a trusted peer signed it, for us. A key that is not known yet may be its new one: then its entry is asked for once. */
async function believe(node: Node, opened: Opened): Promise<{ peer: TrustedPeer; sentAt: Temporal.Instant } | Refused> {
  const { payload } = opened;
  const peer = await findPeer(node.db, payload.from);
  if (!peer) return { problem: "unknown-peer" };
  if (payload.to !== node.code) return { problem: "not-for-us" };
  const verdict = verdictOnEnvelope(opened, peer.keys, node.clock());
  if ("key" in verdict) return { peer, sentAt: verdict.signedAt };
  const renewed =
    mayPass(node, `renewal ${peer.code}`, RENEWALS_PER_SECOND, 2) && (await refreshPeer(node, peer))
      ? await findPeer(node.db, payload.from)
      : undefined;
  const again = renewed ? verdictOnEnvelope(opened, renewed.keys, node.clock()) : verdict;
  return renewed && "key" in again
    ? { peer: renewed, sentAt: again.signedAt }
    : { problem: "problem" in again ? again.problem : "bad-signature" };
}

/** The problem in words, with both versions, our clock and the next step. @source RFC 9457 */
function problem({ node, tools, reply }: RouteCall, { problem: type, expected, what }: Refused): RouteAnswer {
  const status = STATUS[type];
  const document = {
    type: `/problems/exchange/${type}`,
    title: tools.t(`exchange.problem.${type}.title`),
    status,
    detail: tools.t(`exchange.problem.${type}`, { what: what ?? "", expected: expected ?? 0 }),
    ...(expected === undefined ? {} : { expected }),
    by: node.code,
    received: stamp(node.clock()),
    versions: [ENVELOPE_VERSION],
  };
  if (type === "too-many") reply.header("retry-after", "30");
  return { text: JSON.stringify(document), type: "application/problem+json", status };
}

/** This node's directory entry, signed: for whoever wants to become its peer, and on the portal for whoever holds a document of it. */
export const wellKnownRoutes = (["gateway", "portal"] as const).map((role) =>
  route({
    role,
    method: "GET",
    path: "/.well-known/comity",
    access: "public",
    summary: "This node's signed directory entry.",
    handle: async ({ node }) => ({ json: ownEntry(node), headers: { "cache-control": "max-age=60" } }),
  }),
);
