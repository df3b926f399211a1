import { z } from "zod";
import { listFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { cursorOf, type Listed, type Reader, readCursor, view } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { MEASURE_CODES } from "../law/slice.ts";
import { countOf, firstOf, type RequestRow } from "../requests/slice.ts";

/** What oversight looks at: each a box of its own, and a request may lie in several. */
export const BOXES = ["intrusive", "emergency", "ordered", "late", "untold", "delayed", "halted"] as const;
export type Box = (typeof BOXES)[number];

const isDrafted = sql`r.state <> 'draft'`;
/** Conditions of the boxes over `request r`, one of which must hold; written as their indexes have them. */
const boxesAt = (now: Temporal.Instant): Readonly<Record<Box, readonly ReturnType<typeof sql<boolean>>[]>> => ({
  intrusive: [sql<boolean>`r.intrusive and ${isDrafted}`],
  emergency: [sql<boolean>`r.urgency = 'emergency' and ${isDrafted}`],
  ordered: [sql<boolean>`r.validation = 'due'`],
  // Refused, out of time, or validated only after its time was out.
  late: [
    sql<boolean>`r.validation = 'lapsed'`,
    sql<boolean>`r.validation = 'refused'`,
    sql<boolean>`r.validation = 'confirmed' and r.id in (select d.subject_id from deadline d where d.rule = 'request.validation' and d.fired_at is not null)`,
  ],
  untold: ["due", "delayed"].map(
    (each) => sql<boolean>`r.notification = ${sql.lit(each)} and exists (
      select 1 from deadline d where d.subject_kind = 'request' and d.subject_id = r.id and d.rule = 'request.notification' and d.ended_at is null and d.due_at <= ${now})`,
  ),
  delayed: [sql<boolean>`r.notification = 'delayed'`],
  halted: [sql<boolean>`r.halts <> '{}'`],
});
/** What oversight might be to see: the index that has it all. */
const looked = sql<boolean>`(r.intrusive or r.urgency = 'emergency' or r.validation is not null or r.notification is not null or r.halts <> '{}')`;
/** Every request of which oversight is to see something. */
const overseen = (now: Temporal.Instant) =>
  sql<boolean>`${looked} and (${sql.join(
    Object.values(boxesAt(now)).flatMap((parts) => parts.map((part) => sql`(${part})`)),
    sql` or `,
  )})`;

const filters = z.object({
  box: z.enum(BOXES).optional(),
  measure: z.enum(MEASURE_CODES).optional(),
  peer: z.string().max(8).optional(),
  /** Drafted within so many days. */
  days: z.coerce.number().int().min(1).max(3_650).optional(),
  q: z.string().trim().max(100).optional(),
});
type Filters = z.infer<typeof filters>;

/** One use of a power, as oversight sees it in the list. */
export type Use = Pick<
  RequestRow,
  | "id"
  | "number"
  | "measure"
  | "peer"
  | "side"
  | "state"
  | "urgency"
  | "data_category"
  | "offence"
  | "intrusive"
  | "validation"
  | "ordered_at"
  | "validated_at"
  | "notification"
  | "notified_at"
  | "halts"
  | "authority"
  | "created_at"
> & {
  readonly peer_name: string;
  /** When it must be, or must have been, validated, and the person told. */
  readonly validate_by: Temporal.Instant | null;
  readonly notify_by: Temporal.Instant | null;
};

const like = (text: string) => `%${text.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`;

const conditionsOf = ({ now }: Reader, { measure, peer, days, q }: Filters) => [
  ...(measure ? [sql<boolean>`r.measure = ${measure}`] : []),
  ...(peer ? [sql<boolean>`r.peer = ${peer}`] : []),
  ...(days ? [sql<boolean>`r.created_at > ${now.subtract({ hours: 24 * days })}`] : []),
  ...(q
    ? [
        sql<boolean>`(r.number ilike ${like(q)} or r.offence ilike ${like(q)} or r.authority->>'office' ilike ${like(q)})`,
      ]
    : []),
];

async function find(
  reader: Reader,
  given: Filters,
  { limit, after }: { limit: number; after?: readonly (string | number | null)[] | undefined },
): Promise<Use[]> {
  const { db, now } = reader;
  const conditions = [
    ...conditionsOf(reader, given),
    ...(after ? [sql<boolean>`(r.created_at, r.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
  ];
  const parts = given.box ? boxesAt(now)[given.box] : [overseen(now)];
  const { rows } = await sql<Use>`
    select r.id, r.number, r.measure, r.peer, r.side, r.state, r.urgency, r.data_category, r.offence, r.intrusive, r.validation, r.ordered_at, r.validated_at,
      r.notification, r.notified_at, r.halts, r.authority, r.created_at, d.validate_by, d.notify_by
    from request r cross join lateral (
      select max(due_at) filter (where rule = 'request.validation') as validate_by, max(due_at) filter (where rule = 'request.notification') as notify_by
      from deadline where subject_id = r.id and subject_kind = 'request' and rule in ('request.validation', 'request.notification')
    ) d where r.id in (${firstOf(reader, { parts, conditions }, limit)}) order by r.created_at desc, r.id desc`.execute(
    db,
  );
  const names = await peerNames(db);
  return rows.map((row) => ({ ...row, peer_name: names.get(row.peer) ?? row.peer }));
}

/** How many lie in these boxes, under the other filters, each up to `COUNTED_MAX`. */
async function counted<Name extends Box>(
  reader: Reader,
  given: Filters,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const conditions = conditionsOf(reader, given);
  const at = boxesAt(reader.now);
  const columns = names.map((name) => sql`${countOf(reader, { parts: at[name], conditions })} as ${sql.ref(name)}`);
  const { rows } = await sql<Record<Name, number>>`select ${sql.join(columns)}`.execute(reader.db);
  return rows[0] ?? (Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>);
}

/** Every use of intrusive powers, every emergency, every order before authorisation, and whom nobody has told. @source CETS 185 Art. 15(2) */
export const oversightList = view({
  name: "oversight.list",
  path: "/oversight",
  gate: "oversight.read",
  input: filters.extend({
    cursor: z.string().max(400).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  read: async (
    reader,
    { cursor, limit, ...given },
  ): Promise<Listed<Use> & { readonly counts: Readonly<Record<Box, number>> }> => {
    const [found, counts] = await Promise.all([
      find(reader, given, { limit: limit + 1, after: readCursor(cursor, 2) }),
      counted(reader, given, BOXES),
    ]);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items,
      counts,
      ...(found.length > limit && last ? { next: cursorOf(last.created_at.toString(), last.id) } : {}),
    };
  },
});

const EXPORT_MAX = 10_000;
const EXPORTED = [
  "number", "side", "measure", "data_category", "urgency", "state", "peer", "office", "intrusive", "drafted_at", "authorised_by", "authorised_office", "provision", "ordered_by", "ordered_at", "validation", "validate_by", "validated_at", "notification", "notify_by", "notified_at", "halted_by",
] as const; // prettier-ignore
const exported = ({ authority, halts, ...use }: Use): Record<(typeof EXPORTED)[number], unknown> => ({
  number: use.number,
  side: use.side,
  measure: use.measure,
  data_category: use.data_category,
  urgency: use.urgency,
  state: use.state,
  peer: use.peer,
  office: authority.office,
  intrusive: use.intrusive,
  drafted_at: use.created_at.toString(),
  authorised_by: authority.authorisedBy ?? null,
  authorised_office: authority.authorisedOffice ?? null,
  provision: authority.provision ?? null,
  ordered_by: authority.orderedBy ?? null,
  ordered_at: use.ordered_at?.toString() ?? null,
  validation: use.validation,
  validate_by: use.validate_by?.toString() ?? null,
  validated_at: use.validated_at?.toString() ?? null,
  notification: use.notification,
  notify_by: use.notify_by?.toString() ?? null,
  notified_at: use.notified_at?.toString() ?? null,
  halted_by: halts.join(" "),
});

/** What the list shows with these filters, to take along. */
export const oversightExport = view({
  name: "oversight.export",
  path: "/oversight/export",
  gate: "oversight.read",
  input: filters.extend({ format: z.enum(["csv", "json"]).default("csv") }),
  read: async (reader, { format, ...given }) => {
    const rows = (await find(reader, given, { limit: EXPORT_MAX })).map(exported);
    return listFile(`oversight-${reader.now.toString().slice(0, 10)}`, format, {
      columns: EXPORTED,
      rows,
      json: { filters: given, most: EXPORT_MAX, items: rows },
    });
  },
});

/** How much awaits oversight: what was not validated in time, and whom nobody has told in time. */
export async function oversightWaiting(reader: Reader): Promise<number> {
  const { late, untold } = await counted(reader, {}, ["late", "untold"]);
  return late + untold;
}
