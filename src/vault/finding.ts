import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** A round as its table holds it. */
export interface RoundRow {
  id: string;
  state: "running" | "done" | "superseded";
  asked_by: string | null;
  started_at: Temporal.Instant;
  due_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
  worked_at: Temporal.Instant;
  debt: number;
  paused: string | null;
  blobs: number;
  bytes: number;
  blobs_done: number;
  bytes_done: number;
  listed_at: Temporal.Instant | null;
  objects: number | null;
}

/** Everything in the vault, read again once. */
export const roundSubject = subject<RoundRow>()({
  name: "vault-round",
  plural: "vault-rounds",
  table: "vault_round",
  attributes: { state: "String" },
});

/** What can be wrong. `orphan`: the store holds an object that nothing refers to. `keyless`: nobody holds a key to a blob. */
export const KINDS = ["altered", "lost", "unreadable", "digest", "keyless", "orphan"] as const;
export type Kind = (typeof KINDS)[number];

/** A finding's life. */
// prettier-ignore
export const LIFE = life<"open" | "mended" | "settled">()({
  recheck: { from: ["open"] },
  mend:    { from: ["open"], to: "mended" },
  discard: { from: ["open"], to: "settled" },
  settle:  { from: ["open"], to: "settled" },
});

/** A finding as its table holds it. */
export interface FindingRow {
  id: string;
  number: number;
  state: "open" | "mended" | "settled";
  kind: Kind;
  blob: string | null;
  object: string | null;
  good: number | null;
  bytes: number;
  holders: number;
  found_at: Temporal.Instant;
  seen_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export const findingSubject = subject<FindingRow>()({
  name: "vault-finding",
  plural: "vault-findings",
  table: "vault_finding",
  attributes: { state: "String", kind: "String" },
  life: LIFE,
});
