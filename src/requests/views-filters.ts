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
/** So many clocks are looked through one by one; more are dense enough to be come upon from the newest request on. */
const FEW_MAX = 3_000;

/**
 * Where the clocks that a filter asks for are few: whose they are, for `firstOf`, and the filters that are left to ask. Without it a filter that
 * hardly anything fits would read all requests for it.
 */
export async function amongOf(
  { db, now }: Reader,
  filters: Filters,
): Promise<Pick<Wanted, "among"> & { readonly rest: Filters }> {
  for (const name of clockFiltersIn(filters)) {
    const fit = CLOCK_FILTERS[name](now);
    const { rows } = await sql<{ few: boolean }>`${plannedAnew} select not exists (
      select from deadline d where ${fit} offset ${sql.lit(FEW_MAX)}) as few`.execute(db);
    if (rows[0]?.few)
      return {
        among: sql`select d.subject_id as id from deadline d where ${fit}`,
        rest: { ...filters, [name]: undefined },
      };
  }
  return { rest: filters };
}

const like = (text: string) => `%${text.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`;

/** The filters but those of `partsOf` as conditions on `request r`; what is one of few words stands in the statement, so that partial indexes serve. */
export function conditionsOf({ actor, now }: Reader, filters: Filters): Expression<SqlBool>[] {
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
  // `offset 0`: each request is asked for its clocks, until the page is full.
  const clocks = clockFiltersIn(filters).map(
    (name) =>
      sql<SqlBool>`exists (select from deadline d where d.subject_id = r.id and ${CLOCK_FILTERS[name](now)} offset 0)`,
  );
  return [...wanted.filter((each): each is Expression<SqlBool> => typeof each === "object"), ...clocks];
}
