import type { Readable } from "node:stream";
import { monotonic, stamp } from "../kernel/clock.ts";
import type { Node } from "../kernel/node.ts";
import { route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import {
  ENVELOPE_BYTES_MAX,
  ENVELOPE_VERSION,
  type EnvelopeProblem,
  type Opened,
  openEnvelope,
  readSigned,
  SEQUENCE_BYTES_MAX,
  SEQUENCE_MAX,
  SEQUENCE_TYPE,
  SEQUENCE_VERSION,
  termOf,
  UNTIL_VERSION,
  verdictOnEnvelope,
} from "../trust/envelope.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { openersOf, ownEntry } from "./identity.ts";
import { raise } from "./messages-alarm.ts";
import { noteTurnedAway } from "./messages-turned-away.ts";
import { type Believed, takeAll } from "./messages-incoming.ts";
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
  expired: 403,
  "expired-key": 403,
  "early-key": 403,
  "revoked-key": 403,
  downgrade: 403,
  "conflicting-sequence": 409,
  "too-many": 429,
};
type Refused = {
  readonly problem: EnvelopeProblem;
  readonly expected?: number;
  readonly what?: string;
  /** What the sender said of itself: version, key, when it signed and until when that counts. */
  readonly theirs?: {
    readonly version?: string;
    readonly kid?: string;
    readonly signedAt?: Temporal.Instant;
    readonly notAfter?: Temporal.Instant | undefined;
  };
};

/** Trusted peers: steadily this many envelopes a second, and this many at once. A backlog comes as fast as it can be taken. */
const PEER_PER_SECOND = 1_000;
const PEER_BURST = 20_000;
/** Addresses whose envelopes are not believed: this many a second, this many at once, and so many addresses remembered. */
const STRANGER_PER_SECOND = 2;
const STRANGER_BURST = 100;
const BUCKETS_MAX = 10_000;
/** A peer's entry is asked for again at most this often on its own word, per second. */
const RENEWALS_PER_SECOND = 1 / 30;
const RENEWALS_BURST = 2;

const buckets = new WeakMap<Node, Map<string, Bucket>>();
function mayPass(
  node: Node,
  name: string,
  { perSecond, burst, count = 1 }: { readonly perSecond: number; readonly burst: number; readonly count?: number },
): boolean {
  const known = buckets.get(node) ?? new Map<string, Bucket>();
  buckets.set(node, known);
  if (known.size > BUCKETS_MAX) known.clear();
  const nowMs = node.clock().epochMilliseconds;
  const bucket = known.get(name) ?? new Bucket(perSecond, burst, nowMs);
  known.set(name, bucket);
  return bucket.take(nowMs, count);
}

/** Takes envelopes from peers: opens, verifies, stores durably, and answers with a receipt. @source CETS 185 Art. 25(3) */
export const envelopesRoute = route({
  role: "gateway",
  method: "POST",
  path: "/exchange/v1/envelopes",
  access: "public",
  body: "stream",
  summary:
    "Hand over a sealed envelope; the answer is a signed receipt. Or several, one a line, in the order of their numbers: then each line of the answer is a receipt, until one that is a problem.",
  handle: async (call) => {
    const several = call.request.headers["content-type"] === SEQUENCE_TYPE;
    const outcomes = await receive(call, several);
    const [first] = outcomes;
    for (const outcome of outcomes)
      if ("problem" in outcome) {
        call.node.log.info({ problem: outcome.problem }, "an envelope was not taken");
        noteTurnedAway(call.node, outcome.problem);
      }
    if (first === undefined) return problem(call, { problem: "malformed", what: "no envelope" });
    if ("problem" in first) return problem(call, first);
    if (!several) return { text: first.receipt, type: "application/jose" };
    const lines = outcomes.map((each) => ("receipt" in each ? each.receipt : JSON.stringify(documentOf(call, each))));
    return { text: lines.join("\n"), type: SEQUENCE_TYPE };
  },
});

/** What one call has asked already: peers by code, and whether they have newer keys. */
interface Asked {
  readonly known: Map<string, Promise<TrustedPeer | undefined>>;
  readonly renewed: Map<string, Promise<TrustedPeer | undefined>>;
}
type Outcome = { readonly receipt: string } | Refused;

/** What becomes of each envelope, in order; ends with the first that is not taken. */
async function receive({ node, request, body }: RouteCall, several: boolean): Promise<Outcome[]> {
  const bytesMax = several ? SEQUENCE_BYTES_MAX : ENVELOPE_BYTES_MAX;
  const text = await textOf(body as Readable | undefined, request.headers["content-length"], bytesMax).catch(
    (error: unknown) => {
      if (error instanceof Malformed) return error;
      throw error;
    },
  );
  if (text instanceof Malformed)
    return [bounded(node, `address ${request.ip}`, { problem: "malformed", what: text.message })];
  if (text === undefined) return [{ problem: "too-large" }];
  const sealed = several ? text.split("\n") : [text];
  if (sealed.length > SEQUENCE_MAX) return [{ problem: "too-large" }];
  return receiveSealed(node, sealed, { stranger: `address ${request.ip}` });
}

/**
 * Opens, verifies and takes sealed envelopes of one peer, whichever way they came. `stranger` names whoever brought them. What an officer
 * hands in may be as much as it is: `byHand`.
 */
export async function receiveSealed(
  node: Node,
  sealed: readonly string[],
  { stranger, byHand = false }: { readonly stranger: string; readonly byHand?: boolean },
): Promise<Outcome[]> {
  const peers: Asked = { known: new Map(), renewed: new Map() };
  const read = await Promise.all(sealed.map((each) => openOne(node, each, { stranger, peers })));
  const bad = read.findIndex((each) => "problem" in each);
  const good = read.slice(0, bad < 0 ? read.length : bad).filter((each) => "opened" in each);
  const other = good.findIndex(({ peer }) => peer.code !== good[0]?.peer.code);
  const same = other < 0 ? good : good.slice(0, other);
  const [first] = same;
  const taken: Outcome[] =
    first === undefined
      ? []
      : byHand ||
          mayPass(node, `peer ${first.peer.code}`, {
            perSecond: PEER_PER_SECOND,
            burst: PEER_BURST,
            count: same.length,
          })
        ? await takeAll(node, first.peer, same)
        : [{ problem: "too-many" }];
  const wrong = read[bad];
  const whole = taken.length === same.length && taken.every((each) => "receipt" in each);
  if (!whole) return taken;
  if (other >= 0) return [...taken, { problem: "malformed", what: "envelopes of several peers" }];
  return wrong && "problem" in wrong ? [...taken, wrong] : taken;
}

async function openOne(
  node: Node,
  text: string,
  { stranger, peers }: { stranger: string; peers: Asked },
): Promise<(Believed & { readonly peer: TrustedPeer }) | Refused> {
  try {
    const opened = await openEnvelope(text, openersOf(node));
    if ("problem" in opened) return bounded(node, stranger, opened);
    const read = readSigned(opened.signed);
    if ("problem" in read) return bounded(node, stranger, { problem: read.problem, theirs: { version: read.theirs } });
    const believed = await believe(node, read, peers);
    return "problem" in believed
      ? bounded(node, stranger, { ...believed, theirs: { version: read.payload.v, ...termOf(read) } })
      : believed;
  } catch (error) {
    if (error instanceof Malformed) return bounded(node, stranger, { problem: "malformed", what: error.message });
    throw error;
  }
}

/** Whoever sends what is not believed may do so only so often; after that they learn no more than to come later. */
const bounded = (node: Node, stranger: string, refused: Refused): Refused =>
  mayPass(node, stranger, { perSecond: STRANGER_PER_SECOND, burst: STRANGER_BURST })
    ? refused
    : { problem: "too-many" };

/** A body may take this long, in milliseconds, and for each of its bytes so much more: whoever is slower holds a place that others need. */
const GRACE_MS = 10_000;
const MS_PER_BYTE = 1_000 / 512;

/** Reads at most so many bytes, one character each; `undefined` where there are more. Throws `Malformed` where they come too slowly. */
export async function textOf(
  body: Readable | undefined,
  length: string | undefined,
  bytesMax: number,
  graceMs = GRACE_MS,
): Promise<string | undefined> {
  if (Number(length ?? 0) > bytesMax) return undefined;
  const parts: Buffer[] = [];
  const started = monotonic();
  let size = 0;
  let isSlow = false;
  const timer = setInterval(() => {
    if (monotonic() - started <= graceMs + size * MS_PER_BYTE) return;
    isSlow = true;
    body?.destroy();
  }, graceMs / 4);
  try {
    for await (const part of body ?? []) {
      size += (part as Buffer).length;
      if (size > bytesMax) return undefined;
      parts.push(part as Buffer);
    }
  } catch (error) {
    if (!isSlow) throw error;
  } finally {
    clearInterval(timer);
  }
  if (isSlow) throw new Malformed("body: it comes too slowly");
  return Buffer.concat(parts).toString("latin1");
}

/** Whether a trusted peer signed it, for us. A key that is not known yet may be its new one: then its entry is asked for once. */
async function believe(
  node: Node,
  opened: Opened,
  peers: Asked,
): Promise<(Believed & { readonly peer: TrustedPeer }) | Refused> {
  const { payload } = opened;
  const asked = peers.known.get(payload.from) ?? findPeer(node.db, payload.from);
  peers.known.set(payload.from, asked);
  const peer = await asked;
  if (!peer) return { problem: "unknown-peer" };
  if (payload.to !== node.code) return { problem: "not-for-us" };
  const { notAfter } = termOf(opened);
  if (notAfter === undefined && peer.entry.versions.includes(UNTIL_VERSION))
    return { problem: "malformed", what: "signature header: exp is missing" };
  const verdict = verdictOnEnvelope(opened, peer.keys, node.clock());
  if ("key" in verdict) return { opened, peer, sentAt: verdict.signedAt, notAfter, kid: verdict.key.fingerprint };
  const asking = peers.renewed.get(peer.code) ?? renewedPeer(node, peer);
  peers.renewed.set(peer.code, asking);
  const renewed = verdict.problem === "revoked-key" ? undefined : await asking;
  if (!renewed) return doubted(node, peer.code, { problem: verdict.problem });
  const again = verdictOnEnvelope(opened, renewed.keys, node.clock());
  return "key" in again
    ? { opened, peer: renewed, sentAt: again.signedAt, notAfter, kid: again.key.fingerprint }
    : doubted(node, peer.code, { problem: again.problem });
}

/** Somebody speaks in a peer's name and is not believed: shown at the desk, once while it stands, whoever it was. */
async function doubted(node: Node, peer: string, refused: Refused): Promise<Refused> {
  // A key that begins later is a clock that is behind, or will be good: it is tried again.
  if (refused.problem === "early-key") return refused;
  if (mayPass(node, `doubt ${peer}`, { perSecond: STRANGER_PER_SECOND, burst: STRANGER_BURST }))
    await raise(node.db, { peer, kind: "doubted", detail: { type: refused.problem }, now: node.clock() });
  return refused;
}

/** The peer with newer keys, where it has some; asked only so often. */
const renewedPeer = async (node: Node, peer: TrustedPeer): Promise<TrustedPeer | undefined> =>
  mayPass(node, `renewal ${peer.code}`, { perSecond: RENEWALS_PER_SECOND, burst: RENEWALS_BURST }) &&
  (await refreshPeer(node, peer))
    ? findPeer(node.db, peer.code)
    : undefined;

/** The problem in words, with both clocks, both versions, the key and the next step. @source RFC 9457 */
function problem(call: RouteCall, refused: Refused): RouteAnswer {
  const document = documentOf(call, refused);
  if (refused.problem === "too-many") call.reply.header("retry-after", "30");
  return { text: JSON.stringify(document), type: "application/problem+json", status: document.status };
}

function documentOf({ node, tools }: RouteCall, { problem: type, expected, what, theirs }: Refused) {
  const status = STATUS[type];
  return {
    type: `/problems/exchange/${type}`,
    title: tools.t(`exchange.problem.${type}.title`),
    status,
    detail: tools.t(`exchange.problem.${type}`, { what: what ?? "", expected: expected ?? 0 }),
    ...(expected === undefined ? {} : { expected }),
    by: node.code,
    received: stamp(node.clock()),
    versions: [ENVELOPE_VERSION, SEQUENCE_VERSION, UNTIL_VERSION],
    ...(theirs?.version === undefined ? {} : { version: theirs.version }),
    ...(theirs?.kid === undefined ? {} : { key: theirs.kid }),
    ...(theirs?.signedAt === undefined ? {} : { signed: stamp(theirs.signedAt) }),
    ...(theirs?.notAfter === undefined ? {} : { notAfter: stamp(theirs.notAfter) }),
  };
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
