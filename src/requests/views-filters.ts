import type { Expression, SqlBool } from "kysely";
import { plannedAnew, sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import { isOwn, MEASURE_CODES } from "../law/slice.ts";
import type { Box, Filters } from "./filters.ts";
import type { Wanted } from "./views-first.ts";

/** Measures that nobody else is asked for; literals, so that PostgreSQL plans each list once. */
const OWN = sql`(${sql.join(MEASURE_CODES.filter(isOwn).map((code) => sql.lit(code)))})`;

/** Whose request it is: every list is of what was sent, of what came, or of both. */
const SIDES = {
  sender: sql<SqlBool>`r.side = 'sender'`,
  receiver: sql<SqlBool>`r.side = 'receiver'`,
};
const OPEN_HERE = sql`('delivered', 'acknowledged', 'postponed', 'accepted', 'executing', 'partly-executed')`;
/** A condition on the use of data that the one bound asks to be freed from. */
const SOUGHT = sql`r.terms_state = 'agreed' and r.terms @? '$[*] ? (exists(@.sought) && !exists(@.waived))'`;

/**
 * What stands in each worklist, as conditions on `request r` of which one must hold. Written as the indexes of `0163-index-lists.sql` have
 * them: then each is found without reading past the others.
 */
const boxes: Readonly<Record<Exclude<Box, "to-inform">, readonly Expression<SqlBool>[]>> = {
  outgoing: [SIDES.sender],
  incoming: [SIDES.receiver],
  "to-decide": [
    sql<SqlBool>`r.side = 'sender' and r.state = 'submitted'`,
    sql<SqlBool>`r.side = 'sender' and r.amended_by is not null`,
  ],
  "to-send": [
    sql<SqlBool>`r.side = 'sender' and r.state = 'authorised' and r.measure not in ${OWN}`,
    sql<SqlBool>`r.side = 'sender' and r.state = 'accepted' and r.measure = 'SP26' and r.executed_by is null`,
  ],
  "to-carry-out": [
    sql<SqlBool>`r.side = 'sender' and r.state in ('authorised', 'executing', 'partly-executed') and r.measure in ${OWN}`,
  ],
  "to-answer": [
    sql<SqlBool>`r.side = 'receiver' and r.state in ${OPEN_HERE}`,
    sql<SqlBool>`r.side = 'receiver' and ${SOUGHT}`,
    sql<SqlBool>`r.side = 'sender' and r.state = 'clarification'`,
    sql<SqlBool>`r.side = 'sender' and r.terms_state = 'proposed'`,
  ],
};
/** Conditions that wait: an answer to them, or that they be waived. */
const WAITING_TERMS = [sql<SqlBool>`r.terms_state = 'proposed'`, sql<SqlBool>`${SOUGHT}`];

/** Persons whom nobody has told yet; put off, telling one waits for nobody until the delay has ended. */
const toInform = (now: Temporal.Instant): readonly Expression<SqlBool>[] => [
  sql<SqlBool>`r.side = 'sender' and r.notification = 'due'`,
  sql<SqlBool>`r.side = 'sender' and r.notification = 'delayed' and exists (select 1 from deadline d where d.subject_kind = 'request'
    and d.subject_id = r.id and d.rule = 'request.notification' and d.ended_at is null and d.starts_at <= ${now})`,
];

/** The parts of a box at a moment, or of all, as far as the filters choose among few. */
export function partsOf(
  { box, conditions }: Pick<Filters, "box" | "conditions">,
  now: Temporal.Instant,
): readonly Expression<SqlBool>[] {
  const parts = box === "to-inform" ? toInform(now) : box ? boxes[box] : [SIDES.sender, SIDES.receiver];
  return conditions ? parts.flatMap((part) => WAITING_TERMS.map((terms) => sql<SqlBool>`${part} and ${terms}`)) : parts;
}

/** What filters ask of a request's clocks, over `deadline d`; those that fewest fit before the others. */
const CLOCK_FILTERS = {
  late: (now) =>
    sql<SqlBool>`d.subject_kind = 'request' and d.ended_at is null and d.suspended_at is null and d.due_at < ${now}`,
  standing: () => sql<SqlBool>`d.subject_kind = 'request' and d.ended_at is null and d.suspended_at is not null`,
  warned: () =>
    sql<SqlBool>`d.subject_kind = 'request' and d.ended_at is null and d.fired_at is null and d.suspended_at is null and d.warned_minutes is not null`,
} satisfies Record<string, (now: Temporal.Instant) => Expression<SqlBool>>;
const clockFiltersIn = (filters: Filters) =>
  (Object.keys(CLOCK_FILTERS) as (keyof typeof CLOCK_FILTERS)[]).filter((name) => filters[name]);
/** Whose clocks are at most `few` is looked up one by one; at most `some` are kept at hand while requests are gone through from the newest on. */
const FITTING_MAX = { few: 1_000, some: 5_000 };

/** The requests that filters ask for, for `firstOf`. What is asked of clocks is asked in the way that reads least for as many as fit it. */
export async function wantedOf(
  reader: Reader,
  filters: Filters,
  max = FITTING_MAX,
): Promise<Wanted & Required<Pick<Wanted, "conditions">>> {
  const { db, now } = reader;
  const conditions = conditionsOf(reader, filters);
  let among: Wanted["among"];
  for (const name of clockFiltersIn(filters)) {
    const fit = CLOCK_FILTERS[name](now);
    const ids = sql<{ id: string }>`select d.subject_id as id from deadline d where ${fit}`;
    const { rows } = await sql<{ n: number }>`${plannedAnew} select count(*)::int as n from (
      select from deadline d where ${fit} limit ${sql.lit(max.some + 1)}) as c`.execute(db);
    const fitting = rows[0]?.n ?? 0;
    if (fitting <= max.few && !among) among = ids;
    // `coalesce`, the limits and `offset 0` keep PostgreSQL from joining: it would read all that fits, and sort it, for one page.
    else if (fitting <= max.some)
      conditions.push(sql<SqlBool>`coalesce(r.id in (${ids} limit ${sql.lit(2 * max.some)}), false)`);
    else conditions.push(sql<SqlBool>`exists (select from deadline d where d.subject_id = r.id and ${fit} offset 0)`);
  }
  return { parts: partsOf(filters, now), conditions, among };
}

const like = (text: string) => `%${text.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`;

/** The filters but those of `partsOf` and those of clocks as conditions on `request r`; what is one of few words stands in the statement, so that partial indexes serve. */
function conditionsOf({ actor }: Reader, filters: Filters): Expression<SqlBool>[] {
  const { state, measure, peer, category, urgency, case: file, bundle, q } = filters;
  const officer = actor.kind === "officer" ? actor : undefined;
  const wanted: readonly (Expression<SqlBool> | false | undefined | "")[] = [
    state && sql<SqlBool>`r.state = ${sql.lit(state)}`,
    measure && sql<SqlBool>`r.measure = ${measure}`,
    peer && sql<SqlBool>`r.peer = ${peer}`,
    category && sql<SqlBool>`r.data_category = ${category}`,
    urgency && sql<SqlBool>`r.urgency = ${sql.lit(urgency)}`,
    file && sql<SqlBool>`r.case_id = ${file}`,
    bundle && sql<SqlBool>`r.bundle = ${bundle}`,
    filters.mine && sql<SqlBool>`r.drafted_by = ${officer?.account ?? null}`,
    filters.assigned && sql<SqlBool>`r.assigned_office = ${officer?.office.id ?? null}`,
    filters.translating && sql<SqlBool>`r.translations <> '[]' and r.translations @? '$[*] ? (!exists(@.received_at))'`,
    q && sql<SqlBool>`(r.number ilike ${like(q)} or r.offence ilike ${like(q)} or r.custodian ilike ${like(q)})`,
  ];
  return wanted.filter((each): each is Expression<SqlBool> => typeof each === "object");
}
