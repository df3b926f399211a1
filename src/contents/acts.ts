import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  fields,
  holderOf,
  type ItemRow,
  type Kept,
  openedItem,
  itemSubject,
  LIFE,
  officerOf,
  OPENING_MINUTES,
} from "../evidence/slice.ts";
import { actsOn } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { isMalformed, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { CONTAINER_HEAD_BYTES, ewfOf, type Found, mayHold, readApart, segmentOf, type Source } from "../room/slice.ts";
import { seal } from "../trust/seal.ts";
import { type Held, heldBlob } from "../trust/vault-blobs.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);

/** Where what was found in an item is sealed to. */
export const foundPlace = (item: string): string => `item:${item}:contents`;

/** A container was read through by the node: what it states of itself, and what of it was the same here. */
export const inspect = act("inspect", {
  audience: "internal",
  input: z.custom<{ found: Found; files: number }>(),
  apply: async (tx, row, { found, files }, { node, now }) => {
    const { form, verdict, digests, findings } = found;
    const kept = seal(node.services.keys.seal, JSON.stringify(found), foundPlace(row.id));
    await tx
      .insertInto("item_contents")
      .values({ item: row.id, form, verdict, found: kept, at: now })
      .onConflict((conflict) => conflict.column("item").doUpdateSet({ form, verdict, found: kept, at: now }))
      .execute();
    await tx.updateTable("item").set({ inspected_at: now }).where("id", "=", row.id).execute();
    return asJson({
      container: form,
      verdict,
      ...(files > 1 ? { files_read: files } : {}),
      ...(digests.length === 0 ? {} : { inner_digests: digests.slice(0, 20) }),
      ...(findings.length === 0 ? {} : { findings: findings.slice(0, 20) }),
    });
  },
});

/** Reading the list of what a folder holds. It says why, and gives an address that is good for this officer, for a while. */
export const browse = act("browse", {
  input: z.strictObject({ purpose: fields.line(500) }),
  apply: async (tx, row, { purpose }, context) => {
    const { account } = officerOf(context);
    const inside = await tx.selectFrom("item_contents").select("form").where("item", "=", row.id).executeTakeFirst();
    if (inside?.form !== "folder") throw new Refusal("wrong-state", "browse-no-folder");
    const id = randomUUID();
    const expires_at = context.now.add({ minutes: OPENING_MINUTES });
    await tx
      .insertInto("item_opening")
      .values({ id, item: row.id, account, expires_at, preview_only: false })
      .execute();
    context.answer({ contents: `/items/${row.id}/contents/${id}`, expires_in_minutes: OPENING_MINUTES });
    return { digest: row.digest, purpose };
  },
});

export const contentsActs = [inspect, browse] as const;

/** What the vault holds, by ranges. */
export const sourceOf = (held: Pick<Held, "bytes" | "read">): Source => ({
  bytes: held.bytes,
  read: async (from, to) => {
    const pieces: Buffer[] = [];
    const end = Math.min(to, held.bytes);
    if (from < end) for await (const piece of held.read({ from, to: end })) pieces.push(piece);
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  },
});

const AT_ONCE = 20;
/** Files of one image, most. */
const SEGMENTS_MAX = 2_000;
/** Processor time for a reading: what starts it, and one second for so many bytes. */
const SECONDS_MIN = 120;
const BYTES_A_SECOND = 10_000_000;

/** Looks into every item once: whether it is a container, and whether what it states of its contents is so. */
export const inspectItems: Job = {
  name: "item-contents",
  everySeconds: 10,
  run: async (node) => {
    for (;;) {
      const { rows } = await sql<
        Kept<ItemRow>
      >`select * from item where inspected_at is null order by id limit ${sql.lit(AT_ONCE)}`.execute(node.db);
      for (const row of rows) await inspectItem(node, openedItem<ItemRow>(node, row));
      if (rows.length < AT_ONCE) return;
    }
  },
};

const done = async (node: Node, item: string): Promise<void> => {
  await node.db.updateTable("item").set({ inspected_at: node.clock() }).where("id", "=", item).execute();
};

async function inspectItem(node: Node, row: ItemRow): Promise<void> {
  const held = await heldBlob(node.db, node.services.vault, holderOf(row.id));
  if (!held || !LIFE.inspect.from.includes(row.state)) return done(node, row.id);
  try {
    const source = sourceOf(held);
    const head = await source.read(0, Math.min(CONTAINER_HEAD_BYTES, source.bytes));
    if (!mayHold(head, source.bytes)) return await done(node, row.id);
    const files = ewfOf(head) === "ewf" ? await segmentsOf(node, row, { head, source }) : [source];
    const found = await foundIn(node, files);
    if (!found) return await done(node, row.id);
    await perform({
      node,
      actor: system("inspector"),
      act: inspect,
      id: row.id,
      input: { found, files: files.length },
    });
  } catch (error) {
    if (!isMalformed(error)) throw error;
    // The store does not hold what was stored: the scrubber raises that; there is nothing to be found inside.
    node.log.error({ err: error, item: row.id }, "the bytes of an item could not be read to look into it");
    await done(node, row.id);
  }
}

/** Reads the files of a container apart. `undefined` where it is none. */
async function foundIn(node: Node, files: readonly Source[]): Promise<Found | undefined> {
  const parts = files.map(({ bytes }) => bytes);
  const source = joined(files);
  const seconds = SECONDS_MIN + Math.ceil(source.bytes / BYTES_A_SECOND);
  const outcome = await readApart({
    ask: "container",
    parts,
    source,
    hidden: [node.config.folder],
    seconds,
    isLong: true,
  });
  if (!("failed" in outcome)) return (outcome.answer as Found | null) ?? undefined;
  const [first] = files;
  const head = first ? await first.read(0, CONTAINER_HEAD_BYTES) : Buffer.alloc(0);
  const form = ewfOf(head) ?? (head.subarray(0, 2).toString() === "PK" ? undefined : "folder");
  // An archive that is none of the forms, and that nobody can read, is an archive like any other.
  if (!form) return undefined;
  return {
    form,
    verdict: "unproved",
    mediaBytes: null,
    facts: [],
    digests: [],
    findings: [{ key: `room-${outcome.failed}` }],
  };
}

/** Files one behind the other. */
function joined(files: readonly Source[]): Source {
  const [only] = files;
  if (files.length === 1 && only) return only;
  const starts: number[] = [];
  let bytes = 0;
  for (const file of files) {
    starts.push(bytes);
    bytes += file.bytes;
  }
  return {
    bytes,
    read: async (from, to) => {
      const pieces: Buffer[] = [];
      for (const [index, file] of files.entries()) {
        const start = starts[index] ?? 0;
        const [first, last] = [Math.max(from - start, 0), Math.min(to - start, file.bytes)];
        if (first < last) pieces.push(await file.read(first, last));
      }
      return Buffer.concat(pieces);
    },
  };
}

/** `E01`, `E02`, … `E99`, `EAA`, `EAB`, …: the extension of segment `number`, in capitals. @source libewf “Segment file extensions” */
export function segmentName(number: number): string {
  if (number < 100) return `E${`${number}`.padStart(2, "0")}`;
  const letters = number - 100;
  const letter = (value: number) => String.fromCodePoint(65 + value);
  return `${letter(4 + Math.floor(letters / 676))}${letter(Math.floor(letters / 26) % 26)}${letter(letters % 26)}`;
}

/** The files of an image that lie in the same case or request, in their order. Whoever brings a later one has the first looked into again. */
async function segmentsOf(
  node: Node,
  row: ItemRow,
  { head, source }: { readonly head: Buffer; readonly source: Source },
): Promise<Source[]> {
  const [, base, extension] = /^(.*)\.([^.]+)$/.exec(row.name) ?? [];
  if (base === undefined || extension === undefined || (row.case_id === null && row.request_id === null))
    return [source];
  const { rows } = await sql<Kept<ItemRow>>`select * from item where id <> ${row.id} and disposed_at is null
    and ${row.case_id === null ? sql`request_id = ${row.request_id}` : sql`case_id = ${row.case_id}`}
    order by id limit ${sql.lit(SEGMENTS_MAX * 2)}`.execute(node.db);
  const others = new Map(
    rows.map((each) => openedItem<ItemRow>(node, each)).map((each) => [each.name.toUpperCase(), each]),
  );
  const named = (number: number) => others.get(`${base}.${segmentName(number)}`.toUpperCase());
  if (segmentOf(head) !== 1) {
    const first = named(1);
    if (first) await node.db.updateTable("item").set({ inspected_at: null }).where("id", "=", first.id).execute();
    return [source];
  }
  const files = [source];
  for (let number = 2; number <= SEGMENTS_MAX; number += 1) {
    const next = named(number);
    const held = next && (await heldBlob(node.db, node.services.vault, holderOf(next.id)));
    if (!held) break;
    files.push(sourceOf(held));
  }
  return files;
}
