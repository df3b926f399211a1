import { ROW } from "../kernel/recorded.ts";
import type { ItemRow } from "./item.ts";

/** The type of a custody event, by the act that made it. */
const TYPES: Readonly<Record<string, CustodyType>> = {
  "item.acquire": "acquire",
  "item.lodge": "acquire",
  "item.emerge": "derive",
  "item.arrive": "receive",
  "item.open": "access",
  "item.inspect": "verify",
  "item.preview": "access",
  "item.browse": "access",
  "item.view": "access",
  "item.lock": "lock",
  "item.contest": "lock",
  "item.uphold": "lock",
  "item.unlock": "lock",
  "item.take-in": "acquire",
  "item.copy": "copy",
  "item.verify": "verify",
  "item.derive": "derive",
  "item.transfer": "transfer-offer",
  "item.pass": "transfer-offer",
  "item.lend": "transfer-offer",
  "item.receive": "transfer-accept",
  "item.countersign": "transfer-accept",
  "item.hand": "export",
  "item.retake": "receive",
  "item.refuse": "transfer-refuse",
  "item.withdraw": "transfer-refuse",
  "item.lapse": "transfer-refuse",
  "item.seal": "seal",
  "item.unseal": "unseal",
  "item.broken": "unseal",
  "item.hold": "hold",
  "item.retain": "hold",
  "item.release": "release",
  "item.return": "release",
  "item.export": "export",
  "item.disclose": "disclose",
  "item.serve": "disclose",
  "item.annex": "disclose",
  "item.limit": "limit",
  "item.correct": "correct",
  "item.dispose": "dispose",
  "item.keep": "release",
  "item.bar": "hold",
  "item.unbar": "release",
};

/** The kinds of event that an item's custody knows. */
export const CUSTODY_TYPES = [
  "acquire",
  "receive",
  "transfer-offer",
  "transfer-accept",
  "transfer-refuse",
  "access",
  "copy",
  "derive",
  "verify",
  "export",
  "disclose",
  "seal",
  "unseal",
  "hold",
  "release",
  "dispose",
  "correct",
  "lock",
  "limit",
] as const;
export type CustodyType = (typeof CUSTODY_TYPES)[number];

/** One event of an item's custody: the journal's entry of the act. */
export interface CustodyEvent {
  readonly seq: number;
  /** Digest of the event before, hex; `null` for the first. */
  readonly prev: string | null;
  /** One of `CUSTODY_TYPES`; an act that is none of these by its own name. */
  readonly type: string;
  readonly act: string;
  readonly at: Temporal.Instant;
  /** Who acted, in which role, and by which policies they were competent. */
  readonly actor: {
    readonly id: string;
    readonly name?: string;
    readonly role?: string;
    readonly office?: string;
    readonly officeId?: string;
    readonly policies: readonly string[];
  };
  readonly basis: readonly string[];
  /** What was recorded: reason, place, tool, digests before and after, and so on. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The other node's entry that this event applies, with the digest that its ledger commits to; `null` where the act was done here. */
  readonly theirs: { readonly node: string; readonly entry: string; readonly at: string | null } | null;
  /** SHA-256 of the item's bytes as this event found them, hex; `null` where it did not look at them. */
  readonly digest: string | null;
  /** Whether they were still those acquired; `null` where it did not look. */
  readonly unchanged: boolean | null;
  readonly entry: string;
  /** What the ledger commits to, hex. */
  readonly entry_digest: string;
  /** Position in the ledger; `null` until it is sequenced. */
  readonly leaf: number | null;
}

/** An entry of the journal as it is read for custody. */
export interface Journalled {
  readonly id: string;
  readonly act: string;
  readonly at: Temporal.Instant;
  readonly seq: number;
  readonly record: {
    readonly prev: string | null;
    readonly basis: readonly string[];
    readonly actor: { id: string; name?: string; role?: string; office?: string; officeName?: string };
    readonly decision?: { readonly policies: readonly string[] };
    readonly change: Record<string, unknown>;
  };
  readonly digest: Buffer;
  readonly leaf: number | null;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** What a peer's entry says of itself, where this event applies one. */
function theirsOf({ received }: Record<string, unknown>): CustodyEvent["theirs"] {
  if (!isObject(received) || !isObject(received["entry"])) return null;
  const { digest, record } = received["entry"];
  if (typeof received["from"] !== "string" || typeof digest !== "string") return null;
  return {
    node: received["from"],
    entry: digest,
    at: isObject(record) && typeof record["at"] === "string" ? record["at"] : null,
  };
}

/** The event that an entry is, seen on the item's own digest. */
export function eventOf(
  { id, act, at, seq, record, digest, leaf }: Journalled,
  { digest: own }: Pick<ItemRow, "digest">,
): CustodyEvent {
  const { change, actor } = record;
  const { received: _, [ROW]: __, ...facts } = change;
  const seen = [change["digest_after"], change["digest"]].find((value) => typeof value === "string");
  const found = typeof seen === "string" ? seen : null;
  const optional = { name: actor.name, role: actor.role, office: actor.officeName, officeId: actor.office };
  return {
    seq,
    prev: record.prev,
    // What the peer's hand-over is there, is the arrival here.
    type: act === "item.hand" && actor.id.startsWith("peer:") ? "receive" : (TYPES[act] ?? act),
    act,
    at,
    basis: record.basis,
    facts,
    theirs: theirsOf(change),
    digest: found,
    unchanged:
      change["match"] === false ? false : found === null ? (change["match"] === true ? true : null) : found === own,
    actor: {
      id: actor.id,
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
      policies: record.decision?.policies ?? [],
    },
    entry: id,
    entry_digest: digest.toString("hex"),
    leaf,
  };
}
