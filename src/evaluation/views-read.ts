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
}

type Sent = Pick<
  RequestRow,
  "id" | "side" | "peer" | "measure" | "article" | "data_category" | "urgency" | "custodian" | "received_at" | "before"
> & { readonly sent_at: Temporal.Instant };

/** Histories are read for so many requests at once: no more is held than that and what is counted. */
const AT_ONCE = 500;
const EMERGENCIES: readonly string[] = ["X9", "X10"];

/** The provider: the node that was asked, where a provider is, else whoever the request says holds the data. */
const providerOf = ({ measure, side, peer, custodian }: Sent, own: string): string =>
  measureOf(measure as MeasureCode).asks === "provider" ? (side === "sender" ? peer : own) : custodian;

const factsOf = (row: Sent, own: string, done: Facts["done"]): Facts => ({
  direction: row.side === "sender" ? "outgoing" : "incoming",
  peer: row.peer,
  provider: providerOf(row, own),
  measure: row.measure,
  article: row.article,
  category: row.data_category,
  isEmergency: row.urgency === "emergency" || EMERGENCIES.includes(row.measure),
  receivedAt: row.received_at,
  done,
});

/** What became of the requests that were sent in a period, whoever sent them: from this node's own journal. */
export async function factsIn(node: Node, counted: Counted): Promise<Facts[]> {
  const { from, until, measure, peer, category, article, direction } = counted;
  const conditions = [
    sql<boolean>`sent_at >= ${from} and sent_at < ${until}`,
    ...(measure ? [sql<boolean>`measure = ${measure}`] : []),
    ...(peer ? [sql<boolean>`peer = ${peer}`] : []),
    ...(category ? [sql<boolean>`data_category = ${category}`] : []),
    ...(article ? [sql<boolean>`article = ${article}`] : []),
    ...(direction ? [sql<boolean>`side = ${direction === "outgoing" ? "sender" : "receiver"}`] : []),
  ];
  const facts: Facts[] = [];
  let after: Sent | undefined;
  for (;;) {
    const { rows } = await sql<Sent>`
      select id, side, peer, measure, article, data_category, urgency, custodian, received_at, sent_at, before from request
      where ${sql.join(conditions, sql` and `)} ${after ? sql`and (sent_at, id) > (${after.sent_at}::timestamptz, ${after.id}::uuid)` : sql``}
      order by sent_at, id limit ${sql.lit(AT_ONCE)}`.execute(node.db);
    const histories = await historiesOf(node.db, node, { requests: rows });
    for (const row of rows) facts.push(factsOf(row, node.code, histories.get(row.id) ?? []));
    after = rows.at(-1);
    if (rows.length < AT_ONCE) return facts;
  }
}
