import { createHash, randomBytes } from "node:crypto";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { lookupKey, seal, unseal } from "../trust/seal.ts";
import { type Answers, answersSchema } from "./draft.ts";

/** Hours that a report which is being written is kept after its last page. */
export const DRAFT_HOURS = 24;
const PLACE = "draft";

/** A name for a new draft, which only the writer's browser holds: 32 random bytes. */
export const newDraftName = (): string => randomBytes(32).toString("base64url");
export const isDraftName = (text: string | undefined): text is string => text !== undefined && /^[\w-]{43}$/.test(text);

const keyOf = (node: Node, name: string): Buffer => lookupKey(node.services.keys.lookup, PLACE, name);
/** Without the browser's part the node itself can't read what somebody is still writing. */
const sealOf = (node: Node, name: string): Buffer =>
  createHash("sha256").update(node.services.keys.seal).update(name).digest();

/** The answers under this name; none where there is no such draft, or it was left too long. */
export async function openDraft(node: Node, name: string): Promise<Answers> {
  const since = node.clock().subtract({ hours: DRAFT_HOURS });
  const row = await node.db
    .selectFrom("report_draft")
    .select("sealed")
    .where("key", "=", keyOf(node, name))
    .where("at", ">", since)
    .executeTakeFirst();
  return row ? answersSchema.parse(JSON.parse(unseal(sealOf(node, name), row.sealed, PLACE).toString())) : {};
}

/** Keeps the answers. A draft is nobody's report yet, so it is no act and stands in no journal. */
export async function keepDraft(node: Node, name: string, answers: Answers): Promise<void> {
  const sealed = seal(sealOf(node, name), JSON.stringify(answers), PLACE);
  await sql`insert into report_draft (key, sealed, at) values (${keyOf(node, name)}, ${sealed}, ${node.clock()})
    on conflict (key) do update set sealed = excluded.sealed, at = excluded.at`.execute(node.db);
}

/** Forgets one draft. */
export const dropDraft = (node: Node, name: string) =>
  node.db.deleteFrom("report_draft").where("key", "=", keyOf(node, name)).execute();

/** Forgets the drafts that were left. */
export const dropLeftDrafts = (node: Node) =>
  node.db
    .deleteFrom("report_draft")
    .where("at", "<", node.clock().subtract({ hours: DRAFT_HOURS }))
    .execute();
