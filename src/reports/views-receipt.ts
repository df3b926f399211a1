import type { Database } from "../kernel/database.ts";
import type { Code } from "./classification.ts";

/** The report whose code has this digest; `undefined` where there is none. */
export async function findByCode(db: Database, digest: Buffer): Promise<string | undefined> {
  const row = await db.selectFrom("report").select("id").where("code", "=", digest).executeTakeFirst();
  return row?.id;
}

/** What a reporter's own report is about. */
export async function categoryOf(db: Database, report: string): Promise<Code | undefined> {
  const row = await db.selectFrom("report").select("category").where("id", "=", report).executeTakeFirst();
  return row?.category as Code | undefined;
}
