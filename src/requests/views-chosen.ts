import { sql } from "../kernel/database.ts";
import { CHOSEN_MAX, type Chosen } from "../kernel/many.ts";
import type { Reader } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { type RequestRow, requestSubject } from "./request.ts";

/** A request that was ticked in the list: its box bears the id, as two sides may use one number. */
export interface ChosenRequest extends Chosen {
  readonly number: string;
  readonly measure: RequestRow["measure"];
  readonly peer_name: string;
}

/** Those that the reader may see, the newest first. */
export async function chosenOf(reader: Reader, ids: readonly string[]): Promise<ChosenRequest[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<
    Omit<ChosenRequest, "peer_name"> & { peer: string }
  >`select r.id, r.id::text as name, r.number, r.measure, r.peer, r.state from request r
    where r.id::text = any(${[...ids]}::text[]) and ${reader.visible(requestSubject, { alias: "r" })}
    order by r.created_at desc, r.id desc limit ${sql.lit(CHOSEN_MAX)}`.execute(reader.db);
  const names = await peerNames(reader.db);
  return rows.map(({ peer, ...row }) => ({ ...row, peer_name: names.get(peer) ?? peer }));
}

/** Offices here that carry out measures, as choices. */
export async function officeChoices({ db }: Pick<Reader, "db">): Promise<{ value: string; label: string }[]> {
  const rows = await db
    .selectFrom("office")
    .select(["id", "name"])
    .where("kind", "in", ["police", "prosecution", "contact-point", "central-authority", "provider"])
    .orderBy("name")
    .limit(500)
    .execute();
  return rows.map(({ id, name }) => ({ value: id, label: name }));
}
