import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import type { Tx } from "./database.ts";
import { Refusal } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/**
 * Answers already given under an `Idempotency-Key`, so that a repeated call has no second effect and gets the same answer.
 * An answer may hold a secret shown once (a receipt code): it is sealed under a key that only the caller's own key opens.
 */
export interface Asked {
  readonly secret: Buffer;
  readonly actor: string;
  readonly key: string;
  /** What was asked, as text: the same key with another question is refused. */
  readonly question: string;
}

const keyOf = (asked: Asked, use: string): Buffer =>
  createHmac("sha256", asked.secret).update(`${use}\n${asked.actor}\n${asked.key}`).digest();

/** Claims the key in this transaction. Gives the earlier answer if there is one; waits while a twin is still under way. */
export async function claim(
  tx: Tx,
  asked: Asked,
  now: Temporal.Instant,
): Promise<{ status: number; answer: JsonObject } | undefined> {
  const key = keyOf(asked, "find");
  const question = createHash("sha256").update(asked.question).digest();
  const claimed = await tx
    .insertInto("answered")
    .values({ key, question, at: now })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .returning("key")
    .executeTakeFirst();
  if (claimed) return undefined;
  const earlier = await tx.selectFrom("answered").selectAll().where("key", "=", key).executeTakeFirstOrThrow();
  if (!question.equals(earlier.question)) throw new Refusal("conflict", "key-reused");
  return { status: earlier.status, answer: open(asked, earlier.answer) };
}

/** Keeps the answer beside the claim. */
export async function keep(tx: Tx, asked: Asked, status: number, answer: JsonObject): Promise<void> {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(asked, "seal"), nonce);
  const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(answer)), cipher.final(), cipher.getAuthTag()]);
  await tx.updateTable("answered").set({ status, answer: sealed }).where("key", "=", keyOf(asked, "find")).execute();
}

function open(asked: Asked, sealed: Buffer | null): JsonObject {
  if (!sealed) return {};
  const decipher = createDecipheriv("aes-256-gcm", keyOf(asked, "seal"), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
  return JSON.parse(
    Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString(),
  ) as JsonObject;
}
