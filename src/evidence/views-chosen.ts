import { sql } from "../kernel/database.ts";
import { type Chosen, CHOSEN_MAX } from "../kernel/many.ts";
import type { Reader } from "../kernel/view.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import { itemFor } from "./views-locked.ts";
import type { Kept } from "./words.ts";

/** An exhibit that was ticked in the list, named by its number. */
export type ChosenItem = Chosen & Pick<ItemRow, "number" | "description" | "viewing_office">;

/** The exhibits of those numbers that the reader may see, by number. */
export async function chosenOf(reader: Reader, numbers: readonly string[]): Promise<ChosenItem[]> {
  const { db, visible } = reader;
  if (numbers.length === 0) return [];
  const { rows } = await sql<
    Kept<ChosenItem>
  >`select i.id, i.number, i.number as name, i.state, i.words, i.description, i.viewing_office from item i
    where i.number = any(${[...numbers]}::text[]) and ${visible(itemSubject, { alias: "i" })} order by i.number limit ${sql.lit(CHOSEN_MAX)}`.execute(
    db,
  );
  return rows.map((row) => itemFor<ChosenItem>(reader, row));
}
