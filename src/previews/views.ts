import { z } from "zod";
import { holderOf, itemSubject, OPENING_MINUTES, openingActOf, openingOf } from "../evidence/slice.ts";
import { isMalformed, Refusal } from "../kernel/errors.ts";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { scanOf, type Scanned } from "../malware/slice.ts";
import { type Failure, type Look, readApart, type Source } from "../room/slice.ts";
import { type Held, heldBlob } from "../trust/vault-blobs.ts";

/** What an opened item looks like. */
export interface Preview {
  readonly item: { readonly id: string; readonly number: string; readonly name: string; readonly bytes: number };
  readonly opening: string;
  /** `undefined` where nothing could be seen. */
  readonly look?: Look;
  /** The picture drawn anew, PNG as a `data:` address. */
  readonly picture?: string;
  readonly failed?: Failure | "damaged";
  /** Malware that a scanner found in it, and whether it is shown all the same: then the reader opened it knowing of it. */
  readonly malware?: { readonly scan: Scanned; readonly shown: boolean; readonly opened: Temporal.Instant };
  readonly hex: boolean;
}

const input = z.object({
  id: z.uuid(),
  opening: z.uuid(),
  /** Page of a document or text, message of a mailbox. */
  page: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  /** Show the bytes themselves. */
  as: z.enum(["hex"]).optional(),
});

/** What a reader who has opened the item may see of it: read apart, by ranges, never as it came. */
export const previewView = view({
  name: "item.preview-file",
  path: "/items/:id/previews/:opening",
  subject: itemSubject,
  input,
  read: async (reader, { id, opening, page, as }): Promise<Preview | undefined> => {
    const row = await openingOf(reader, id, opening);
    if (!row) return undefined;
    const { node, actor, now } = reader;
    // What was sealed or shut after the opening is not read on.
    const decision = node.policy.decide({
      actor,
      action: openingActOf(row, "item.preview"),
      subject: itemSubject,
      id,
      row: { ...row },
      now,
    });
    if (!decision.allowed || row.state !== "kept")
      throw new Refusal("not-allowed", decision.reason ?? "item-no-longer-open", {
        policies: decision.policies,
        values: { act: "item.preview" },
      });
    const held = await heldBlob(node.db, node.services.vault, holderOf(id));
    if (!held) return undefined;
    const hex = as === "hex";
    const malware = await malwareIn(reader, id, opening);
    const item = { id, number: row.number, name: row.name, bytes: row.bytes };
    if (malware && !malware.shown) return { item, opening, hex, malware };
    const known = malware ? { malware } : {};
    const asked = { ask: "preview", name: row.name, hex, ...(page === undefined ? {} : { page }) } as const;
    try {
      const outcome = await readApart({ ...asked, source: sourceOf(held), hidden: [node.config.folder] });
      if ("failed" in outcome) return { item, opening, hex, ...known, failed: outcome.failed };
      const picture = outcome.picture && `data:image/png;base64,${outcome.picture.toString("base64")}`;
      return { item, opening, hex, look: outcome.answer as Look, ...known, ...(picture ? { picture } : {}) };
    } catch (error) {
      if (isMalformed(error)) return { item, opening, hex, ...known, failed: "damaged" };
      throw error;
    }
  },
});

/** What a scanner found in an item; what it found after the opening was not known to whoever opened it, so it is not shown. */
async function malwareIn({ db, node }: Reader, item: string, opening: string): Promise<Preview["malware"]> {
  const scan = await scanOf(db, node, item);
  if (scan?.state !== "found") return undefined;
  const { expires_at: ends } = await db
    .selectFrom("item_opening")
    .select("expires_at")
    .where("id", "=", opening)
    .executeTakeFirstOrThrow();
  const opened = ends.subtract({ minutes: OPENING_MINUTES });
  return { scan, opened, shown: Temporal.Instant.compare(scan.at, opened) <= 0 };
}

/** An opening that the reader may still use. */
export interface Opening {
  readonly id: string;
  readonly item: string;
  readonly expires_at: Temporal.Instant;
}
const OPENINGS_MAX = 5;

/** The reader's own openings of an item that last, the latest first. */
export async function openingsOf({ db, actor, now }: Reader, item: string): Promise<Opening[]> {
  if (actor.kind !== "officer") return [];
  return db
    .selectFrom("item_opening")
    .select(["id", "item", "expires_at"])
    .where("item", "=", item)
    .where("account", "=", actor.account)
    .where("expires_at", ">", now)
    .orderBy("expires_at", "desc")
    .limit(sql.lit(OPENINGS_MAX))
    .execute();
}

/** What the vault holds, by ranges. */
const sourceOf = (held: Held): Source => ({
  bytes: held.bytes,
  read: async (from, to) => {
    const pieces: Buffer[] = [];
    for await (const piece of held.read({ from, to })) pieces.push(piece);
    return Buffer.concat(pieces);
  },
});
