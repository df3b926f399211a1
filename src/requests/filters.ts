import { z } from "zod";
import { CATEGORIES, MEASURE_CODES } from "../law/slice.ts";
import { LIFE, type State, URGENCIES } from "./request.ts";

/** Every state of the life table. */
export const STATES = [...new Set(Object.values(LIFE).flatMap(({ from, to }) => [...from, ...(to ? [to] : [])]))] as [
  State,
  ...State[],
];

/** Which worklist: what I sent or drafted, what came, what waits for a decision. */
export const BOXES = [
  "outgoing",
  "incoming",
  "to-decide",
  "to-send",
  "to-carry-out",
  "to-answer",
  "to-inform",
] as const;
export type Box = (typeof BOXES)[number];

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
  /** A clock has warned, and still runs. */
  warned: z.stringbool().optional(),
  /** A clock stands still. */
  standing: z.stringbool().optional(),
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
