import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { type MeasureCode, measureOf } from "../law/slice.ts";
import { historiesOf, type RequestRow } from "../requests/slice.ts";
import type { Facts } from "./facts.ts";

/** Which requests are counted. */
export interface Counted {
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant;
  readonly measure?: string | undefined;
  readonly peer?: string | undefined;
  readonly category?: string | undefined;
  readonly article?: string | undefined;
  readonly direction?: "outgoing" | "incoming" | undefined;
  /** Only emergencies. */
  readonly emergencies?: boolean;
}

type Sent = Pick<
  RequestRow,
  | "id"
  | "side"
  | "peer"
  | "measure"
  | "article"
  | "data_category"
  | "urgency"
  | "custodian"
  | "received_at"
  | "before"
  | "authority"
  | "notification"
  | "notified_at"
> & {
  readonly sent_at: Temporal.Instant;
  readonly verdict: "justified" | "not-justified" | "lapsed" | null;
  readonly is_reviewed: boolean;
  readonly user_due: Temporal.Instant | null;
  readonly user_told: Temporal.Instant | null;
  readonly notify_by: Temporal.Instant | null;
};

/** Histories are read for so many requests at once: no more is held than that and what is counted. */
const AT_ONCE = 500;
const EMERGENCIES: readonly string[] = ["X9", "X10"];

/** The provider: the node that was asked, where a provider is, else whoever the request says holds the data. */
const providerOf = ({ measure, side, peer, custodian }: Sent, own: string): string =>
  measureOf(measure as MeasureCode).asks === "provider" ? (side === "sender" ? peer : own) : custodian;

/** Whether the person to whom this node owes word was told: the person concerned by whoever asked, the user by the provider. */
function noticeOf(row: Sent, now: Temporal.Instant): Facts["notice"] {
  const [due, told] =
    row.side === "sender" ? [row.notify_by, row.notified_at] : ([row.user_due, row.user_told] as const);
  if (row.side === "sender" ? row.notification === null : due === null && told === null) return null;
  if (told) return due && Temporal.Instant.compare(told, due) > 0 ? "late" : "in-time";
  return due && Temporal.Instant.compare(now, due) > 0 ? "overdue" : "not-due";
}

const factsOf = (
  row: Sent,
  { own, now, done }: { own: string; now: Temporal.Instant; done: Facts["done"] },
): Facts => ({
  direction: row.side === "sender" ? "outgoing" : "incoming",
  peer: row.peer,
  provider: providerOf(row, own),
  measure: row.measure,
  article: row.article,
  category: row.data_category,
  isEmergency: row.urgency === "emergency" || EMERGENCIES.includes(row.measure),
  office: row.authority.office,
  review: row.is_reviewed ? (row.verdict ?? "open") : null,
  notice: noticeOf(row, now),
  receivedAt: row.received_at,
  done,
});

/** What became of the requests that were sent in a period, whoever sent them: from this node's own journal. */
export async function factsIn(node: Node, counted: Counted): Promise<Facts[]> {
  const { from, until, measure, peer, category, article, direction, emergencies = false } = counted;
  const conditions = [
    sql<boolean>`request.sent_at >= ${from} and request.sent_at < ${until}`,
    ...(measure ? [sql<boolean>`measure = ${measure}`] : []),
    ...(peer ? [sql<boolean>`peer = ${peer}`] : []),
    ...(category ? [sql<boolean>`data_category = ${category}`] : []),
    ...(article ? [sql<boolean>`article = ${article}`] : []),
    ...(emergencies
      ? [sql<boolean>`(urgency = 'emergency' or measure in (${sql.join(EMERGENCIES.map((code) => sql.lit(code)))}))`]
      : []),
    ...(direction ? [sql<boolean>`side = ${direction === "outgoing" ? "sender" : "receiver"}`] : []),
  ];
  const facts: Facts[] = [];
  let after: Sent | undefined;
  for (;;) {
    const { rows } = await sql<Sent>`
      select id, side, peer, measure, article, data_category, urgency, custodian, received_at, request.sent_at, before, authority, notification, notified_at,
        e.verdict, e.request_id is not null as is_reviewed, u.due_at as user_due, u.told_at as user_told,
        (select max(d.due_at) from deadline d where d.subject_kind = 'request' and d.subject_id = request.id and d.rule = 'request.notification') as notify_by
      from request left join emergency_use e on e.request_id = request.id left join user_notice u on u.request_id = request.id
      where ${sql.join(conditions, sql` and `)} ${after ? sql`and (request.sent_at, request.id) > (${after.sent_at}::timestamptz, ${after.id}::uuid)` : sql``}
      order by request.sent_at, request.id limit ${sql.lit(AT_ONCE)}`.execute(node.db);
    const histories = await historiesOf(node.db, node, { requests: rows });
    for (const row of rows)
      facts.push(factsOf(row, { own: node.code, now: node.clock(), done: histories.get(row.id) ?? [] }));
    after = rows.at(-1);
    if (rows.length < AT_ONCE) return facts;
  }
}
