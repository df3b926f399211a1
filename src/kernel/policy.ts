import type { Expression, SqlBool } from "kysely";
import type { Actor } from "./actor.ts";
import type { SubjectKind } from "./subject.ts";

/** The facts that a decision was made from: of who asked and of the thing, only what the rules look at. JSON. */
export interface Decided {
  readonly principal: { readonly type: string; readonly id: string };
  readonly principalAttributes: Readonly<Record<string, unknown>>;
  readonly resource: { readonly type: string; readonly id: string };
  readonly resourceAttributes: Readonly<Record<string, unknown>>;
}

/** What a decision says and rests on; it goes into the journal so that "why was this allowed?" can be replayed. */
export interface Decision {
  readonly allowed: boolean;
  /** `@id`s of the determining policies; empty when nothing permits. */
  readonly policies: readonly string[];
  /** SHA-256 of core and pack policies, hex. */
  readonly pack: string;
  /** Message key of the determining policy's `@reason`, where it has one. */
  readonly reason?: string;
  /** What it was decided from; absent where no rule was asked. */
  readonly facts?: Decided;
}

/** One question to the policy. `row` is the subject's row (or, for a creation, the attributes that it will have). */
export interface Question {
  readonly actor: Actor;
  readonly action: string;
  readonly subject: SubjectKind;
  readonly id: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly now: Temporal.Instant;
}

/** The country's law and the product's invariants, as one decider. */
export interface Policy {
  /** SHA-256 of all policies, hex. */
  readonly pack: string;
  readonly decide: (question: Question) => Decision;
  /** A WHERE expression over the subject's table (by `alias`, default its name) that is true exactly where `decide` would allow. */
  readonly filter: (question: {
    actor: Actor;
    action: string;
    subject: SubjectKind;
    alias?: string;
    now: Temporal.Instant;
  }) => Expression<SqlBool>;
  /** The same as parts, one of which holds where it is true: each can be looked up by an index of its own, where a whole with `or` could not. Never empty. */
  readonly filterParts: (question: Parameters<Policy["filter"]>[0]) => readonly Expression<SqlBool>[];
  /** False where no thing of the kind, whatever it holds, would let this actor do this: the way to it is not offered. */
  readonly possible: (question: {
    actor: Actor;
    action: string;
    subject: SubjectKind;
    now: Temporal.Instant;
  }) => boolean;
}
