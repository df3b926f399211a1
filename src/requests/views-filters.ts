import type { Expression, SqlBool } from "kysely";
import { sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import { isOwn, MEASURE_CODES } from "../law/slice.ts";
import type { Box, Filters } from "./filters.ts";

/** Measures that nobody else is asked for; literals, so that PostgreSQL plans each list once. */
const OWN = sql`(${sql.join(MEASURE_CODES.filter(isOwn).map((code) => sql.lit(code)))})`;

/** What stands in each worklist, as a condition on `request r`. */
export const boxes: Readonly<Record<Box, Expression<SqlBool>>> = {
  outgoing: sql<SqlBool>`r.side = 'sender'`,
  incoming: sql<SqlBool>`r.side = 'receiver'`,
  "to-decide": sql<SqlBool>`r.side = 'sender' and (r.state = 'submitted' or r.amended_by is not null)`,
  "to-send": sql<SqlBool>`r.side = 'sender' and (r.state = 'authorised' and r.measure not in ${OWN} or r.state = 'accepted' and r.measure = 'SP26' and r.executed_by is null)`,
  "to-carry-out": sql<SqlBool>`r.side = 'sender' and r.state in ('authorised', 'executing', 'partly-executed') and r.measure in ${OWN}`,
  "to-answer": sql<SqlBool>`(r.side = 'receiver' and r.state in ('delivered', 'acknowledged', 'postponed', 'accepted', 'executing', 'partly-executed'))
    or (r.side = 'receiver' and r.terms_state = 'agreed' and r.terms @? '$[*] ? (exists(@.sought) && !exists(@.waived))')
    or (r.side = 'sender' and (r.state = 'clarification' or r.terms_state = 'proposed'))`,
};

const like = (text: string) => `%${text.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`;

/** The filters as conditions on `request r`. */
export function conditionsOf({ actor, now }: Reader, filters: Filters): Expression<SqlBool>[] {
  const { box, state, measure, peer, category, urgency, case: file, bundle, q } = filters;
  const officer = actor.kind === "officer" ? actor : undefined;
  const wanted: readonly (Expression<SqlBool> | false | undefined | "")[] = [
    box && sql<SqlBool>`(${boxes[box]})`,
    state && sql<SqlBool>`r.state = ${state}`,
    measure && sql<SqlBool>`r.measure = ${measure}`,
    peer && sql<SqlBool>`r.peer = ${peer}`,
    category && sql<SqlBool>`r.data_category = ${category}`,
    urgency && sql<SqlBool>`r.urgency = ${urgency}`,
    file && sql<SqlBool>`r.case_id = ${file}`,
    bundle && sql<SqlBool>`r.bundle = ${bundle}`,
    filters.mine && sql<SqlBool>`r.drafted_by = ${officer?.account ?? null}`,
    filters.assigned && sql<SqlBool>`r.assigned_office = ${officer?.office.id ?? null}`,
    filters.late &&
      sql<SqlBool>`exists (select 1 from deadline d where d.subject_kind = 'request' and d.subject_id = r.id and d.ended_at is null and d.suspended_at is null and d.due_at < ${now})`,
    filters.warned &&
      sql<SqlBool>`exists (select 1 from deadline d where d.subject_kind = 'request' and d.subject_id = r.id and d.ended_at is null and d.fired_at is null and d.suspended_at is null and d.warned_minutes is not null)`,
    filters.standing &&
      sql<SqlBool>`exists (select 1 from deadline d where d.subject_kind = 'request' and d.subject_id = r.id and d.ended_at is null and d.suspended_at is not null)`,
    filters.translating && sql<SqlBool>`r.translations <> '[]' and r.translations @? '$[*] ? (!exists(@.received_at))'`,
    filters.conditions &&
      sql<SqlBool>`(r.terms_state = 'proposed' or r.terms_state = 'agreed' and r.terms @? '$[*] ? (exists(@.sought) && !exists(@.waived))')`,
    q && sql<SqlBool>`(r.number ilike ${like(q)} or r.offence ilike ${like(q)} or r.custodian ilike ${like(q)})`,
  ];
  return wanted.filter((each): each is Expression<SqlBool> => typeof each === "object");
}
