import { sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import { itemFor } from "./views-locked.ts";
import type { Kept } from "./words.ts";

/** An item that was ticked. */
export type Chosen = Pick<ItemRow, "id" | "number" | "description" | "state" | "viewing_office">;

/** The items of those numbers that the reader may see, by number. */
export async function chosenOf(reader: Reader, numbers: readonly string[]): Promise<Chosen[]> {
  const { db, visible } = reader;
  if (numbers.length === 0) return [];
  const { rows } = await sql<
    Kept<Chosen>
  >`select i.id, i.number, i.state, i.words, i.description, i.viewing_office from item i
    where i.number = any(${[...numbers]}::text[]) and ${visible(itemSubject, { alias: "i" })} order by i.number`.execute(
    db,
  );
  return rows.map((row) => itemFor<Chosen>(reader, row));
}
