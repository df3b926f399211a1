import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { Download, type Listed, type Reader, view } from "../kernel/view.ts";
import { requestSubject } from "../requests/slice.ts";
import { unseal } from "../trust/seal.ts";
import {
  type CorrespondentRow,
  correspondentSubject,
  letterPlace,
  type LetterRow,
  letterSubject,
} from "./correspondent.ts";

/** Everybody who runs no node. */
export const correspondentList = view({
  name: "correspondent.list",
  path: "/correspondents",
  subject: correspondentSubject,
  input: z.object({ q: z.string().trim().max(100).default("") }),
  read: async ({ db, visible }, { q }): Promise<Listed<CorrespondentRow>> => {
    const like = `%${q.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`;
    const { rows } = await sql<CorrespondentRow>`select * from correspondent where ${visible(correspondentSubject)}
      and (name ilike ${like} or code ilike ${like} or address ilike ${like}) order by (state = 'revoked'), name limit 500`.execute(
      db,
    );
    return { items: rows };
  },
});

/** One of them, with the names of the two people and the letters of late. */
export interface CorrespondentFound extends CorrespondentRow {
  readonly proposer: string | null;
  readonly confirmer: string | null;
  readonly letters: readonly LetterShown[];
}
/** A letter with the number of its request, where the reader may see that. */
export interface LetterShown extends LetterRow {
  readonly number: string | null;
  /** Name of the correspondent; its code, where that is no longer entered. */
  readonly peer_name: string;
  /** False where this node sends no e-mail, so that the document must be taken along otherwise. */
  readonly mailed: boolean;
}

const COLUMNS = sql`l.id, l.request_id, l.peer, l.act, l.state, l.at, l.changed_at, l.detail, exists (select 1 from mail m where m.once = 'letter:' || l.id) as mailed`;

/** Letters, the newest first, of one correspondent or about one request; only about requests that the reader may see. */
async function letters(
  { db, visible }: Reader,
  of: { readonly peer: string } | { readonly request: string } | { readonly id: string },
): Promise<LetterShown[]> {
  const which =
    "peer" in of
      ? sql`l.peer = ${of.peer}`
      : "request" in of
        ? sql`l.request_id = ${of.request}`
        : sql`l.id = ${of.id}`;
  const { rows } =
    await sql<LetterShown>`select ${COLUMNS}, r.number, coalesce((select name from correspondent where code = l.peer limit 1), l.peer) as peer_name from letter l join request r on r.id = l.request_id
    where ${which} and ${visible(letterSubject, { alias: "l" })} and ${visible(requestSubject, { alias: "r" })}
    order by l.at desc, l.id desc limit 100`.execute(db);
  return rows;
}

export const correspondentView = view({
  name: "correspondent.read",
  path: "/correspondents/:id",
  subject: correspondentSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<CorrespondentFound | undefined> => {
    const { rows } =
      await sql<CorrespondentFound>`select c.*, (select name from account where id = c.proposed_by) as proposer,
      (select name from account where id = c.confirmed_by) as confirmer from correspondent c
      where c.id = ${id} and ${reader.visible(correspondentSubject, { alias: "c" })}`.execute(reader.db);
    const [found] = rows;
    return found && { ...found, letters: await letters(reader, { peer: found.code }) };
  },
});

/** Letters about a request, for its page. */
export const lettersOf = (reader: Reader, request: string): Promise<LetterShown[]> => letters(reader, { request });

/** One letter: how far it has come. */
export const letterView = view({
  name: "letter.read",
  path: "/letters/:id",
  subject: letterSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<LetterShown | undefined> => (await letters(reader, { id }))[0],
});

/** The signed document of a letter, as it went. */
export const letterDocument = view({
  name: "letter.document",
  path: "/letters/:id/document",
  subject: letterSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const [letter] = await letters(reader, { id });
    if (!letter) return undefined;
    const { rows } = await sql<{ document: Buffer }>`select document from letter where id = ${id}`.execute(reader.db);
    const [kept] = rows;
    if (!kept) return undefined;
    const pdf = unseal(reader.node.services.keys.seal, kept.document, letterPlace(id));
    return new Download(pdf, { type: "application/pdf", filename: `${letter.number ?? id}.pdf`, inline: true });
  },
});
