import { z } from "zod";
import { sql } from "../kernel/database.ts";
import type { FieldError } from "../kernel/errors.ts";
import { type Reader, view } from "../kernel/view.ts";
import type { Template } from "../access/slice.ts";
import { peerNames } from "../exchange/slice.ts";
import { highest, type MeasureCode } from "../law/slice.ts";
import { type Held, holdersOf } from "./directory.ts";
import { lawToday } from "./law-today.ts";
import { type Draft, type RequestRow, requestSubject } from "./request.ts";
import { missingSafeguards } from "./safeguards.ts";
import { missing } from "./substance.ts";
import { historyOf } from "./views-history.ts";

const REFUSALS_MAX = 6;

/** A request for the same measure that was refused before, and why. */
export interface RefusedBefore {
  readonly id: string;
  readonly number: string;
  readonly peer_name: string;
  readonly ground: string;
  readonly reasons: string;
  readonly at: string;
}

/** What those asked refused before for this measure, the newest first: of one peer where it is named, of all else. */
export async function refusedBefore(
  reader: Reader,
  { measure, peer }: { readonly measure: MeasureCode; readonly peer?: string | undefined },
): Promise<RefusedBefore[]> {
  const { db, node, visible } = reader;
  const { rows } =
    await sql<RequestRow>`select * from request r where r.side = 'sender' and r.state in ('refused', 'closed') and r.refusal_ground is not null
    and r.measure = ${measure} ${peer ? sql`and r.peer = ${peer}` : sql``} and ${visible(requestSubject, { alias: "r" })}
    order by r.created_at desc limit ${sql.lit(REFUSALS_MAX)}`.execute(db);
  const names = await peerNames(db);
  return Promise.all(
    rows.map(async (row) => {
      const line = (await historyOf(db, node, row)).findLast(({ act }) => act === "refuse");
      return {
        id: row.id,
        number: row.number,
        peer_name: names.get(row.peer) ?? row.peer,
        ground: row.refusal_ground ?? "",
        reasons: String(line?.said?.["reasons"] ?? ""),
        at: line?.at ?? "",
      };
    }),
  );
}

/** What helps whoever drafts: what is still missing, who holds the data, what was refused before, texts to start from. */
export interface Help {
  readonly missing: readonly FieldError[];
  readonly holders: readonly Held[];
  readonly refused: readonly RefusedBefore[];
  readonly templates: readonly Template[];
}

/** The help for a draft as far as it goes. */
export async function helpFor(reader: Reader, draft: Draft): Promise<Help> {
  const { pack, day } = lawToday(reader);
  const { directory, templates } = pack.requests;
  const reached = { ...draft, data_category: highest(draft.data.map(({ category }) => category)) };
  return {
    missing: [
      ...missing({ ...draft, particulars: draft.particulars as RequestRow["particulars"] }),
      ...missingSafeguards(pack, reached, day),
    ],
    holders: holdersOf(
      directory,
      draft.data.flatMap(({ identifiers }) => identifiers),
    ),
    refused: await refusedBefore(reader, { measure: draft.measure, peer: draft.to || undefined }),
    templates: templates.filter(({ measures }) => measures.includes(draft.measure)),
  };
}

/** A request as the next one starts from it; nothing where the reader may not see it. */
export async function knownOf({ db, visible }: Reader, id: unknown): Promise<RequestRow | undefined> {
  if (!z.uuid().safeParse(id).success) return undefined;
  const { rows } =
    await sql<RequestRow>`select * from request r where r.id = ${String(id)} and ${visible(requestSubject, { alias: "r" })}`.execute(
      db,
    );
  return rows[0];
}

/** The measure here that carried out what an incoming request follows: the next one at home follows that. */
export async function ownBefore(
  { db, visible }: Reader,
  { follows_id }: Pick<RequestRow, "follows_id">,
): Promise<Pick<RequestRow, "number" | "peer"> | undefined> {
  const { rows } = await sql<
    Pick<RequestRow, "number" | "peer">
  >`select r.number, r.peer from request r where r.parent_id = ${follows_id} and r.side = 'sender'
    and r.state in ('executed', 'partly-executed', 'executing', 'accepted') and ${visible(requestSubject, { alias: "r" })} order by r.created_at desc limit 1`.execute(
    db,
  );
  return rows[0];
}

/** Who holds the data of an identifier: the country's directory, searched or whole. */
export const directoryView = view({
  name: "directory.find",
  path: "/directory",
  subject: requestSubject,
  input: z.object({ q: z.string().trim().max(300).optional() }),
  read: async ({ node, db }, { q }) => {
    const { directory } = node.services.country.pack.requests;
    const names = await peerNames(db);
    const found = q ? holdersOf(directory, [q]).map(({ holder }) => holder) : [];
    const words = (q ?? "").toLowerCase();
    const named = q ? directory.filter(({ name }) => name.toLowerCase().includes(words)) : directory;
    return {
      q: q ?? "",
      items: [...new Set([...found, ...named])].map((holder) => ({
        ...holder,
        is_peer: holder.peer !== undefined && names.has(holder.peer),
      })),
    };
  },
});
