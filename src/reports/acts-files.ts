import { type Database, sql } from "../kernel/database.ts";
import type { Job } from "../kernel/slice.ts";
import { letGoBlob } from "../trust/vault-blobs.ts";

/** Bytes of the files of reports that are still being written. */
export async function draftBytes(db: Database): Promise<number> {
  const { rows } = await sql<{
    bytes: number;
  }>`select coalesce(sum(bytes), 0)::bigint as bytes from report_draft_file`.execute(db);
  return rows[0]?.bytes ?? 0;
}

/** Notes a file that is nobody's report yet, so that it is found when its draft is left. */
export const noteDraftFile = (
  db: Database,
  { blob, size }: { readonly blob: string; readonly size: number },
  now: Temporal.Instant,
) => db.insertInto("report_draft_file").values({ blob, bytes: size, at: now }).execute();

/** Lets go of a file that its writer took out of the draft; of nothing that a report has. */
export const dropDraftFile = (db: Database, blob: string, now: Temporal.Instant): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const { numDeletedRows } = await tx.deleteFrom("report_draft_file").where("blob", "=", blob).executeTakeFirst();
    if (numDeletedRows === 1n) await letGoBlob(tx, blob, now);
  });

/** Hours after which a file of a draft is let go of: longer than any draft is kept. */
const LEFT_HOURS = 80;
const AT_ONCE = 200;

/** Lets go of the files of drafts that were left. */
export const dropLeftFiles: Job = {
  name: "report-draft-files",
  everySeconds: 3_600,
  run: async ({ db, clock }) => {
    const now = clock();
    for (;;) {
      const left = await db
        .selectFrom("report_draft_file")
        .select("blob")
        .where("at", "<", now.subtract({ hours: LEFT_HOURS }))
        .limit(AT_ONCE)
        .execute();
      for (const { blob } of left) await dropDraftFile(db, blob, now);
      if (left.length < AT_ONCE) return;
    }
  },
};
