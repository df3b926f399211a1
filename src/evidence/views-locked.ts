import type { Reader } from "../kernel/view.ts";
import type { Tx } from "../kernel/database.ts";
import type { ItemRow } from "./item.ts";
import { type Kept, openedItem } from "./words.ts";

/** The digests of an item that has just been made. */
export interface ItemMade {
  readonly id: string;
  readonly sha256: string | null;
  readonly sha1: string | null;
  readonly md5: string | null;
}
declare module "../kernel/node.ts" {
  interface Services {
    /** Holds a new item against the sets of known files, in the transaction that makes it. */
    readonly itemMade?: (tx: Tx, item: ItemMade, now: Temporal.Instant) => Promise<void>;
  }
}

type Lockable = Pick<ItemRow, "name" | "media" | "description" | "viewing_office">;

/** True where an item is locked for the viewers of another office than the reader's: then its name tells nothing. */
export const isLockedFor = (
  { actor }: Pick<Reader, "actor">,
  { viewing_office }: Pick<ItemRow, "viewing_office">,
): boolean => viewing_office !== null && !(actor.kind === "officer" && actor.office.id === viewing_office);

/** An item as this reader may read it: of a locked one neither name, kind nor description. The one way in which views read rows. */
export function itemFor<Row extends Partial<Lockable> & Pick<Lockable, "viewing_office">>(
  reader: Pick<Reader, "actor" | "node" | "locale">,
  kept: Kept<Row>,
): Row {
  const row = openedItem<Row>(reader.node, kept);
  if (!isLockedFor(reader, row)) return row;
  const words = reader.node.translations.translate(reader.locale)("items.locked.name");
  return {
    ...row,
    ...("name" in row ? { name: words } : {}),
    ...("media" in row ? { media: "application/octet-stream" } : {}),
    ...("description" in row ? { description: words } : {}),
  };
}

const TELLING = new Set(["file", "media", "description"]);
/** The facts of a locked item's events without what tells what it is. */
export const factsFor = <Event extends { readonly facts: Readonly<Record<string, unknown>> }>(
  reader: Pick<Reader, "actor">,
  row: Pick<ItemRow, "viewing_office">,
  events: readonly Event[],
): Event[] =>
  isLockedFor(reader, row)
    ? events.map((event) => ({
        ...event,
        facts: Object.fromEntries(Object.entries(event.facts).filter(([name]) => !TELLING.has(name))),
      }))
    : [...events];
