import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import { CATEGORIES, MEASURE_CODES } from "../law/slice.ts";
import { LIFE, type State, URGENCIES } from "./request.ts";

/** Every state of the life table. */
export const STATES = [...new Set(Object.values(LIFE).flatMap(({ from, to }) => [...from, ...(to ? [to] : [])]))] as [
  State,
  ...State[],
];

/** Which worklist: what I sent or drafted, what came, what waits for a decision. */
export const BOXES = ["outgoing", "incoming", "to-decide", "to-send", "to-answer"] as const;
export type Box = (typeof BOXES)[number];

export const boxes: Readonly<Record<Box, Expression<SqlBool>>> = {
  outgoing: sql<SqlBool>`r.side = 'sender'`,
  incoming: sql<SqlBool>`r.side = 'receiver'`,
  "to-decide": sql<SqlBool>`r.side = 'sender' and (r.state = 'submitted' or r.amended_by is not null)`,
  "to-send": sql<SqlBool>`r.side = 'sender' and r.state = 'authorised'`,
  "to-answer": sql<SqlBool>`(r.side = 'receiver' and r.state in ('delivered', 'acknowledged', 'postponed', 'accepted', 'executing', 'partly-executed'))
    or (r.side = 'receiver' and r.terms @? '$[*] ? (exists(@.sought) && !exists(@.waived))')
    or (r.side = 'sender' and (r.state = 'clarification' or r.terms_state = 'proposed'))`,
};

/** Filters of the worklist; each is a chip. What one leaves out, it does not narrow. */
export const filterFields = {
  box: z.enum(BOXES).optional(),
  state: z.enum(STATES).optional(),
  measure: z.enum(MEASURE_CODES).optional(),
  peer: z.string().max(8).optional(),
  category: z.enum(CATEGORIES).optional(),
  urgency: z.enum(URGENCIES).optional(),
  case: z.uuid().optional(),
  /** One draft that was sent to many. */
  bundle: z.uuid().optional(),
  /** Drafted by the reader. */
  mine: z.stringbool().optional(),
  /** A clock has run out. */
  late: z.stringbool().optional(),
  /** Given to the reader's office to carry out. */
  assigned: z.stringbool().optional(),
  /** A translation was ordered and is not here. */
  translating: z.stringbool().optional(),
  /** Conditions wait for an answer, or a waiver was asked for. */
  conditions: z.stringbool().optional(),
  /** Number, or words of the offence or the custodian. */
  q: z.string().trim().max(100).optional(),
} as const;
const filtersSchema = z.object(filterFields);
export type Filters = z.output<typeof filtersSchema>;

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
    filters.translating && sql<SqlBool>`r.translations @? '$[*] ? (!exists(@.received_at))'`,
    filters.conditions &&
      sql<SqlBool>`(r.terms_state = 'proposed' or r.terms @? '$[*] ? (exists(@.sought) && !exists(@.waived))')`,
    q && sql<SqlBool>`(r.number ilike ${like(q)} or r.offence ilike ${like(q)} or r.custodian ilike ${like(q)})`,
  ];
  return wanted.filter((each): each is Expression<SqlBool> => typeof each === "object");
}

/** The filters alone, as the query of an address; `change` sets or takes away some. */
export function queryOf(filters: Filters, change: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== false && name in filterFields) query.set(name, String(value));
  return query.toString();
}

/** The address of the list with these filters, from its first page. */
export function listHref(filters: Filters, change: Readonly<Record<string, string | undefined>> = {}): string {
  const query = queryOf(filters, change);
  return query ? `/requests?${query}` : "/requests";
}
