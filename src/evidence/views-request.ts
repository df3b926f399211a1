import { type Database, sql, type Tx } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import type { Reader } from "../kernel/view.ts";

/** A request that an item is lodged for, as far as its page needs it. */
export interface RequestSeen {
  readonly id: string;
  readonly number: string;
}

/** A request, where this reader may see it: `undefined` else, as for one that does not exist. Requests are known by their kind only. */
export async function requestSeen(
  db: Database | Tx,
  id: unknown,
  { node, actor, now }: Pick<Reader, "node" | "actor" | "now">,
): Promise<RequestSeen | undefined> {
  const subject = node.registry.subjects.get("request");
  if (!subject || typeof id !== "string" || !isUuid(id)) return undefined;
  const seen = node.policy.filter({ actor, action: "request.read", subject, now });
  const { rows } =
    await sql<RequestSeen>`select id, number from ${sql.table(subject.table)} where id = ${id} and ${seen}`.execute(db);
  return rows[0];
}
