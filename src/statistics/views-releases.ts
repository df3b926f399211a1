import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { view } from "../kernel/view.ts";
import { PUBLIC } from "./dictionary.ts";
import { releaseSubject, type ReleaseRow } from "./release.ts";
import { districtsOf, type Line, linesOf } from "./views-public.ts";

/** Releases on one page of the list: five years. */
const LISTED_MAX = 60;

/** The releases that this reader may see, the newest first. */
export const releaseList = view({
  name: "release.list",
  path: "/releases",
  subject: releaseSubject,
  input: z.object({}),
  read: async (reader) => {
    const { rows } = await sql<ReleaseRow>`
      select * from statistics_release r where ${reader.visible(releaseSubject, { alias: "r" })}
      order by month desc limit ${sql.lit(LISTED_MAX)}`.execute(reader.db);
    return { items: rows.map(({ digest, ...row }) => ({ ...row, digest: digest.toString("hex") })) };
  },
});
export type ReleaseList = NonNullable<Awaited<ReturnType<typeof releaseList.read>>>;

/** A release as the office sees it before it goes out: exactly what the public will. */
export const releaseOne = view({
  name: "release.page",
  path: "/releases/:id",
  subject: releaseSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } = await sql<ReleaseRow>`
      select * from statistics_release r where r.id = ${id} and ${reader.visible(releaseSubject, { alias: "r" })}`.execute(
      reader.db,
    );
    const [row] = rows;
    if (!row) return undefined;
    const tables: { readonly id: string; readonly lines: readonly Line[] }[] = [];
    for (const indicator of PUBLIC.filter(({ id: name }) => name !== "category-by-month"))
      tables.push({ id: indicator.id, lines: await linesOf(reader.db, [row], indicator.table) });
    return { row, tables, districts: districtsOf(reader) };
  },
});
export type ReleaseFound = NonNullable<Awaited<ReturnType<typeof releaseOne.read>>>;

/** How many drafts wait to be published, for those who may see them. */
export async function draftsWaiting(reader: Parameters<typeof releaseList.read>[0]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from statistics_release r where state = 'draft' and ${reader.visible(releaseSubject, { alias: "r" })}`.execute(
    reader.db,
  );
  return rows[0]?.count ?? 0;
}
