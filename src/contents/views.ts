import { z } from "zod";
import { holderOf, type ItemRow, itemSubject, openingOf } from "../evidence/slice.ts";
import { Refusal } from "../kernel/errors.ts";
import { type Reader, view } from "../kernel/view.ts";
import {
  entryOf,
  FOLDER_HEAD_BYTES,
  folderHead,
  type Found,
  listLines,
  type Source,
  summaryOf,
} from "../room/slice.ts";
import { unseal } from "../trust/seal.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { foundPlace, sourceOf } from "./acts.ts";

/** What was found in an item, for its page; and the reader's openings of it that give its list. */
export interface Inside {
  readonly found: Found;
  readonly at: Temporal.Instant;
  readonly openings: readonly string[];
}

/** `undefined` where the item is no container, or was not looked into yet. */
export async function insideOf({ node, db, actor, now }: Reader, item: string): Promise<Inside | undefined> {
  const row = await db.selectFrom("item_contents").select(["found", "at"]).where("item", "=", item).executeTakeFirst();
  if (!row) return undefined;
  const found = JSON.parse(unseal(node.services.keys.seal, row.found, foundPlace(item)).toString()) as Found;
  const openings =
    found.form === "folder" && actor.kind === "officer"
      ? await db
          .selectFrom("item_opening")
          .select("id")
          .where("item", "=", item)
          .where("account", "=", actor.account)
          .where("expires_at", ">", now)
          .where("preview_only", "=", false)
          .orderBy("expires_at", "desc")
          .limit(1)
          .execute()
      : [];
  return { found, at: row.at, openings: openings.map(({ id }) => id) };
}

/** The same as JSON. */
export const insideView = view({
  name: "item.inside",
  path: "/items/:id/inside",
  subject: itemSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const rows = await reader.db
      .selectFrom("item as i")
      .select("i.id")
      .where("i.id", "=", id)
      .where(reader.visible(itemSubject, { alias: "i" }))
      .execute();
    const inside = rows.length === 0 ? undefined : await insideOf(reader, id);
    return inside && { item: id, at: inside.at, ...inside.found };
  },
});

/** One file, folder or link of a folder, as its list says. */
export interface ContentLine {
  /** Where its line stands: the address of one file. */
  readonly line: number;
  readonly path: string;
  readonly type: "file" | "folder" | "link" | "other";
  readonly size: number;
  readonly mtime: string;
  readonly mode: string;
  readonly to?: string;
  readonly md5?: string;
  readonly sha1?: string;
  readonly sha256?: string;
  /** How reading it went: `whole`, `grown`, `short`, `other`, `error`; and why it could not be read at all. */
  readonly read?: string;
  readonly error?: string;
}
export interface Contents {
  readonly item: Pick<ItemRow, "id" | "number" | "description">;
  readonly opening: string;
  readonly name: string;
  readonly files: number;
  readonly folders: number;
  readonly others: number;
  readonly troubled: number;
  readonly bytes: number;
  readonly lines: readonly ContentLine[];
  /** Where the next page begins. */
  readonly next?: number;
  /** True where the search stopped for now: there may be more after `next`. */
  readonly unfinished: boolean;
  readonly q: string;
  readonly only?: "troubled" | undefined;
  readonly cursor?: number | undefined;
}

const input = z.object({
  id: z.uuid(),
  opening: z.uuid(),
  /** Part of a path, or a digest. */
  q: z.string().max(200).default(""),
  only: z.enum(["troubled"]).optional(),
  cursor: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Bytes of the list that one page of a search goes through, at most: some half a million files. */
const SEARCHED_BYTES_MAX = 134_217_728;

/** An opened folder's bytes, for whoever opened it and still may. */
async function opened(
  reader: Reader,
  id: string,
  opening: string,
): Promise<{ row: ItemRow; source: Source } | undefined> {
  const row = await openingOf(reader, id, opening, "bytes");
  if (!row) return undefined;
  const { node, actor, now } = reader;
  const decision = node.policy.decide({ actor, action: "item.browse", subject: itemSubject, id, row: { ...row }, now });
  if (!decision.allowed || row.state !== "kept")
    throw new Refusal("not-allowed", decision.reason ?? "item-no-longer-open", {
      policies: decision.policies,
      values: { act: "item.browse" },
    });
  const held = await heldBlob(node.db, node.services.vault, holderOf(id));
  return held && { row, source: sourceOf(held) };
}

const headOf = async (source: Source) =>
  folderHead(await source.read(0, Math.min(FOLDER_HEAD_BYTES, source.bytes)), source.bytes);

/** The list of what a folder holds: read line by line where it lies, never the files. */
export const contentsView = view({
  name: "item.contents",
  path: "/items/:id/contents/:opening",
  subject: itemSubject,
  input,
  read: async (reader, { id, opening, q, only, cursor, limit }): Promise<Contents | undefined> => {
    const found = await opened(reader, id, opening);
    const head = found && (await headOf(found.source));
    if (!found || !head) return undefined;
    const { row, source } = found;
    const summary = await summaryOf(source, head);
    const from = Math.max(head.index.at, Math.min(cursor ?? 0, head.index.at + head.index.bytes));
    const words = q.trim().toLowerCase();
    const lines: ContentLine[] = [];
    let next: number | undefined;
    let unfinished = false;
    for await (const line of listLines(source, head, from)) {
      if (lines.length === limit || line.at - from > SEARCHED_BYTES_MAX) {
        next = line.at;
        unfinished = lines.length < limit;
        break;
      }
      const entry = entryOf(line.bytes);
      if (!entry) break;
      const { path, type, size, mtime, mode, to, md5, sha1, sha256, read, error } = entry;
      if (only && error === undefined && (read ?? "whole") === "whole") continue;
      if (words !== "" && !path.toLowerCase().includes(words) && ![md5, sha1, sha256].includes(words)) continue;
      lines.push({
        line: line.at,
        path,
        type,
        size,
        mtime,
        mode,
        ...(to === undefined ? {} : { to }),
        ...(md5 && sha1 && sha256 ? { md5, sha1, sha256 } : {}),
        ...(read === undefined ? {} : { read }),
        ...(error === undefined ? {} : { error }),
      });
    }
    const { files = 0, folders = 0, links = 0, others = 0, troubled = 0 } = summary ?? {};
    return {
      item: { id: row.id, number: row.number, description: row.description },
      opening,
      name: head.name,
      files,
      folders,
      others: links + others,
      troubled,
      bytes: head.bytes,
      lines,
      unfinished,
      q: q.trim(),
      ...(next === undefined ? {} : { next }),
      only,
      cursor,
    };
  },
});

/** One file out of a folder: its bytes, for whoever opened it. */
export async function fileOf(
  reader: Reader,
  { id, opening, line }: { readonly id: string; readonly opening: string; readonly line: number },
): Promise<{ name: string; bytes: number; read: () => AsyncGenerator<Buffer>; sha256: string } | undefined> {
  const found = await opened(reader, id, opening);
  const head = found && (await headOf(found.source));
  if (!found || !head || line < head.index.at || line >= head.index.at + head.index.bytes) return undefined;
  for await (const { bytes } of listLines(found.source, head, line)) {
    const entry = entryOf(bytes);
    const { at, stored } = entry ?? {};
    if (!entry || at === undefined || stored === undefined || at + stored > head.index.at) return undefined;
    const { source } = found;
    const STEP = 1_048_576;
    return {
      name: entry.path.split("/").at(-1) ?? "file",
      bytes: stored,
      sha256: entry.sha256 ?? "",
      read: async function* () {
        for (let from = at; from < at + stored; from += STEP)
          yield await source.read(from, Math.min(from + STEP, at + stored));
      },
    };
  }
  return undefined;
}
