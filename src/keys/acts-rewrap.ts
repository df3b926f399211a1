import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { empty, shred } from "./acts.ts";
import { KEYS_CHANNEL } from "./key.ts";

/** Data keys that one transaction wraps anew, and how many of them are asked of the holder at once. */
const BATCH = 200;
const AT_ONCE = 8;

interface Wrap {
  /** Holder as the vault binds it: `item:<id>`, `upload:<id>`. */
  readonly holder: string;
  readonly wrapped: Buffer;
}

/** What is wrapped under keys that are not the current one, and how its rows are changed. Rows that changed or went meanwhile are left alone. */
const PLACES = [
  {
    read: (node: Node) =>
      sql<Wrap>`select b.holder, b.wrapped from blob_wrap b join vault_key k on k.usable = b.key
      where k.state <> 'current' order by b.key, b.holder limit ${BATCH}`.execute(node.db),
    write: (node: Node, holders: string[], before: Buffer[], after: Buffer[]) =>
      node.db.transaction().execute(async (tx) => {
        await sql`select 1 from blob_wrap where holder = any(${holders}::text[]) order by holder for update`.execute(
          tx,
        );
        return sql`update blob_wrap b set wrapped = n.after from unnest(${holders}::text[], ${before}::bytea[], ${after}::bytea[]) as n (holder, before, after)
          where b.holder = n.holder and b.wrapped = n.before`.execute(tx);
      }),
  },
  {
    read: (node: Node) =>
      sql<Wrap>`select 'upload:' || u.id as holder, u.wrapped from upload u join vault_key k on k.usable = u.key_name
      where k.state <> 'current' order by u.key_name, u.id limit ${BATCH}`.execute(node.db),
    write: (node: Node, holders: string[], before: Buffer[], after: Buffer[]) => {
      const ids = holders.map((holder) => holder.slice("upload:".length));
      return node.db.transaction().execute(async (tx) => {
        await sql`select 1 from upload where id = any(${ids}::uuid[]) order by id for update`.execute(tx);
        return sql`update upload u set wrapped = n.after from unnest(${ids}::uuid[], ${before}::bytea[], ${after}::bytea[]) as n (id, before, after)
          where u.id = n.id and u.wrapped = n.before`.execute(tx);
      });
    },
  },
] as const;

/** Wraps anew in the holder's order; gives what became of each, as the row has to be found again by what it was. */
async function rewrapped({ services }: Node, wraps: readonly Wrap[]): Promise<Buffer[]> {
  const after: Buffer[] = [];
  for (let from = 0; from < wraps.length; from += AT_ONCE)
    after.push(
      ...(await Promise.all(
        wraps.slice(from, from + AT_ONCE).map(({ wrapped, holder }) => services.vault.keys.rewrap(wrapped, holder)),
      )),
    );
  return after;
}

/**
 * Wraps every data key anew that is not wrapped under the current key, batch by batch, each in a transaction: what breaks off goes on from there.
 * Several may do so at once. Then marks the keys under which nothing is left, and has the holders destroy those that were given up. Gives how
 * many it moved; `onMoved` hears of each batch.
 */
export async function rewrapAll(node: Node, onMoved: (moved: number) => void = () => undefined): Promise<number> {
  let moved = 0;
  for (const { read, write } of PLACES)
    for (;;) {
      const { rows } = await read(node);
      if (rows.length === 0) break;
      const after = await rewrapped(node, rows);
      const { numAffectedRows = 0n } = await write(
        node,
        rows.map(({ holder }) => holder),
        rows.map(({ wrapped }) => wrapped),
        after,
      );
      moved += Number(numAffectedRows);
      onMoved(moved);
    }
  await settle(node, moved);
  return moved;
}

async function settle(node: Node, moved: number): Promise<void> {
  const actor = system("vault-rewrap");
  const former = await node.db.selectFrom("vault_key").select("id").where("state", "=", "former").execute();
  for (const { id } of former)
    await perform({ node, actor, act: empty, id, input: { moved } }).catch((error: unknown) => {
      // Another did so first, or something came under it meanwhile: the next run sees to it.
      if (!(error instanceof Refusal)) throw error;
    });
  const given = await node.db
    .selectFrom("vault_key")
    .select(["id", "name"])
    .where("state", "=", "destroyed")
    .where("shredded_at", "is", null)
    .execute();
  const faults: unknown[] = [];
  for (const { id, name } of given)
    try {
      await node.services.vault.keys.destroy(name);
      await perform({ node, actor, act: shred, id, input: {} });
    } catch (error) {
      faults.push(error);
    }
  // One holder that is away keeps no other from being asked; the next run tries again.
  if (faults.length > 0) throw faults[0];
}

/** Goes on with whatever is not wrapped under the current key. */
export const rewrapJob: Job = {
  name: "vault-rewrap",
  everySeconds: 60,
  wokenBy: [KEYS_CHANNEL],
  run: async (node) => {
    await rewrapAll(node);
  },
};
