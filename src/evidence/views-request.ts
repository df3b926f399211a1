import { type Database, sql, type Tx } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import type { Reader } from "../kernel/view.ts";

/** A request that an item is lodged for, as far as its page needs it. */
export interface RequestSeen {
  readonly id: string;
  readonly number: string;
}

/** Those of the requests that this reader may see, by id. Requests are known by their kind only. */
export async function requestsSeen(
  db: Database | Tx,
  ids: readonly unknown[],
  { node, actor, now }: Pick<Reader, "node" | "actor" | "now">,
): Promise<ReadonlyMap<string, RequestSeen>> {
  const subject = node.registry.subjects.get("request");
  const asked = [...new Set(ids.filter((id): id is string => typeof id === "string" && isUuid(id)))];
  if (!subject || asked.length === 0) return new Map();
  const seen = node.policy.filter({ actor, action: "request.read", subject, now });
  const { rows } =
    await sql<RequestSeen>`select id, number from ${sql.table(subject.table)} where id = any(${asked}::uuid[]) and ${seen}`.execute(
      db,
    );
  return new Map(rows.map((row) => [row.id, row]));
}

/** A request, where this reader may see it: `undefined` else, as for one that does not exist. */
export const requestSeen = async (
  db: Database | Tx,
  id: unknown,
  reader: Pick<Reader, "node" | "actor" | "now">,
): Promise<RequestSeen | undefined> => [...(await requestsSeen(db, [id], reader)).values()][0];
