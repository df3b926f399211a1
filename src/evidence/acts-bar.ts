import { z } from "zod";
import { actsOn, type Context } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { performIn } from "../kernel/pipeline.ts";
import { itemSubject } from "./item.ts";

const act = actsOn(itemSubject);
const WHY = z.enum(["unvalidated", "halted"]);
type Why = z.infer<typeof WHY>;

/** Shuts an item because the measure that brought it was not validated, or stands halted. @source CETS 185 Art. 15(2) */
export const bar = act("bar", {
  audience: "internal",
  input: z.strictObject({ why: WHY, request: z.uuid() }),
  apply: async (tx, row, { why, request }) => {
    // Whoever has it open at this moment reads no further.
    await tx.deleteFrom("item_opening").where("item", "=", row.id).execute();
    await tx.updateTable("item").set({ barred: why }).where("id", "=", row.id).execute();
    return { why, request };
  },
});

/** Opens it again: a court has validated the measure, or the halt is lifted. @source CETS 185 Art. 15(2) */
export const unbar = act("unbar", {
  audience: "internal",
  input: z.strictObject({ why: WHY, request: z.uuid() }),
  apply: async (tx, row, { why, request }) => {
    await tx.updateTable("item").set({ barred: null }).where("id", "=", row.id).execute();
    return { why, request };
  },
});

/** Items that a request brought, with all that was made from them. */
async function broughtBy(tx: Tx, request: string): Promise<{ id: string; barred: string | null }[]> {
  const { rows } = await sql<{ id: string; barred: string | null }>`
    with recursive brought (id) as (
      select id from item where request_id = ${request} or id in (select unnest(items) from request where id = ${request})
      union select item.id from item join brought on item.parent = brought.id
    ) select item.id, item.barred from item join brought using (id) where item.state not in ('disposed', 'not-taken') order by item.id`.execute(
    tx,
  );
  return rows;
}

/** Shuts what a request brought; gives how many items. What is shut as unvalidated stays so when a halt comes on top. */
export async function barItems(
  tx: Tx,
  { request, why }: { request: string; why: Why },
  { node, now }: Pick<Context, "node" | "now">,
): Promise<number> {
  const shut = (await broughtBy(tx, request)).filter(({ barred }) => barred !== why && barred !== "unvalidated");
  for (const { id } of shut)
    await performIn(tx, { node, actor: system("safeguards"), act: bar, id, input: { why, request }, now });
  return shut.length;
}

/** Opens again what was shut for that reason; gives how many items. */
export async function unbarItems(
  tx: Tx,
  { request, why }: { request: string; why: Why },
  { node, now }: Pick<Context, "node" | "now">,
): Promise<number> {
  const opened = (await broughtBy(tx, request)).filter(({ barred }) => barred === why);
  for (const { id } of opened)
    await performIn(tx, { node, actor: system("safeguards"), act: unbar, id, input: { why, request }, now });
  return opened.length;
}
