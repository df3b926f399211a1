import { sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";

/** How many messages about a thing went out, wait, or were given up. */
export interface MailCounts {
  readonly sent: number;
  readonly waiting: number;
  readonly failed: number;
}

/** Counts of the messages about one thing; no address is read. The caller has shown that the reader may see the thing. */
export async function mailsAbout({ db }: Reader, kind: string, id: string): Promise<MailCounts> {
  const { rows } = await sql<MailCounts>`select count(*) filter (where sent_at is not null)::int as sent,
    count(*) filter (where sent_at is null and failed_at is null)::int as waiting, count(*) filter (where failed_at is not null)::int as failed
    from mail where subject_id = ${id} and subject_kind = ${kind}`.execute(db);
  return rows[0] ?? { sent: 0, waiting: 0, failed: 0 };
}
