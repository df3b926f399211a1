import { type Database, sql, type Tx } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { wholeRecord } from "../kernel/journal.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Reader } from "../kernel/view.ts";

/** A request that an item is lodged for, as far as its page needs it. */
export interface RequestSeen {
  readonly id: string;
  readonly number: string;
  readonly case_id: string | null;
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
    await sql<RequestSeen>`select id, number, case_id from ${sql.table(subject.table)} where id = any(${asked}::uuid[]) and ${seen}`.execute(
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

/**
 * The answer to a request that was typed in last, as the custody of what came with it names it: by which way it came, who gave it, and the
 * entry that says so. `undefined` where none was typed in.
 */
export async function answerEntered(
  db: Database | Tx,
  request: string,
  { node }: Pick<Reader, "node">,
): Promise<JsonObject | undefined> {
  const { rows } = await sql<{ id: string; record: unknown; words: Buffer | null; digest: Buffer }>`
    select id, record, words, digest from journal
    where subject_kind = 'request' and subject_id = ${request} and act = 'request.enter' order by seq desc limit 1`.execute(
    db,
  );
  const [entry] = rows;
  if (!entry) return undefined;
  const { way, person } = wholeRecord(node.services.keys, entry).change;
  return {
    ...(typeof way === "string" ? { way } : {}),
    ...(typeof person === "string" ? { answered_by: person } : {}),
    answer_entry: entry.digest.toString("hex"),
  };
}
