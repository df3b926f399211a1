import { z } from "zod";
import { actsOn, type Context } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import type { Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { asJson, type JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { type Call, perform, type Performed, performIn } from "../kernel/pipeline.ts";
import { hashBlob } from "../trust/vault-blobs.ts";
import { carrying, said } from "./custody-facts.ts";
import { fields, holderOf, type ItemRow, itemSubject, LIFE } from "./item.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);

/** The name of the product, where it is the tool. */
const TOOL = "Comity";

/** Digests of the same bytes, hex by algorithm. */
type Digests = Readonly<Partial<Record<"sha256" | "sha1" | "md5", string>>>;

/** What a verification found. */
export interface Verification {
  /** What was hashed, where it is not the item's own bytes: `E01: acquired media`. */
  readonly of?: string;
  /** What the bytes should have; the item's own digest where it is left out. */
  readonly before?: Digests;
  /** What they have; none where they could not be read. */
  readonly after: Digests;
  readonly bytes?: number;
  /** Why they could not be read: `missing`, `altered`. */
  readonly problem?: string;
  readonly tool?: string;
  readonly toolVersion?: string;
}

/** True where every digest that both sides have is the same, and there is at least one. */
export const agrees = (before: Digests, after: Digests): boolean => {
  const both = (["sha256", "sha1", "md5"] as const).filter(
    (name) => before[name] !== undefined && after[name] !== undefined,
  );
  return both.length > 0 && both.every((name) => before[name]?.toLowerCase() === after[name]?.toLowerCase());
};

/** Notes on the item what was found of its bytes, and gives what the journal says. What differs stays an alarm until it is found whole again. */
async function note(
  tx: Tx,
  row: ItemRow,
  { of, before = { sha256: row.digest }, after, bytes, problem, tool = TOOL, toolVersion }: Verification,
  { node, now }: Pick<Context, "node" | "now">,
): Promise<JsonObject> {
  const match =
    problem === undefined && agrees(before, after) && (bytes === undefined || of !== undefined || bytes === row.bytes);
  await tx
    .updateTable("item")
    .set(
      match ? (of === undefined ? { verified_at: now, altered_at: null } : {}) : { altered_at: row.altered_at ?? now },
    )
    .where("id", "=", row.id)
    .execute();
  if (!match) node.log.error({ item: row.id }, "an item's bytes are not those that were acquired");
  return asJson({
    ...(of === undefined ? { digest: after.sha256 ?? null } : { of }),
    digests_before: before,
    digests_after: after,
    ...(bytes === undefined ? {} : { bytes_before: row.bytes, bytes_after: bytes }),
    match,
    ...(problem === undefined ? {} : { problem }),
    tool,
    tool_version: toolVersion,
  });
}

const input = z.strictObject(carrying("verify"));
type Input = z.output<typeof input> & { readonly found?: Verification };

const rehashed = async ({ node, id }: Pick<Call, "node" | "id">, tx?: Tx): Promise<Verification> => {
  const found = await hashBlob(tx ?? node.db, node.services.vault, holderOf(id ?? ""), ["sha256"]).catch(
    (error: unknown) => {
      node.log.warn({ err: error, item: id }, "the vault did not give an item's bytes");
      throw new Refusal("unavailable", "verify-later");
    },
  );
  if (!found) throw new Refusal("wrong-state", "item-bytes-gone");
  const { digests, bytes, problem } = found;
  return { after: digests, bytes, ...(problem === undefined ? {} : { problem }) };
};

const recorded = act("verify", {
  input: z.custom<Input>(),
  apply: async (tx, row, { found, ...facts }, context) => {
    const { actor, node, now } = context;
    const office = actor.kind === "officer" ? actor.office : undefined;
    const verification = found ?? (await rehashed({ node, id: row.id }, tx));
    return { ...said("verify", facts, { office, now }), ...(await note(tx, row, verification, context)) };
  },
});

/**
 * Reads the item's bytes again and says whether they are still those that were acquired. They are read before the transaction, so that no
 * lock is held meanwhile, and only for whoever may ask.
 */
export const verify = act("verify", {
  input,
  gather: async (call): Promise<Performed> => {
    const { node, actor, id } = call;
    const row = await node.db
      .selectFrom("item")
      .selectAll()
      .where("id", "=", id ?? "")
      .executeTakeFirst();
    const question = { actor, action: recorded.name, subject: itemSubject, id: id ?? "", now: node.clock() };
    const asked = row !== undefined && node.policy.decide({ ...question, row }).allowed;
    const found = asked && LIFE.verify.from.includes(row.state as ItemRow["state"]) ? await rehashed(call) : undefined;
    return perform({ ...call, act: recorded, input: { ...(call.input as Input), ...(found ? { found } : {}) } });
  },
  apply: (tx, row, facts, context) => recorded.apply(tx, row, facts, context),
});

/**
 * Records what somebody else found: the scrubber of the store, or whoever read the inner hashes of an image. `by` names the part of the
 * node that did it. Nothing is hashed here. In the transaction given; refuses where the item is not there or its bytes are gone.
 */
export const recordVerification = (
  tx: Tx,
  node: Node,
  {
    item,
    by,
    found,
    now,
  }: { readonly item: string; readonly by: string; readonly found: Verification; readonly now: Temporal.Instant },
): Promise<Performed> => performIn(tx, { node, actor: system(by), act: recorded, id: item, input: { found }, now });

/** A working copy on a medium that leaves the system, for a person: where it went, and that it is the same. */
export const copy = act("copy", {
  input: z.strictObject({
    recipient: fields.line(200),
    medium: fields.line(200),
    medium_serial: fields.line(120).optional(),
    digest_after: fields.digest,
    ...carrying("copy"),
  }),
  apply: async (_tx, row, { recipient, medium, medium_serial, digest_after, ...facts }, { actor, now }) => ({
    recipient,
    medium,
    ...(medium_serial === undefined ? {} : { medium_serial }),
    ...said("copy", facts, { office: actor.kind === "officer" ? actor.office : undefined, now }),
    digest_before: row.digest,
    digest_after,
    match: digest_after === row.digest,
    as: "working-copy",
  }),
});

export const verifyActs = [verify, copy] as const;
