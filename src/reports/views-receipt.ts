import type { Database } from "../kernel/database.ts";

/** The report whose code has this digest; `undefined` where there is none. */
export async function findByCode(db: Database, digest: Buffer): Promise<string | undefined> {
  const row = await db.selectFrom("report").select("id").where("code", "=", digest).executeTakeFirst();
  return row?.id;
}
