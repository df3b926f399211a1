import type { AttachedFile, Context } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { Reader } from "../kernel/view.ts";
import { annex } from "./acts.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import { EXPIRED } from "./limits.ts";
import { itemFor } from "./views-locked.ts";
import { type Kept, openedItem } from "./words.ts";

const STAYS = new Set(["confidential", "no-transfer", EXPIRED]);

/** Refuses what may not go along with a request: gone, locked, or under a condition of whoever gave it. */
function demandFree(path: string, row: ItemRow): void {
  if (row.state !== "kept" && row.state !== "sealed")
    throw invalid(path, "item-not-deliverable", { number: row.number });
  if (row.viewing_office !== null) throw invalid(path, "item-locked");
  const kept = (row.limits ?? []).find((each) => STAYS.has(each));
  if (kept !== undefined) throw invalid(path, `limit-${kept}`, { bound_by: row.bound_by ?? "" });
}

/** Refuses an item that this officer may not see or send along, before anybody decides on the request. */
export async function demandAnnexes(
  tx: Tx,
  items: readonly string[],
  { node, actor, now }: Pick<Context, "node" | "actor" | "now">,
): Promise<void> {
  for (const [index, id] of items.entries()) {
    const kept = await tx.selectFrom("item").selectAll().where("id", "=", id).executeTakeFirst();
    if (!kept) throw invalid(`items.${index}`, "item-not-here");
    const row = openedItem<ItemRow>(node, kept as Kept<ItemRow>);
    demandFree(`items.${index}`, row);
    const question = { actor, action: annex.name, subject: itemSubject, id, row: { ...row }, now };
    const decision = node.policy.decide(question);
    if (!decision.allowed)
      throw new Refusal("not-allowed", decision.reason ?? "not-permitted", {
        policies: decision.policies,
        values: { act: annex.name, bound_by: row.bound_by ?? "" },
      });
  }
}

/** The files that go with a request, as they travel; each item's custody says that a copy went. Refuses what is bound meanwhile. */
export async function annexFiles(
  tx: Tx,
  of: { readonly items: readonly string[]; readonly request: string; readonly peer: string },
  { node, now }: Pick<Context, "node" | "now">,
): Promise<AttachedFile[]> {
  const files: AttachedFile[] = [];
  for (const id of of.items) {
    const kept = await tx.selectFrom("item").selectAll().where("id", "=", id).executeTakeFirst();
    if (!kept) throw invalid("items", "item-not-here");
    const row = openedItem<ItemRow>(node, kept as Kept<ItemRow>);
    demandFree("items", row);
    const input = { to: of.peer, request: of.request };
    await performIn(tx, { node, actor: system("request"), act: annex, id, input, now });
    files.push({ digest: row.digest, size: row.bytes, name: row.name, media: row.media, item: id });
  }
  return files;
}

type Choice = Pick<ItemRow, "id" | "number" | "name" | "viewing_office">;

/** Items of a case that could go along with a request of it, as choices. */
export async function annexable(reader: Reader, caseId: string | null): Promise<{ value: string; label: string }[]> {
  const { rows } = await sql<Kept<Choice>>`select i.id, i.number, i.words, i.name, i.viewing_office from item i
    where i.case_id = ${caseId} and i.state in ('kept', 'sealed') and ${reader.visible(itemSubject, { alias: "i" })}
      and ${reader.visible(itemSubject, { action: annex.name, alias: "i" })} order by i.created_at desc limit 200`.execute(
    reader.db,
  );
  return rows
    .map((row) => itemFor<Choice>(reader, row))
    .map(({ id, number, name }) => ({ value: id, label: `${number} ${name}` }));
}
