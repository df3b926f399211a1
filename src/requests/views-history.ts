import { sql, type Database, type Tx } from "../kernel/database.ts";
import { type JournalRecord, wholeRecord } from "../kernel/journal.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";

/** One line of a request's history, the same on both nodes: the digest is that of the entry on the node where it was done. */
export interface Line {
  readonly act: string;
  /** UTC, RFC 3339. */
  readonly at: string;
  readonly by: string;
  readonly node: string;
  readonly entry: string;
  /** State that it led to, where it changed it. */
  readonly to?: string;
  /** What was said with it: reasons, question, answer, ground, conditions, remark. */
  readonly said?: JsonObject;
}

/** What of a change is for the other side to read; the rest stays in the journal. */
const SAID = [
  "reasons",
  "text",
  "ground",
  "conditions",
  "remark",
  "outcome",
  "until",
  "complete",
  "files",
  "about",
  "answer",
  "missing",
  "condition",
  "kind",
  "keptUntil",
  "reference",
  "confirmation",
  "person",
  "telephone",
  "amount",
  "way",
  "doubts",
  "carriedOutOn",
  "servedOn",
  "manner",
  "present",
  "inventory",
  "copies",
];
/** Entries of one node alone: the wire's receipt, domestic measures drafted under a request, and what its own law does after an emergency. */
const OWN = new Set([
  "request.arrive",
  "request.carry",
  "request.translate",
  "request.translated",
  "request.assign",
  "request.attach",
  "request.spread",
  "request.escalate",
  "request.review",
  "request.unreviewed",
  "request.owe",
  "request.notify",
  "request.delay-notice",
  "request.inform",
  "request.defer",
]);

interface Received {
  readonly entry: { readonly record: JournalRecord; readonly digest: string };
}

function lineOf(record: JournalRecord, digest: string): Line {
  const { change, actor, state } = record;
  const said = Object.fromEntries(
    Object.entries(change).filter(([name, value]) => SAID.includes(name) && value !== undefined && value !== ""),
  ) as Record<string, Json>;
  const by =
    actor.name === undefined
      ? actor.id
      : actor.officeName === undefined
        ? actor.name
        : `${actor.name}, ${actor.officeName}`;
  return {
    act: record.act.slice(record.act.indexOf(".") + 1),
    at: record.at,
    by,
    node: record.node,
    entry: digest,
    ...(state ? { to: state.to } : {}),
    ...(Object.keys(said).length > 0 ? { said } : {}),
  };
}

/** By the moment that the entry bears, then by node; what one node did keeps its order. Acts that crossed then stand alike on both. */
const inOrder = (a: Line, b: Line): number =>
  a.at !== b.at ? (a.at < b.at ? -1 : 1) : a.node < b.node ? -1 : a.node > b.node ? 1 : 0;

/**
 * What was done to a request, in order. What this node did comes from its own entries, what the peer did from the peer's own, carried
 * inside; what was done before it was sent came along with it.
 */
export async function historyOf(
  db: Database | Tx,
  node: Node,
  row: { readonly id: string; readonly before?: unknown },
  /** Only this act; every one where none is named. */
  only?: string,
): Promise<Line[]> {
  return (await historiesOf(db, node, { requests: [row], ...(only === undefined ? {} : { only }) })).get(row.id) ?? [];
}

interface Kept {
  readonly id: string;
  readonly subject_id: string;
  readonly record: JournalRecord;
  readonly words: Buffer | null;
  readonly digest: Buffer;
}

/** The same of many requests at once, by their ids. */
export async function historiesOf(
  db: Database | Tx,
  { services }: Node,
  {
    requests,
    only,
  }: { readonly requests: readonly { readonly id: string; readonly before?: unknown }[]; readonly only?: string },
): Promise<Map<string, Line[]>> {
  const { rows } = await sql<Kept>`
    select id, subject_id, record, words, digest from journal
    where subject_kind = 'request' and subject_id = any(${requests.map(({ id }) => id)}::uuid[])
      ${only === undefined ? sql`` : sql`and act = ${only}`} order by subject_id, seq`.execute(db);
  const kept = Map.groupBy(rows, (row) => row.subject_id);
  return new Map(
    requests.map(({ id, before }) => {
      const lines = (kept.get(id) ?? [])
        .map((entry) => ({ record: wholeRecord(services.keys, entry), digest: entry.digest }))
        .filter(({ record }) => record.seq === 1 || (!OWN.has(record.act) && record.change["pending"] !== true))
        .map(({ record, digest }) => {
          const received = record.change["received"] as unknown as Received | undefined;
          return received
            ? lineOf(received.entry.record, received.entry.digest)
            : lineOf(record, digest.toString("hex"));
        });
      return [id, [...((before ?? []) as Line[]), ...lines].filter(({ act }) => act !== "arrive").sort(inOrder)];
    }),
  );
}
