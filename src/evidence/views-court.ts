import type { Context } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import type { Reader } from "../kernel/view.ts";
import { bestWitnessed } from "../trust/cosignatures.ts";
import { latestCheckpoint } from "../trust/ledger.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import type { CustodyEvent } from "./custody-event.ts";
import { type Having, spansOf } from "./custody-spans.ts";
import { eventsOf } from "./views.ts";
import { itemFor } from "./views-locked.ts";
import type { Kept } from "./words.ts";
import { requestSeen } from "./views-request.ts";

/** One who had it, from when until when. */
export interface Hand {
  /** How: in custody, on the way to them, outside with them, at another node, or given back to them. */
  readonly having: Exclude<Having, "destroyed">;
  /** Empty where nobody is named. */
  readonly who: string;
  readonly office: string | null;
  readonly from: Temporal.Instant;
  /** `null` for whoever has it. */
  readonly until: Temporal.Instant | null;
}

/** What a court asks of one item: what it is, whence it came, through whose hands it went, and how that is known. */
export interface CourtItem {
  readonly id: string;
  readonly number: string;
  readonly description: string;
  readonly name: string;
  readonly media: string;
  readonly bytes: number;
  readonly digest: string;
  readonly state: ItemRow["state"];
  readonly held: boolean;
  readonly seal_number: string | null;
  readonly acquired_at: Temporal.Instant;
  readonly acquired_by: string | null;
  readonly acquisition: Readonly<Record<string, unknown>>;
  /** Node that it came from; `null` where it was acquired here. */
  readonly peer: string | null;
  readonly request: { readonly id: string; readonly number: string } | null;
  readonly parent: { readonly id: string; readonly number: string } | null;
  readonly hands: readonly Hand[];
  /** How often its bytes were opened, and by how many people. */
  readonly opened: { readonly times: number; readonly people: number };
  readonly events: number;
  /** Events that the ledger holds. */
  readonly logged: number;
  /** False where an event does not follow the one before it: the list was changed. */
  readonly chained: boolean;
  /** Every look at the bytes: when, and whether they were still those acquired. */
  readonly looks: readonly { readonly at: Temporal.Instant; readonly type: string; readonly unchanged: boolean }[];
  /** Whether the digest that the source gave agreed at acquisition; `null` where the source gave none. */
  readonly agreed: boolean | null;
  readonly corrections: number;
}

/** The ledger, as far as a court relies on it. */
export interface CourtLedger {
  readonly size: number;
  readonly at: Temporal.Instant;
  /** Nodes of others that have cosigned a checkpoint that covers everything shown. */
  readonly witnesses: number;
}

const said = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/**
 * Who had it, one after the other, by the one rule of `spansOf`. What another node delivered was in that node's hands until it arrived; then
 * the office that received it had it, which older events don't name: `office` does.
 */
export function handsOf(events: readonly CustodyEvent[], office: string): Hand[] {
  return spansOf(events).flatMap((span): Hand[] => {
    const { having, from, to: until } = span;
    if (having === "destroyed") return [];
    const event = events.find(({ seq }) => seq === span.began);
    const isArrival = event?.act === "item.arrive";
    const named = span.who || span.office || (isArrival ? office : "");
    const hand = {
      having,
      who: named || (having === "kept" ? (event?.actor.id ?? "") : ""),
      office: span.who === "" ? null : said(span.office),
      from,
      until,
    };
    if (!isArrival) return [hand];
    const sent = said(event.facts["sent_at"]);
    const there = { having: "elsewhere", who: said(event.facts["from"]) ?? event.actor.id, office: null } as const;
    return [{ ...there, from: sent ? Temporal.Instant.from(sent) : from, until: from }, hand];
  });
}

const isChained = (events: readonly CustodyEvent[]): boolean =>
  events.every(({ seq, prev }, at) => seq === at + 1 && prev === (events[at - 1]?.entry_digest ?? null));

const ITEMS_MAX = 500;

/** The rows of a case's items that the reader may see, opened as far as they may be; of those chosen only, where some are. */
export async function itemsOf(reader: Reader, caseId: string, only?: readonly string[]): Promise<ItemRow[]> {
  const chosen = only === undefined ? sql`true` : sql`i.id = any(${[...only]}::uuid[])`;
  const { rows } = await sql<Kept<ItemRow>>`select i.* from item i
    where i.case_id = ${caseId} and ${chosen} and ${reader.visible(itemSubject, { alias: "i" })}
    order by i.id limit ${sql.lit(ITEMS_MAX)}`.execute(reader.db);
  return rows.map((row) => itemFor<ItemRow>(reader, row));
}

/** The items of a case that the reader may see, as a court asks of them, and the ledger that vouches for them. */
export async function itemsForCourt(
  reader: Reader,
  caseId: string,
  only?: readonly string[],
): Promise<{ readonly items: readonly CourtItem[]; readonly ledger: CourtLedger | null }> {
  const rows = await itemsOf(reader, caseId, only);
  const items: CourtItem[] = [];
  for (const row of rows) items.push(await courtItem(reader, row, rows));
  return { items, ledger: await ledgerNow(reader) };
}

async function ledgerNow({ db }: Reader): Promise<CourtLedger | null> {
  const latest = await latestCheckpoint(db);
  if (!latest) return null;
  const best = await bestWitnessed(db, latest.size);
  return { size: latest.size, at: latest.at, witnesses: best?.count ?? 0 };
}

async function courtItem(reader: Reader, row: ItemRow, all: readonly ItemRow[]): Promise<CourtItem> {
  const events = await eventsOf(reader, row);
  const [first] = events;
  const parent = all.find(({ id }) => id === row.parent);
  const opening = events.filter(({ act }) => act === "item.open");
  const { id, number, description, name, media, bytes, digest, state, held, seal_number, acquired_at, peer } = row;
  const facts = row.acquisition;
  return {
    ...{ id, number, description, name, media, bytes, digest, state, held, seal_number, acquired_at, peer },
    acquired_by: first?.actor.name ?? null,
    acquisition: typeof facts === "object" && facts !== null ? (facts as Record<string, unknown>) : {},
    request: (await requestSeen(reader.db, row.request_id, reader)) ?? null,
    parent: parent ? { id: parent.id, number: parent.number } : null,
    hands: handsOf(events, row.office_name),
    opened: { times: opening.length, people: new Set(opening.map(({ actor }) => actor.id)).size },
    events: events.length,
    logged: events.filter(({ leaf }) => leaf !== null).length,
    chained: isChained(events),
    looks: events.flatMap(({ at, type, unchanged }) => (unchanged === null ? [] : [{ at, type, unchanged }])),
    agreed: typeof first?.facts["match"] === "boolean" ? first.facts["match"] : null,
    corrections: events.filter(({ type }) => type === "correct").length,
  };
}

/** Items of a case as choices of a form. */
export async function itemChoices(reader: Reader, caseId: string): Promise<{ value: string; label: string }[]> {
  const rows = await itemsOf(reader, caseId);
  return rows.map(({ id, number, description }) => ({ value: id, label: `${number} ${description.slice(0, 120)}` }));
}

/** An item of that case which the actor may see. Refuses at `path` where it is none. */
export async function demandItem(
  tx: Tx,
  { item, caseId, path }: { readonly item: string; readonly caseId: string; readonly path: string },
  { node, actor, now }: Pick<Context, "node" | "actor" | "now">,
): Promise<Pick<ItemRow, "number" | "state" | "limits" | "bound_by">> {
  const visible = node.policy.filter({ actor, action: "item.read", subject: itemSubject, alias: "i", now });
  const { rows } = await sql<
    Pick<ItemRow, "number" | "state" | "limits" | "bound_by">
  >`select i.number, i.state, i.limits, i.bound_by from item i
    where i.id = ${item} and i.case_id = ${caseId} and ${visible}`.execute(tx);
  if (!rows[0]) throw invalid(path, "exhibit-no-item");
  return rows[0];
}
