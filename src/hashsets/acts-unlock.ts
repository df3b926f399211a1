import { z } from "zod";
import { fields, type ItemRow, itemSubject, officerOf } from "../evidence/slice.ts";
import { actsOn, type Context } from "../kernel/act.ts";
import { actorId } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { takesTwo } from "./acts.ts";

const act = actsOn<ItemRow>(itemSubject);
const input = z.strictObject({ reason: fields.text(2_000) });

/** Whoever judges a match has seen what matched: opened the item as its viewer. */
async function demandSeen(tx: Tx, { id }: ItemRow, { actor }: Context): Promise<void> {
  const { rows } =
    await sql`select 1 from journal where subject_kind = ${itemSubject.name} and subject_id = ${id} and act = 'item.view'
    and record->'actor'->>'id' = ${actorId(actor)} limit 1`.execute(tx);
  if (rows.length === 0) throw new Refusal("not-allowed", "unlock-unseen");
}

function demandLocked({ viewing_office, contested_by }: ItemRow, isContested: boolean): void {
  if (viewing_office === null) throw new Refusal("wrong-state", "item-not-locked");
  if ((contested_by !== null) !== isContested)
    throw new Refusal("wrong-state", isContested ? "item-not-contested" : "item-contested");
}

/** A decision of a viewer who has seen what matched, on an item whose match is contested or not. */
const decides = <Verb extends "contest" | "uphold" | "unlock">(
  verb: Verb,
  isContested: boolean,
  change: (tx: Tx, row: ItemRow, context: Context) => Promise<unknown>,
) =>
  act(verb, {
    stepUp: true,
    basis: ["CETS 185 Art. 9"],
    input,
    apply: async (tx, row, { reason }, context) => {
      demandLocked(row, isContested);
      await demandSeen(tx, row, context);
      await change(tx, row, context);
      return { reason };
    },
  });

/** A viewer says that the match was wrong: it does not show what the list says. It stays locked until another confirms it. */
export const contest = decides("contest", false, (tx, { id }, context) =>
  sql`update item set contested_by = ${officerOf(context).account}, contested_at = ${context.now} where id = ${id}`.execute(
    tx,
  ),
);

/** Another viewer finds that the match was right. */
export const uphold = decides("uphold", true, (tx, { id }) =>
  sql`update item set contested_by = null, contested_at = null where id = ${id}`.execute(tx),
);

/** Another viewer confirms that the match was wrong: the item is what its office's other items are. Any other match locks it again. */
export const unlock = decides("unlock", true, async (tx, row) => {
  const { rows } = await sql<{
    set_id: string;
    kind: string;
    category: string;
  }>`select m.set_id, m.kind, s.category from hash_match m join hash_set s on s.id = m.set_id where m.item = ${row.id}`.execute(
    tx,
  );
  const wrong = rows.filter(({ category }) => takesTwo(category)).map(({ set_id, kind }) => `${set_id} ${kind}`);
  const cleared = [...new Set([...(row.cleared ?? []), ...wrong])].sort();
  await sql`update item set viewing_office = null, locked_at = null, contested_by = null, contested_at = null, cleared = ${cleared}::text[]
    where id = ${row.id}`.execute(tx);
});

export const unlockActs = [contest, uphold, unlock] as const;
