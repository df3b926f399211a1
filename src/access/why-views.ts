import { z } from "zod";
import { sql } from "../kernel/database.ts";
import type { JournalRecord } from "../kernel/journal.ts";
import type { Decided } from "../kernel/policy.ts";
import type { Node } from "../kernel/node.ts";
import { view } from "../kernel/view.ts";
import { readPolicies } from "./cedar.ts";
import { lawUnder } from "./law-kept.ts";
import { replay, type Replayed } from "./replay.ts";

/** A rule that decided. */
export interface Rule {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly source: string | null;
  readonly text: string;
}
/** Why an act was allowed: by which rules of which text of the law, from which facts, and whether deciding again says the same. */
export interface Why {
  readonly entry: string;
  /** Which of the entries about the thing it is, from 1. */
  readonly line: number;
  /** SHA-256 that the ledger commits to, hex. */
  readonly digest: string;
  readonly act: string;
  readonly at: string;
  readonly subject: { readonly kind: string; readonly id: string };
  /** Path of the page of what it was done to. */
  readonly href: string;
  readonly actor: JournalRecord["actor"];
  readonly basis: readonly string[];
  readonly state: { readonly from: string | null; readonly to: string } | null;
  readonly rules: readonly Rule[];
  /** What the rules looked at, of who acted and of the thing. */
  readonly facts: {
    readonly principal: Readonly<Record<string, unknown>>;
    readonly resource: Readonly<Record<string, unknown>>;
  } | null;
  readonly law: {
    readonly digest: string;
    readonly code: string | null;
    readonly version: string | null;
    readonly validFrom: string | null;
    readonly signedBy: string | null;
    readonly inForce: boolean;
  };
  readonly replayed: Replayed;
}

interface Entry {
  readonly id: string;
  readonly seq: number;
  readonly record: JournalRecord;
  readonly digest: Buffer;
}
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const HEX = /^[\da-f]{64}$/;

/**
 * The entry by its id, or by its digest among those of one thing (the journal has no index of digests). What it said stays sealed, for why it was
 * allowed does not depend on it.
 */
export async function entryNamed(
  { db }: Pick<Node, "db">,
  name: string,
  of?: { readonly kind: string; readonly id: string },
): Promise<Entry | undefined> {
  const found = UUID.test(name)
    ? sql<Entry>`select id, seq, record, digest from journal where id = ${name}`
    : HEX.test(name)
      ? sql<Entry>`select id, seq, record, digest from journal where digest = ${Buffer.from(name, "hex")}
          ${of ? sql`and subject_kind = ${of.kind} and subject_id = ${of.id}` : sql``}`
      : undefined;
  return found && (await found.execute(db)).rows[0];
}

/** Why the act of an entry was allowed. */
export async function whyOf(node: Node, { id, seq, record, digest }: Entry): Promise<Why> {
  const { decision, state } = record;
  const law = await lawUnder(node, decision.pack);
  const facts = decision.facts as Decided | undefined;
  return {
    entry: id,
    line: seq,
    digest: digest.toString("hex"),
    act: record.act,
    at: record.at,
    subject: record.subject,
    href: `/${node.registry.subjects.get(record.subject.kind)?.plural ?? ""}/${record.subject.id}`,
    actor: record.actor,
    basis: record.basis,
    state: state ?? null,
    rules: decision.policies.flatMap((name): Rule[] => {
      const kept = law?.policies.find((each) => each.id === name);
      const [policy] = kept ? readPolicies(kept.text, kept.origin) : [];
      return kept && policy
        ? [
            {
              id: name,
              effect: policy.json.effect,
              source: policy.json.annotations?.["source"] ?? null,
              text: kept.text,
            },
          ]
        : [];
    }),
    facts: facts ? { principal: facts.principalAttributes, resource: facts.resourceAttributes } : null,
    law: {
      digest: decision.pack,
      code: law?.code ?? null,
      version: law?.version ?? null,
      validFrom: law?.validFrom ?? null,
      signedBy: law?.signedBy ?? null,
      inForce: decision.pack === node.policy.pack,
    },
    replayed: replay(record, law),
  };
}

/** Why an act was allowed, with the number that the thing bears in lists; `null` where it bears none. */
export interface WhyShown extends Why {
  readonly number: string | null;
}

/** Why an act was allowed, for whoever may see the thing that it was done to. */
export const whyView = view({
  name: "decision.why",
  path: "/decisions/:id",
  input: z.object({
    /** Id of an entry, or the digest of one of the request's. */
    id: z.string().max(64),
    request: z.uuid().optional(),
  }),
  read: async ({ node, db, visible }, { id: name, request }): Promise<WhyShown | undefined> => {
    if (request === undefined && !UUID.test(name)) return undefined;
    const entry = await entryNamed(node, name, request ? { kind: "request", id: request } : undefined);
    const kind = entry && node.registry.subjects.get(entry.record.subject.kind);
    if (!entry || !kind) return undefined;
    const { rows } = await sql<{ number: string | null }>`
      select coalesce(to_jsonb(thing) ->> 'number', to_jsonb(thing) ->> 'reference') as number from ${sql.table(kind.table)} thing
      where thing.id = ${entry.record.subject.id} and ${visible(kind, { alias: "thing" })}`.execute(db);
    const [thing] = rows;
    return thing && { ...(await whyOf(node, entry)), number: thing.number };
  },
});
