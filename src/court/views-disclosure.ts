import type { SqlBool } from "kysely";
import { z } from "zod";
import { caseSubject } from "../cases/slice.ts";
import { type CourtItem, itemsForCourt } from "../evidence/slice.ts";
import { system } from "../kernel/actor.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { type Reader, view } from "../kernel/view.ts";
import { historyOf } from "../reports/slice.ts";
import { DEFENCE } from "./address.ts";
import {
  type DisclosureRow,
  disclosureSubject,
  type Fate,
  newCodeOf,
  reasonIn,
  type Words,
  wordsIn,
} from "./disclosure.ts";

/** A disclosure as lists show it. */
export type DisclosureLine = Omit<DisclosureRow, "words" | "code"> &
  Words & { readonly given: number; readonly inspect: number; readonly withheld: number; readonly undecided: number };

type Found = DisclosureRow & {
  readonly given: number;
  readonly inspect: number;
  readonly withheld: number;
  readonly undecided: number;
};

const COLUMNS = sql`d.*,
  (select count(*)::int from disclosure_item x where x.disclosure = d.id and x.fate = 'given') as given,
  (select count(*)::int from disclosure_item x where x.disclosure = d.id and x.fate = 'inspect') as inspect,
  (select count(*)::int from disclosure_item x where x.disclosure = d.id and x.fate = 'withheld') as withheld,
  (select count(*)::int from item i where i.case_id = d.case_id
    and not exists (select 1 from disclosure_item x where x.disclosure = d.id and x.item = i.id)) as undecided`;

const lineOf = (reader: Reader, row: Found): DisclosureLine => {
  const { words: _words, code: _code, ...rest } = row;
  return { ...rest, ...wordsIn(reader.node, row) };
};

/** The disclosures of a case that the reader may see, oldest first. */
export async function disclosuresOf(reader: Reader, caseId: string): Promise<DisclosureLine[]> {
  const { rows } = await sql<Found>`select ${COLUMNS} from disclosure d
    where d.case_id = ${caseId} and ${reader.visible(disclosureSubject, { alias: "d" })} order by d.id limit 200`.execute(
    reader.db,
  );
  return rows.map((row) => lineOf(reader, row));
}

/** What was decided of one item of the case. */
export interface Decided {
  readonly item: CourtItem;
  /** `null` where nothing is decided yet. */
  readonly fate: Fate | null;
  readonly ground: string | null;
  readonly reason: string | null;
}

/** What was decided of every item of the case that the reader may see. */
export async function decidedOf(reader: Reader, row: DisclosureRow): Promise<Decided[]> {
  const { items } = await itemsForCourt(reader, row.case_id);
  const decided = await reader.db
    .selectFrom("disclosure_item")
    .select(["item", "fate", "ground", "reason"])
    .where("disclosure", "=", row.id)
    .execute();
  // What came into the case after the disclosure had gone is no part of it.
  const isOver = !["prepared", "approved"].includes(row.state);
  return items.flatMap((item): Decided[] => {
    const found = decided.find((each) => each.item === item.id);
    if (!found) return isOver ? [] : [{ item, fate: null, ground: null, reason: null }];
    const { fate, ground, reason } = found;
    return [{ item, fate: fate as Fate, ground, reason: reasonIn(reader.node, [row.id, item.id], reason) }];
  });
}

export async function disclosureRow(reader: Reader, id: string): Promise<DisclosureRow | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await sql<DisclosureRow>`select d.* from disclosure d
    where d.id = ${id} and ${reader.visible(disclosureSubject, { alias: "d" })}`.execute(reader.db);
  return rows[0];
}

/** A disclosure with everything that was decided, and its own log. */
export const disclosureFile = view({
  name: "disclosure.read",
  path: "/disclosures/:id",
  subject: disclosureSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const row = await disclosureRow(reader, id);
    if (!row) return undefined;
    const { words: _words, code: _code, ...shown } = row;
    const { node, actor, now } = reader;
    const maySee = node.policy.decide({
      actor,
      action: "disclosure.serve",
      subject: disclosureSubject,
      id: row.id,
      row: { ...row },
      now,
    }).allowed;
    const code = maySee ? newCodeOf(node, row, now) : undefined;
    const { rows } = await sql<{
      id: string;
      number: string;
      title: string;
    }>`select c.id, c.number, c.title from case_file c
      where c.id = ${row.case_id} and ${reader.visible(caseSubject, { alias: "c" })}`.execute(reader.db);
    return {
      ...shown,
      ...wordsIn(node, row),
      ...(code === undefined ? {} : { new_code: code }),
      /** Where the defence opens it. */
      opened_at: `${node.config.portal_url ?? `http://${node.config.host}:${node.config.portal_port}`}${DEFENCE}`,
      case: rows[0] ?? null,
      decided: await decidedOf(reader, row),
      history: await historyOf(reader, disclosureSubject.name, row.id),
    };
  },
});
export type DisclosureFound = NonNullable<Awaited<ReturnType<typeof disclosureFile.read>>>;

/** The disclosure that a code opens; `undefined` where it opens none, or its time is over. */
export async function disclosureByCode(
  db: Database,
  digest: Buffer,
  now: Temporal.Instant,
): Promise<DisclosureRow | undefined> {
  const { rows } = await sql<DisclosureRow>`select * from disclosure
    where code = ${digest} and open_until > ${now} and state in ('served', 'received')`.execute(db);
  return rows[0];
}

/** Ids of what is given. */
export const givenOf = async (db: Database | Tx, disclosure: string): Promise<string[]> =>
  (
    await db
      .selectFrom("disclosure_item")
      .select("item")
      .where("disclosure", "=", disclosure)
      .where("fate", "=", "given")
      .orderBy("item")
      .execute()
  ).map(({ item }) => item);

/** How much is given, to be looked at, withheld. */
export async function countsOf(db: Database | Tx, disclosure: string): Promise<Record<Fate, number>> {
  const { rows } = await sql<{ fate: Fate; n: number }>`select fate, count(*)::int as n from disclosure_item
    where disclosure = ${disclosure} group by fate`.execute(db);
  const of = (fate: Fate) => rows.find((each) => each.fate === fate)?.n ?? 0;
  return { given: of("given"), inspect: of("inspect"), withheld: of("withheld") };
}

/** Whoever holds a good code reads that disclosure and the items decided in it, and nothing else of the node. */
export const defenceReader = (reader: Reader): Reader => ({
  ...reader,
  actor: system("defence"),
  visible: () => sql<SqlBool>`true`,
  visibleParts: () => [sql<SqlBool>`true`],
});

/** The number of a disclosure's case. */
export const caseNumberOf = async (db: Database, id: string): Promise<string> =>
  (await db.selectFrom("case_file").select("number").where("id", "=", id).executeTakeFirst())?.number ?? "";
