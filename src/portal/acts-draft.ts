import { argon2, createHash, createHmac, randomBytes } from "node:crypto";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { codeDigest, findByCode, newCode, shownCode } from "../reports/slice.ts";
import { lookupKey, seal, unseal } from "../trust/seal.ts";
import { type Answers, answersSchema } from "./draft.ts";

/** Hours that a report which is being written is kept from its first page on: shorter than its files are. */
export const DRAFT_HOURS = 72;
const PLACE = "draft";
const CODE_PLACE = "draft code";

/** A name for a new draft, which only the writer's browser holds: 32 random bytes. */
export const newDraftName = (): string => randomBytes(32).toString("base64url");
export const isDraftName = (text: string | undefined): text is string => text !== undefined && /^[\w-]{43}$/.test(text);

const keyOf = (node: Node, name: string): Buffer => lookupKey(node.services.keys.lookup, PLACE, name);
/** Without the browser's part the node itself can't read what somebody is still writing. */
const sealOf = (node: Node, name: string): Buffer =>
  createHash("sha256").update(node.services.keys.seal).update(name).digest();

const KDF = { memory: 4_096, passes: 1, parallelism: 1, tagLength: 32 } as const;
/**
 * The key that a code gives. A code has no more than 47 bits, so that each try is made to cost milliseconds and memory: whoever has
 * the database and the node's keys would still need centuries to go through all codes. @source RFC 9106 §4
 */
const keyFromCode = (node: Node, code: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const nonce = createHmac("sha256", node.services.keys.receipt).update(CODE_PLACE).digest();
    argon2("argon2id", { message: code, nonce, ...KDF }, (error, key) => (error ? reject(error) : resolve(key)));
  });

/** A draft as it was read, and its bytes, by which a change is known to be of what was read. */
export interface OpenDraft {
  readonly answers: Answers;
  readonly sealed: Buffer;
  /** When it was begun. */
  readonly at: Temporal.Instant;
}

/** The draft under this name; `undefined` where there is none, or it was left too long. */
export async function openDraft(node: Node, name: string): Promise<OpenDraft | undefined> {
  const since = node.clock().subtract({ hours: DRAFT_HOURS });
  const { rows } = await sql<{
    sealed: Buffer;
    at: Temporal.Instant;
  }>`select sealed, at from report_draft where key = ${keyOf(node, name)} and at > ${since}`.execute(node.db);
  const [row] = rows;
  if (!row) return undefined;
  const plain = unseal(sealOf(node, name), row.sealed, PLACE).toString();
  return { answers: answersSchema.parse(JSON.parse(plain)), ...row };
}

/**
 * Keeps the answers; `before` is the draft as it was read, `undefined` for a new one. False where somebody else has changed it in
 * between: then it is to be read again. A draft is nobody's report yet, so it is no act and stands in no journal.
 */
export async function keepDraft(node: Node, name: string, answers: Answers, before?: OpenDraft): Promise<boolean> {
  const key = keyOf(node, name);
  const sealed = seal(sealOf(node, name), JSON.stringify(answers), PLACE);
  const now = node.clock();
  const { numAffectedRows } = before
    ? await sql`update report_draft set sealed = ${sealed} where key = ${key} and sealed = ${before.sealed}`.execute(
        node.db,
      )
    : await sql`insert into report_draft (key, sealed, at) values (${key}, ${sealed}, ${now}) on conflict do nothing`.execute(
        node.db,
      );
  return numAffectedRows === 1n;
}

/** Gives a draft its code, by which another browser finds it: the answers with it, to be kept by the caller. */
export async function withCode(node: Node, name: string, answers: Answers): Promise<Answers> {
  for (;;) {
    const code = newCode();
    const digest = codeDigest(node.services.keys.receipt, code);
    // The code becomes the report's, so it must not be another's already.
    if ((await findByCode(node.db, digest)) !== undefined) continue;
    const wrapped = seal(await keyFromCode(node, code), name, CODE_PLACE);
    const { numAffectedRows } = await sql`update report_draft set code = ${digest}, wrapped = ${wrapped}
      where key = ${keyOf(node, name)} and not exists (select 1 from report_draft o where o.code = ${digest})`.execute(
      node.db,
    );
    if (numAffectedRows === 1n) return { ...answers, code: shownCode(code) };
    if (!(await openDraft(node, name))) return answers;
  }
}

/** The name of the draft that a code (as `readCode` gives it) belongs to; `undefined` where there is none, or it was left too long. */
export async function draftByCode(node: Node, code: string): Promise<string | undefined> {
  const since = node.clock().subtract({ hours: DRAFT_HOURS });
  const { rows } = await sql<{ wrapped: Buffer }>`select wrapped from report_draft
    where code = ${codeDigest(node.services.keys.receipt, code)} and wrapped is not null and at > ${since}`.execute(
    node.db,
  );
  return rows[0] && unseal(await keyFromCode(node, code), rows[0].wrapped, CODE_PLACE).toString();
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
