import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import { HolderFault } from "../trust/key-holder.ts";
import { KEYS_CHANNEL, keySubject, type KeyRow, type LIFE } from "./key.ts";

const act = actsOn<KeyRow, keyof typeof LIFE>(keySubject);

/** What a holder of keys says is for the administrator to read: it names no secret. */
async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof HolderFault)) throw error;
    throw new Refusal("unavailable", "key-holder", { values: { what: error.message } });
  }
}

/** Another key is the current one from now on; what is wrapped under this one is wrapped anew in the background. */
const replace = act("replace", {
  audience: "internal",
  input: z.object({ by: z.string() }),
  apply: async (_tx, { name }, { by }) => ({ key: name, replaced_by: by }),
});

/**
 * Makes a key in the place that the settings name, proves that it works, and makes it the current one. Nothing is written anew for it: the
 * wrapped data keys are, in the background. To another place the keys move in the same way.
 */
export const make = creates(keySubject, "make", {
  state: "current",
  input: z.strictObject({ reason: z.string().trim().min(1).max(500).meta({ control: "text" }) }),
  attributes: () => ({ state: "current" }),
  apply: async (tx, _under: undefined, { reason }, { node, id, now }) => {
    const { keys } = node.services.vault;
    // One is current at a time: whoever makes another waits for whoever makes one now.
    await sql`select pg_advisory_xact_lock(hashtext('comity vault key'))`.execute(tx);
    const name = await asked(keys.make());
    await asked(keys.prove(name));
    const former = await tx
      .selectFrom("vault_key")
      .select(["id", "name"])
      .where("state", "=", "current")
      .forUpdate()
      .executeTakeFirstOrThrow();
    await performIn(tx, { node, actor: system("vault-keys"), act: replace, id: former.id, input: { by: name }, now });
    await tx.insertInto("vault_key").values({ id, name, usable: name, state: "current", made_at: now }).execute();
    await sql`select pg_notify(${KEYS_CHANNEL}, '')`.execute(tx);
    return { key: name, replaces: former.name, reason };
  },
});

/** How many data keys are wrapped under a key. */
export async function wrapsUnder(tx: Tx, name: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select ((select count(*) from blob_wrap where key = ${name})
    + (select count(*) from upload where key_name = ${name}))::int as n`.execute(tx);
  return rows[0]?.n ?? 0;
}

/** Nothing is wrapped under it any more: found by the node itself. */
export const empty = act("empty", {
  audience: "internal",
  input: z.object({ moved: z.number() }),
  apply: async (tx, { name }, { moved }) => {
    const left = await wrapsUnder(tx, name);
    if (left > 0) throw new Refusal("conflict", "key-in-use", { values: { count: left } });
    return { key: name, moved };
  },
});

/**
 * The second step, confirmed by its name: a key under which nothing is wrapped is destroyed for ever. The database refuses it where anything still
 * is, and from now on refuses whatever would be wrapped under it; only then does its holder destroy it.
 *
 * @source NIST SP 800-57 Part 1 §8.3.4
 */
export const destroy = act("destroy", {
  stepUp: true,
  input: z.strictObject({
    confirm: z.string().trim().max(200).meta({ control: "text" }),
    reason: z.string().trim().min(1).max(500).meta({ control: "text" }),
  }),
  apply: async (tx, row, { confirm, reason }, { now }) => {
    if (confirm !== row.name) throw invalid("confirm", "key-name-differs", { name: row.name });
    const left = await wrapsUnder(tx, row.name);
    if (left > 0) throw new Refusal("conflict", "key-in-use", { values: { count: left } });
    await older(tx, row);
    await tx.updateTable("vault_key").set({ usable: null, destroyed_at: now }).where("id", "=", row.id).execute();
    await sql`select pg_notify(${KEYS_CHANNEL}, '')`.execute(tx);
    return { key: row.name, reason };
  },
});

/** A service that counts versions gives up an older one with each newer: they go in their order. */
async function older(tx: Tx, { name }: KeyRow): Promise<void> {
  const [, version] = /^transit:(\d+)$/.exec(name) ?? [];
  if (version === undefined) return;
  const { rows } = await sql<{
    name: string;
  }>`select name from vault_key where name ~ '^transit:\\d+$' and usable is not null
    and substring(name from 9)::bigint < ${Number(version)} order by substring(name from 9)::bigint limit 1`.execute(
    tx,
  );
  if (rows[0]) throw new Refusal("conflict", "key-older-first", { values: { name: rows[0].name } });
}

/** Its holder has destroyed it. */
export const shred = act("shred", {
  audience: "internal",
  input: z.object({}),
  apply: async (tx, { id, name }, _input, { now }) => {
    await tx.updateTable("vault_key").set({ shredded_at: now }).where("id", "=", id).execute();
    return { key: name };
  },
});

export const keyActs = [make, replace, empty, destroy, shred] as const;
