import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** How far two people have come with another node. */
export type PeerState = "proposed" | "trusted" | "revoked";

/** A peer's life. Nothing is exchanged with it outside of `trusted`. @source CETS 185 Art. 25(3) */
// prettier-ignore
const LIFE = life<PeerState>()({
  confirm: { from: ["proposed"],            to: "trusted", source: "CETS 185 Art. 25(3)" },
  renew:   { from: ["trusted"] },
  settle:  { from: ["proposed", "trusted", "revoked"] },
  rewitness: { from: ["trusted"] },
  carry:   { from: ["trusted"] },
  bring:   { from: ["trusted"] },
  distrust: { from: ["trusted"] },
  revoke:  { from: ["proposed", "trusted"], to: "revoked" },
});

/** A peer as its table holds it. `entry` and `keys` are what `trust/directory.ts` reads and lists. */
export interface PeerRow {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly state: PeerState;
  readonly entry: unknown;
  readonly keys: unknown;
  /** Eight groups of five digits, compared by telephone. */
  readonly digits: string;
  /** Account ids of the two people. */
  readonly proposed_by: string;
  readonly confirmed_by: string | null;
  readonly proposed_at: Temporal.Instant;
  readonly confirmed_at: Temporal.Instant | null;
  readonly renewed_at: Temporal.Instant | null;
  readonly revoked_at: Temporal.Instant | null;
  readonly revoked_because: string | null;
}
export const peer = subject<PeerRow>()({
  name: "peer",
  plural: "peers",
  table: "peer",
  attributes: { code: "String", kind: "String", state: "String", proposed_by: "String" },
  life: LIFE,
});

/** A message that came. Its own chain in the journal holds what was refused, so that no case shows a trace of it. */
export const incoming = subject<{ readonly id: string; readonly peer: string; readonly seq: number }>()({
  name: "message",
  plural: "messages",
  table: "inbox",
  attributes: { peer: "String" },
});
/** A message that went. */
export const outgoing = subject<{
  readonly id: string;
  readonly peer: string;
  readonly seq: number;
  readonly problem: unknown;
}>()({
  name: "sent-message",
  plural: "sent-messages",
  table: "outbox",
  attributes: { peer: "String" },
});

/** Why an act that came was not applied, in words that both nodes can say. */
export const refusedSchema = z.object({
  code: z.string().max(40),
  key: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .max(80),
  values: z.record(z.string().max(40), z.union([z.string().max(200), z.number()])).default({}),
});
export type RefusedBody = z.infer<typeof refusedSchema>;

/** What stands in `outbox.problem`: the last try failed, or the act arrived and the other node refused it. */
export type SendingProblem =
  | {
      readonly stage: "delivery";
      readonly type: string;
      readonly at: string;
      readonly status?: number;
      readonly theirs?: string;
    }
  | ({ readonly stage: "application"; readonly at: string } & RefusedBody);

/** What may be amiss with a peer until somebody has seen to it. */
export type AlarmKind =
  | "silent"
  | "refuses"
  | "conflict"
  | "bad-receipt"
  | "restored"
  | "lost"
  | "doubted"
  | "files"
  | "forked"
  | "refused"
  | "shrunk"
  | "unwitnessed";

/** Clocks that differ by more than this are shown, in minutes; never a refusal. */
export const SKEW_SHOWN_MINUTES = 5;

const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 15 * 60_000;
/** How long to wait after the `attempts`-th failure, in milliseconds: doubling from 1 s to 15 min, of which `chance` (0–1) takes up to half. */
export const backoffMs = (attempts: number, chance: number): number => {
  const whole = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts - 1, 20));
  return Math.max(RETRY_FIRST_MS, Math.round(whole * (1 - chance / 2)));
};

/** Lets `burst` things through at once and `perSecond` after that. Kept in memory: a restart forgives. */
export class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #level: number;
  #at: number;
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = burst;
    this.#at = nowMs;
  }
  /** True where `count` more may pass. */
  take(nowMs: number, count = 1): boolean {
    this.#level = Math.min(this.#burst, this.#level + (Math.max(0, nowMs - this.#at) * this.#perSecond) / 1_000);
    this.#at = nowMs;
    if (this.#level < count) return false;
    this.#level -= count;
    return true;
  }
}
