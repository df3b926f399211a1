import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { officersOf } from "../access/slice.ts";
import { unseal } from "../trust/seal.ts";
import { shiftPlace } from "./acts-shift.ts";
import { gapsIn, type ShiftRow, shiftSubject, type Span } from "./shift.ts";

/** A shift with the names of its people. */
export interface RosterShift extends Omit<ShiftRow, "words"> {
  readonly holder: string;
  readonly next_holder: string | null;
  readonly signer: string | null;
}

const COLUMNS = sql`s.id, s.office, s.account, s.starts_at, s.ends_at, s.state, s.planned_by, s.begun_at, s.next_account, s.handed_at, s.signed_at, s.signed_by,
  (select name from account where id = s.account) as holder, (select name from account where id = s.next_account) as next_holder,
  (select name from account where id = s.signed_by) as signer`;

/** Shifts of the reader's office that touch a time, in order. */
export async function shiftsBetween({ db, visible }: Reader, { from, until }: Span): Promise<RosterShift[]> {
  const { rows } =
    await sql<RosterShift>`select ${COLUMNS} from shift s where s.starts_at < ${until} and s.ends_at > ${from}
    and ${visible(shiftSubject, { alias: "s" })} order by s.starts_at, s.id limit 500`.execute(db);
  return rows;
}

/** Who is on duty: whoever has begun and not handed over, however late it is; else whoever is planned for this moment. */
export function onDutyNow(shifts: readonly RosterShift[], now: Temporal.Instant): RosterShift[] {
  const begun = shifts.filter(({ state }) => state === "on-duty");
  if (begun.length > 0) return begun;
  const covers = ({ starts_at, ends_at, state }: RosterShift): boolean =>
    state === "planned" && Temporal.Instant.compare(starts_at, now) <= 0 && Temporal.Instant.compare(now, ends_at) < 0;
  return shifts.filter(covers);
}

/** The roster of two weeks, and when nobody is planned. */
export interface Roster {
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant;
  readonly shifts: readonly RosterShift[];
  readonly gaps: readonly Span[];
}

const ROSTER_DAYS = 14;

/** The roster of the reader's office from a day on; from yesterday where none is named. */
export const rosterView = view({
  name: "shift.list",
  path: "/shifts",
  subject: shiftSubject,
  input: z.object({ from: z.iso.date().optional() }),
  read: async (reader, { from: asked }): Promise<Roster> => {
    const { now, zone } = reader;
    const day = asked
      ? Temporal.PlainDate.from(asked)
      : now.toZonedDateTimeISO(zone).toPlainDate().subtract({ days: 1 });
    const from = day.toZonedDateTime(zone).toInstant();
    const until = day.add({ days: ROSTER_DAYS }).toZonedDateTime(zone).toInstant();
    const shifts = await shiftsBetween(reader, { from, until });
    const ahead = Temporal.Instant.compare(from, now) < 0 ? now : from;
    const gaps = gapsIn(
      shifts
        .filter(({ state }) => state !== "cancelled")
        .map(({ starts_at, ends_at }) => ({ from: starts_at, until: ends_at })),
      { from: ahead, until },
    );
    return { from, until, shifts, gaps };
  },
});

/** A shift with what was handed over. */
export interface ShiftFound extends RosterShift {
  readonly note: string | null;
  /** Numbers of what was open, with their addresses where the reader may see them. */
  readonly open: readonly { readonly number: string; readonly id: string | null }[];
}

/** One shift. */
export const shiftView = view({
  name: "shift.read",
  path: "/shifts/:id",
  subject: shiftSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<ShiftFound | undefined> => {
    const { db, node, visible } = reader;
    const { rows } = await sql<RosterShift & { words: Buffer | null }>`select ${COLUMNS}, s.words from shift s
      where s.id = ${id} and ${visible(shiftSubject, { alias: "s" })}`.execute(db);
    const [row] = rows;
    if (!row) return undefined;
    const { words, ...shift } = row;
    const told = words
      ? (JSON.parse(unseal(node.services.keys.seal, words, shiftPlace(id)).toString()) as {
          note: string;
          open: string[];
        })
      : { note: null, open: [] };
    const kind = node.registry.subjects.get("request");
    const { rows: seen } = kind
      ? await sql<{
          number: string;
          id: string;
        }>`select r.number, r.id from request r where r.number = any(${told.open}::text[]) and ${visible(kind, { alias: "r" })}`.execute(
          db,
        )
      : { rows: [] };
    const ids = new Map(seen.map((each) => [each.number, each.id]));
    return { ...shift, note: told.note, open: told.open.map((number) => ({ number, id: ids.get(number) ?? null })) };
  },
});

/** Officers of the reader's office who can be on duty, as choices. */
export const dutyOfficers = async ({ db, actor }: Reader): Promise<{ value: string; label: string }[]> =>
  actor.kind === "officer"
    ? (await officersOf(db, { office: actor.office.id })).map(({ id, name }) => ({ value: id, label: name }))
    : [];
