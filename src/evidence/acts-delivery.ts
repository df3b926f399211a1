import type { AttachedFile, Context, ReceiveContext } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import { system } from "../kernel/actor.ts";
import type { Reader } from "../kernel/view.ts";
import { arrive } from "./acts-acquire.ts";
import { disclose } from "./acts.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import { demandSameLimits, type Limits } from "./limits.ts";
import { itemFor } from "./views-locked.ts";
import { type Kept, openedItem } from "./words.ts";

/**
 * The files of items that a request's officer hands over, as they travel; each item's custody says who disclosed it to
 * whom. Refuses where an item is not kept here any more, may not be seen by the officer, or may not be disclosed by them.
 */
export async function itemsForDelivery(
  tx: Tx,
  of: {
    readonly items: readonly string[];
    readonly request: string;
    readonly peer: string;
    /** Conditions that bind whoever gets them. */
    readonly conditions: readonly string[];
  },
  { node, actor, now }: Pick<Context, "node" | "actor" | "now">,
): Promise<AttachedFile[]> {
  const visible = node.policy.filter({ actor, action: "item.read", subject: itemSubject, alias: "i", now });
  const { rows } = await sql<
    Kept<ItemRow>
  >`select * from item i where i.id = any(${[...of.items]}::uuid[]) and ${visible}`.execute(tx);
  const files: AttachedFile[] = [];
  for (const [index, id] of of.items.entries()) {
    const kept = rows.find((each) => each.id === id);
    if (!kept) throw invalid(`items.${index}`, "item-not-here");
    const row = openedItem<ItemRow>(node, kept);
    if (row.state !== "kept" && row.state !== "sealed")
      throw invalid(`items.${index}`, "item-not-deliverable", { number: row.number });
    demandSameLimits(`items.${index}`, row, of.conditions);
    await performIn(tx, {
      node,
      actor,
      act: disclose,
      id,
      input: { to: of.peer, request: of.request },
      now,
    });
    files.push({ digest: row.digest, size: row.bytes, name: row.name, media: row.media, item: id });
  }
  return files;
}

/** Numbers of the items that were lodged for a measure, or in its case, and that its officer may see; refuses any other. */
export async function itemsLodged(
  tx: Tx,
  of: { readonly items: readonly string[]; readonly request: string; readonly case_id: string | null },
  { node, actor, now }: Pick<Context, "node" | "actor" | "now">,
): Promise<string[]> {
  const visible = node.policy.filter({ actor, action: "item.read", subject: itemSubject, alias: "i", now });
  const { rows } = await sql<{ id: string; number: string }>`
    select i.id, i.number from item i where i.id = any(${[...of.items]}::uuid[])
      and (i.request_id = ${of.request} or i.case_id = ${of.case_id}) and ${visible}`.execute(tx);
  return of.items.map((id, index) => {
    const found = rows.find((each) => each.id === id);
    if (!found) throw invalid(`items.${index}`, "item-not-here");
    return found.number;
  });
}

/** What a request must say of itself for an item to arrive under it. */
interface Receiving {
  readonly file: ReceiveContext["files"][number];
  readonly request: {
    readonly id: string;
    readonly number: string;
    readonly case_id: string | null;
    readonly office: string;
    readonly office_name: string;
  };
  readonly from: string;
  /** Conditions under which it is given. */
  readonly bound?: Limits | undefined;
}

/** Makes an item out of a file that a peer delivered; its first event bears both sides' digests. Gives its id. */
export async function receiveItem(
  tx: Tx,
  { file, request, from, bound }: Receiving,
  { node, now, at, entry }: Pick<ReceiveContext, "node" | "now" | "at" | "entry">,
): Promise<string> {
  const made = await performIn(tx, {
    node,
    actor: system("delivery"),
    act: arrive,
    now,
    input: {
      from,
      peerItem: file.item,
      request: request.id,
      caseId: request.case_id,
      office: request.office,
      officeName: request.office_name,
      name: file.name,
      media: file.media,
      bytes: file.size,
      digest: file.digest,
      md5: file.md5,
      sha1: file.sha1,
      description: `${file.name} (${request.number})`,
      blob: file.blob,
      entry: entry.digest,
      actedAt: at.toString(),
      bound,
    },
  });
  return made.id;
}

type Choice = Pick<ItemRow, "id" | "number" | "name" | "viewing_office">;

/** Items that could be delivered under a request, as choices: those of the request itself, of its case, and of the measures that carried it out. */
export async function deliverable(
  reader: Reader,
  request: { readonly id: string; readonly case_id: string | null },
): Promise<{ value: string; label: string }[]> {
  const { rows } = await sql<Kept<Choice>>`
    select i.id, i.number, i.words, i.name, i.viewing_office from item i
    where (i.request_id = ${request.id} or i.case_id = ${request.case_id} or i.request_id in (select id from request where parent_id = ${request.id}) or i.request_id is null and i.case_id is null)
      and i.state in ('kept', 'sealed') and ${reader.visible(itemSubject, { alias: "i" })}
    order by i.created_at desc limit 200`.execute(reader.db);
  return rows
    .map((row) => itemFor<Choice>(reader, row))
    .map(({ id, number, name }) => ({ value: id, label: `${number} ${name}` }));
}
