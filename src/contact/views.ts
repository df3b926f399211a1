import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { cursorOf, type Listed, type Reader, readCursor, view } from "../kernel/view.ts";
import { type ContactPoint, contactPoints, peerNames } from "../exchange/slice.ts";
import { type DrillFigures, type DrillRow, drillSubject } from "./drill.ts";
import { drillsCounted } from "./views-counted.ts";

/** All contact points, by name, and those that a search finds. */
export interface Directory {
  readonly items: readonly ContactPoint[];
  readonly q: string;
  readonly kind: string | undefined;
}
/** The directory of contact points: whom one reaches how, in which languages, and what time it is there. */
export const directoryView = view({
  name: "contact-point.list",
  path: "/contact-points",
  subject: drillSubject,
  input: z.object({
    q: z.string().trim().max(100).default(""),
    kind: z.enum(["state", "provider"]).optional(),
    open: z.enum(["yes"]).optional(),
  }),
  read: async (reader, { q, kind, open }): Promise<Directory> => {
    const names = new Intl.DisplayNames([reader.locale], { type: "language" });
    const sought = q.toLocaleLowerCase(reader.locale);
    const said = ({ name, code, languages, hours, voice }: ContactPoint): string =>
      [name, code, ...languages, ...languages.map((each) => names.of(each) ?? ""), hours ?? "", voice ?? ""]
        .join(" ")
        .toLocaleLowerCase(reader.locale);
    const all = await contactPoints(reader);
    return {
      q,
      kind,
      items: all
        .filter((each) => kind === undefined || each.kind === kind)
        .filter((each) => open === undefined || each.open === true)
        .filter((each) => sought === "" || said(each).includes(sought)),
    };
  },
});

/** What concerns another node, with its name. */
export type Named<T> = T & {
  /** Name of the other node; its code, where it is not known here. */
  readonly peer_name: string;
};
const namedBy =
  (names: ReadonlyMap<string, string>) =>
  <T extends { readonly peer: string }>(row: T): Named<T> => ({ ...row, peer_name: names.get(row.peer) ?? row.peer });

/** Drills of a year, the newest first, and what each peer did in them. */
export interface Drills extends Listed<Named<DrillRow>> {
  readonly year: number;
  readonly figures: readonly Named<DrillFigures>[];
}
const yearOf = z.coerce.number().int().min(2000).max(9999).optional();

/** Figures of the drills that this node began in a year, by the clock of the node. */
function figuresOf({ db, node, now, visible }: Reader, year: number): Promise<DrillFigures[]> {
  const from = Temporal.PlainDate.from({ year, month: 1, day: 1 });
  const { zone } = node.config;
  return drillsCounted(db, {
    side: "sender",
    from: from.toZonedDateTime(zone).toInstant(),
    until: from.add({ years: 1 }).toZonedDateTime(zone).toInstant(),
    now,
    visible: visible(drillSubject),
  });
}

/** Drills, and the report of their year. */
export const drillList = view({
  name: "drill.list",
  path: "/drills",
  subject: drillSubject,
  input: z.object({
    year: yearOf,
    cursor: z.string().max(400).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  read: async (reader, { year: asked, cursor, limit }): Promise<Drills> => {
    const { db, now, node, visible } = reader;
    const year = asked ?? now.toZonedDateTimeISO(node.config.zone).year;
    const after = readCursor(cursor, 2);
    const { rows } = await sql<DrillRow>`select * from drill where ${visible(drillSubject)}
      ${after ? sql`and (sent_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
      order by sent_at desc, id desc limit ${sql.lit(limit + 1)}`.execute(db);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const named = namedBy(await peerNames(db));
    return {
      year,
      items: items.map(named),
      figures: (await figuresOf(reader, year)).map(named),
      ...(rows.length > limit && last ? { next: cursorOf(last.sent_at.toString(), last.id) } : {}),
    };
  },
});

const DRILL_COLUMNS = [
  "year", "peer", "drills", "answered", "missed", "open", "receipt_median_minutes", "median_minutes", "p90_minutes", "longest_minutes",
]; // prettier-ignore

/** The yearly report of drills as a table for a program. */
export const drillReport = view({
  name: "drill.report",
  path: "/drills/report",
  subject: drillSubject,
  input: z.object({ year: yearOf }),
  read: async (reader, { year: asked }) => {
    const year = asked ?? reader.now.toZonedDateTimeISO(reader.node.config.zone).year;
    return csvFile(
      `drills-${reader.node.code}-${year}.csv`,
      DRILL_COLUMNS,
      (await figuresOf(reader, year)).map((line) => ({
        ...line,
        year,
        receipt_median_minutes: line.receiptMinutes,
        median_minutes: line.medianMinutes,
        p90_minutes: line.p90Minutes,
        longest_minutes: line.longestMinutes,
      })),
    );
  },
});

/** One drill. */
export const drillView = view({
  name: "drill.read",
  path: "/drills/:id",
  subject: drillSubject,
  input: z.object({ id: z.uuid() }),
  read: async ({ db, visible }, { id }): Promise<Named<DrillRow> | undefined> => {
    const { rows } = await sql<DrillRow>`select * from drill where id = ${id} and ${visible(drillSubject)}`.execute(db);
    return rows[0] && namedBy(await peerNames(db))(rows[0]);
  },
});
