import type { Context } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import type { Reader } from "../kernel/view.ts";
import { bestWitnessed } from "../trust/cosignatures.ts";
import { latestCheckpoint } from "../trust/ledger.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import type { CustodyEvent } from "./custody-event.ts";
import { type Having, spansOf } from "./custody-spans.ts";
import { eventsOfAll } from "./views.ts";
import { itemFor } from "./views-locked.ts";
import type { Kept } from "./words.ts";
import { type RequestSeen, requestsSeen } from "./views-request.ts";

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
  const custody = await eventsOfAll(reader, rows);
  const requests = await requestsSeen(
    reader.db,
    rows.map(({ request_id }) => request_id),
    reader,
  );
  const items = rows.map((row) =>
    courtItem(row, {
      events: custody.get(row.id) ?? [],
      request: requests.get(row.request_id ?? "") ?? null,
      parent: rows.find(({ id }) => id === row.parent),
    }),
  );
  return { items, ledger: await ledgerNow(reader) };
}

async function ledgerNow({ db }: Reader): Promise<CourtLedger | null> {
  const latest = await latestCheckpoint(db);
  if (!latest) return null;
  const best = await bestWitnessed(db, latest.size);
  return { size: latest.size, at: latest.at, witnesses: best?.count ?? 0 };
}

interface Around {
  readonly events: readonly CustodyEvent[];
  readonly request: RequestSeen | null;
  readonly parent: ItemRow | undefined;
}
function courtItem(row: ItemRow, { events, request, parent }: Around): CourtItem {
  const [first] = events;
  const opening = events.filter(({ act }) => act === "item.open");
  const { id, number, description, name, media, bytes, digest, state, held, seal_number, acquired_at, peer } = row;
  const facts = row.acquisition;
  return {
    ...{ id, number, description, name, media, bytes, digest, state, held, seal_number, acquired_at, peer },
    acquired_by: first?.actor.name ?? null,
    acquisition: typeof facts === "object" && facts !== null ? (facts as Record<string, unknown>) : {},
    request,
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

/** What an act of the court needs of an item that it names. */
type Demanded = Pick<ItemRow, "id" | "number" | "state" | "limits" | "bound_by">;

/** Items of that case which the actor may see. Refuses where one is none, at its place in the list. */
export async function demandItems(
  tx: Tx,
  {
    items,
    caseId,
    path,
  }: { readonly items: readonly string[]; readonly caseId: string; readonly path: (index: number) => string },
  { node, actor, now }: Pick<Context, "node" | "actor" | "now">,
): Promise<readonly Demanded[]> {
  const visible = node.policy.filter({ actor, action: "item.read", subject: itemSubject, alias: "i", now });
  const { rows } = await sql<Demanded>`select i.id, i.number, i.state, i.limits, i.bound_by from item i
    where i.id = any(${[...items]}::uuid[]) and i.case_id = ${caseId} and ${visible}`.execute(tx);
  return items.map((item, index) => {
    const found = rows.find(({ id }) => id === item);
    if (!found) throw invalid(path(index), "exhibit-no-item");
    return found;
  });
}

/** The same of one. */
export const demandItem = async (
  tx: Tx,
  { item, caseId, path }: { readonly item: string; readonly caseId: string; readonly path: string },
  context: Pick<Context, "node" | "actor" | "now">,
): Promise<Demanded> => {
  const [found] = await demandItems(tx, { items: [item], caseId, path: () => path }, context);
  if (!found) throw invalid(path, "exhibit-no-item");
  return found;
};
