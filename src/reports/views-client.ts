import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { cursorOf, type Reader, readCursor, view } from "../kernel/view.ts";
import { reportSubject } from "./report.ts";

/** What a machine is told of a report that it sent: where it stands, never who has it or what was written. */
interface Sent {
  readonly id: string;
  readonly reference: string;
  readonly state: string;
  readonly category: string;
  readonly channel: string;
  readonly received_at: Temporal.Instant;
  readonly respond_by: Temporal.Instant | null;
  readonly responded_at: Temporal.Instant | null;
  readonly closed_reason: string | null;
}

const columns = sql.raw(
  "r.id, r.reference, r.state, r.category, r.channel, r.received_at, r.respond_by, r.responded_at, r.closed_reason",
);

const told = ({ node, locale }: Reader, { id: _, ...row }: Sent) => ({
  ...row,
  status: node.translations.translate(locale)(`report.status.${row.state}`),
});

function demandClient({ actor }: Reader): string {
  if (actor.kind !== "client") throw new Refusal("not-signed-in", "client-key-needed");
  if (!actor.scopes.includes("report.follow"))
    throw new Refusal("not-allowed", "client-scope-needed", { values: { scope: "report.follow" } });
  return actor.client;
}

/** The reports that a machine sent, the newest first. */
export const sentReports = view({
  name: "client.reports",
  path: "/client/reports",
  role: "portal",
  subject: reportSubject,
  input: z.object({
    cursor: z.string().max(500).optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  read: async (reader, { cursor, limit }) => {
    const client = demandClient(reader);
    const [before] = readCursor(cursor, 1) ?? [];
    const isAfter =
      typeof before === "string" && z.uuid().safeParse(before).success ? sql`r.id < ${before}` : sql`true`;
    const { rows } = await sql<Sent>`select ${columns} from report r where r.client_id = ${client} and ${isAfter}
      and ${reader.visible(reportSubject, { alias: "r" })} order by r.id desc limit ${sql.lit(limit + 1)}`.execute(
      reader.db,
    );
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit).map((row) => told(reader, row)),
      ...(rows.length > limit && last ? { next: cursorOf(last.id) } : {}),
    };
  },
});

/** One of them, by its reference. */
export const sentReport = view({
  name: "client.report",
  path: "/client/reports/:reference",
  role: "portal",
  subject: reportSubject,
  input: z.object({ reference: z.string().max(60) }),
  read: async (reader, { reference }) => {
    const client = demandClient(reader);
    const { rows } = await sql<Sent>`select ${columns} from report r where r.reference = ${reference.toUpperCase()}
      and r.client_id = ${client} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(reader.db);
    return rows[0] && told(reader, rows[0]);
  },
});
