import { sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import type { SignedEntry } from "../trust/directory.ts";
import { hoursOf, isOpen } from "./hours.ts";
import { peer } from "./peer.ts";

/** How another node's contact point is reached, and how the line to it stands. */
export interface ContactPoint {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly languages: readonly string[];
  /** As they wrote it. */
  readonly hours: string | null;
  readonly voice: string | null;
  readonly escalation: string | null;
  /** Their time zone; `null` where it can't be read from their hours. */
  readonly zone: string | null;
  /** `null` where their hours can't be read by a program. */
  readonly open: boolean | null;
  /** Runs no node: is written to by e-mail. */
  readonly byMail: boolean;
  /** First group of their number, by which either side knows the other on the telephone. */
  readonly digits: string;
  /** Messages that wait to be delivered, and since when the oldest does. */
  readonly backlog: number;
  readonly waitingSince: Temporal.Instant | null;
  readonly alarms: number;
  /** When something last came from it, or it last took something. */
  readonly heardAt: Temporal.Instant | null;
}

type Row = Omit<ContactPoint, "languages" | "hours" | "voice" | "escalation" | "zone" | "open" | "byMail"> & {
  readonly entry: unknown;
};

/** Contact points of all nodes that people have confirmed, by name; only that of `code` where one is given. */
export async function contactPoints(reader: Reader, code?: string): Promise<ContactPoint[]> {
  const { rows } = await sql<Row>`select peer.id, peer.code, peer.name, peer.kind, peer.entry, peer.digits,
      (select count(*) from outbox o where o.peer = peer.code and o.delivered_at is null)::int as backlog,
      (select min(at) from outbox o where o.peer = peer.code and o.delivered_at is null) as "waitingSince",
      (select count(*) from exchange_alarm a where a.peer = peer.code and a.ended_at is null)::int as alarms,
      greatest((select max(received_at) from inbox i where i.peer = peer.code), (select max(delivered_at) from outbox o where o.peer = peer.code)) as "heardAt"
    from peer where peer.state = 'trusted' and ${reader.visible(peer)} ${code === undefined ? sql`` : sql`and peer.code = ${code}`}
    order by peer.name limit 500`.execute(reader.db);
  const nodes = rows.map(({ entry, ...row }) => ({
    ...row,
    ...(entry as SignedEntry).entry.contact,
    byMail: false,
  }));
  const known = new Set(nodes.map((each) => each.code));
  return [...nodes, ...(await correspondents(reader, code)).filter((each) => !known.has(each.code))]
    .toSorted((a, b) => a.name.localeCompare(b.name, reader.locale))
    .map((point) => {
      const hours = hoursOf(point.hours);
      return { ...point, zone: hours?.zone ?? null, open: hours ? isOpen(hours, reader.now) : null };
    });
}

/** Those who run no node; whoever may see nodes sees them. */
async function correspondents(
  { db }: Reader,
  code: string | undefined,
): Promise<Omit<ContactPoint, "zone" | "open">[]> {
  const { rows } = await sql<
    Omit<ContactPoint, "zone" | "open">
  >`select c.id, c.code, c.name, c.kind, c.languages, c.hours, c.voice, c.escalation, true as "byMail", '' as digits, 0 as alarms, null as "heardAt",
      (select count(*) from outbox o where o.peer = c.code and o.delivered_at is null)::int as backlog,
      (select min(at) from outbox o where o.peer = c.code and o.delivered_at is null) as "waitingSince"
    from correspondent c where c.state = 'trusted' ${code === undefined ? sql`` : sql`and c.code = ${code}`} limit 500`.execute(
    db,
  );
  return rows;
}
