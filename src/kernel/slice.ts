import type { FastifyReply, FastifyRequest } from "fastify";
import type { Actor, Officer } from "./actor.ts";
import type { AnyAct, AnyMessage } from "./act.ts";
import type { Tx } from "./database.ts";
import type { Node } from "./node.ts";
import type { ActPage, AnyPage, NavigationEntry, Route, Section } from "./page.ts";
import type { SubjectKind } from "./subject.ts";
import type { AnyView } from "./view.ts";

/** Work done again and again, by one worker at a time (an advisory lock holds the others off). It must find its work in rows. */
export interface Job {
  readonly name: string;
  readonly everySeconds: number;
  /** PostgreSQL channels whose NOTIFY runs it at once. */
  readonly wokenBy?: readonly string[];
  readonly run: (node: Node) => Promise<void>;
}

/** A clock that ran out. What it does is performed as acts by `system:clock`, in the same transaction as its mark. */
export interface DueDeadline {
  readonly id: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly rule: string;
  readonly due_at: Temporal.Instant;
  readonly detail: unknown;
}
export type OnDue = (tx: Tx, deadline: DueDeadline, node: Node, now: Temporal.Instant) => Promise<void>;

/** Called in the transaction that stores the receipt of a delivered message. */
export type OnReceipt = (
  tx: Tx,
  delivered: {
    readonly subjectKind: string;
    readonly subjectId: string;
    readonly act: string;
    readonly peer: string;
    readonly receivedAt: Temporal.Instant;
    readonly entry: string;
  },
  node: Node,
  now: Temporal.Instant,
) => Promise<void>;

/**
 * Destroys what a slice holds of a thing that is lawfully erased, in the transaction of the erasure; gives how much of what, for
 * the journal. Words, names, files, and what they can be guessed from (bare digests); what figures count stays.
 */
export type OnErase = (
  tx: Tx,
  of: { readonly kind: string; readonly id: string },
  node: Node,
  now: Temporal.Instant,
) => Promise<Readonly<Record<string, number>>>;

/**
 * Called in the transaction in which the vault finds that the bytes a thing holds (`item:<id>`) are damaged, or, `whole`, are right
 * again. `good` bytes before the damage were right, and `digest` (SHA-256, hex) is what they have now, where that is known.
 */
export type OnDamage = (
  tx: Tx,
  of: {
    readonly holder: string;
    readonly finding: string;
    readonly kind: string;
    readonly good: number | null;
    readonly digest: string | null;
    readonly whole: boolean;
  },
  node: Node,
  now: Temporal.Instant,
) => Promise<void>;

/** Recognises who calls: `undefined` where the call carries nothing of its kind; throws `not-signed-in` where what it carries is no longer good. */
export type Authenticate = (call: {
  readonly node: Node;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly role: "portal" | "desk" | "gateway";
}) => Promise<Actor | undefined>;

/** A checkpoint of this node's ledger that somebody else has kept. */
export interface HeldElsewhere {
  /** Who: a peer's code, a witness's name. */
  readonly by: string;
  /** The signed note, as they gave it: nothing of it is verified yet. */
  readonly note: string;
}

/** What one part of the mission registers. */
export interface Slice {
  readonly name: string;
  readonly subjects?: readonly SubjectKind[];
  readonly acts?: readonly AnyAct[];
  readonly views?: readonly AnyView[];
  readonly pages?: readonly AnyPage[];
  readonly actPages?: readonly ActPage[];
  readonly routes?: readonly Route[];
  readonly messages?: readonly AnyMessage[];
  readonly navigation?: readonly NavigationEntry[];
  readonly sections?: readonly Section[];
  readonly jobs?: readonly Job[];
  /** By rule name. */
  readonly onDue?: Readonly<Record<string, OnDue>>;
  readonly onReceipt?: OnReceipt;
  readonly onErase?: OnErase;
  readonly onDamage?: OnDamage;
  readonly authenticate?: Authenticate;
  /** What others hold of this node's ledger: asked once before a process signs anything. Must end by itself, whoever is away. */
  readonly heldElsewhere?: (node: Node) => Promise<readonly HeldElsewhere[]>;
  /** Proves presence for a sensitive act; true where the proof (a one-time code or the password) is good, and then remembered in the session. */
  readonly stepUp?: (node: Node, officer: Officer, proof: string) => Promise<boolean>;
  /** Actions that are asked of the node as a whole (`statistics.read`), so that packs can be checked against them. */
  readonly nodeActions?: readonly string[];
}

/** All slices of a node, by name. */
export interface Registry {
  readonly slices: readonly Slice[];
  readonly subjects: ReadonlyMap<string, SubjectKind>;
  readonly acts: ReadonlyMap<string, AnyAct>;
  readonly views: ReadonlyMap<string, AnyView>;
  readonly messages: ReadonlyMap<string, AnyMessage>;
  readonly actPages: ReadonlyMap<string, ActPage>;
  readonly onDue: ReadonlyMap<string, OnDue>;
  readonly nodeActions: readonly string[];
}

function byName<T>(what: string, things: readonly T[], name: (thing: T) => string): Map<string, T> {
  const map = new Map<string, T>();
  for (const thing of things) {
    if (map.has(name(thing))) throw new Error(`two ${what} are called ${name(thing)}`);
    map.set(name(thing), thing);
  }
  return map;
}

/** Puts slices together. Throws where two things have one name. */
export function registry(slices: readonly Slice[]): Registry {
  const all = <T>(of: (slice: Slice) => readonly T[] | undefined): T[] => slices.flatMap((slice) => of(slice) ?? []);
  return {
    slices,
    subjects: byName(
      "subjects",
      all((s) => s.subjects),
      (s) => s.name,
    ),
    acts: byName(
      "acts",
      all((s) => s.acts),
      (a) => a.name,
    ),
    views: byName(
      "views",
      all((s) => s.views),
      (v) => v.name,
    ),
    messages: byName(
      "messages",
      all((s) => s.messages),
      (m) => m.act,
    ),
    actPages: byName(
      "act pages",
      all((s) => s.actPages),
      (p) => p.act,
    ),
    onDue: new Map(all((s) => Object.entries(s.onDue ?? {}))),
    nodeActions: all((s) => s.nodeActions),
  };
}
