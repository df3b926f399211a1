import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { Download, type Reader, view } from "../kernel/view.ts";
import { type RequestRow, requestSubject } from "../requests/slice.ts";
import { unseal } from "../trust/seal.ts";
import { documentPlace, type NoticeRow, noticeSubject, type Person, personPlace } from "./notice.ts";

/** A notice with the number of its request, who prepared it, and how far its e-mail came. */
export interface NoticeShown extends NoticeRow {
  readonly number: string;
  readonly preparer: string | null;
  /** `null` where it goes by another way, or has not gone. */
  readonly mail: "queued" | "handed" | "failed" | null;
}

async function find(
  { db, visible }: Reader,
  of: { readonly request: string } | { readonly id: string },
): Promise<NoticeShown[]> {
  const which = "request" in of ? sql`n.request_id = ${of.request}` : sql`n.id = ${of.id}`;
  const { rows } = await sql<NoticeShown>`
    select n.id, n.request_id, n.office, n.state, n.way, n.language, n.prepared_by, n.prepared_at, n.sent_at, n.sent_by, n.reference, n.ended_on, n.ended_by, n.proof,
      r.number, (select name from account where id = n.prepared_by) as preparer,
      (select case when m.failed_at is not null then 'failed' when m.sent_at is not null then 'handed' else 'queued' end from mail m where m.once = 'notice:' || n.id) as mail
    from notice n join request r on r.id = n.request_id
    where ${which} and ${visible(noticeSubject, { alias: "n" })} and ${visible(requestSubject, { alias: "r" })}
    order by n.prepared_at desc, n.id desc limit 100`.execute(db);
  return rows;
}

/** What the page of a request shows of telling the person concerned; `undefined` where nobody is to be told. */
export interface Telling {
  readonly request: Pick<RequestRow, "id" | "notification">;
  readonly notices: readonly NoticeShown[];
}
export async function tellingOf(reader: Reader, id: string): Promise<Telling | undefined> {
  const { rows } = await sql<Telling["request"]>`select id, notification from request r
    where id = ${id} and side = 'sender' and notification is not null and ${reader.visible(requestSubject, { alias: "r" })}`.execute(
    reader.db,
  );
  const [request] = rows;
  return request && { request, notices: await find(reader, { request: id }) };
}

/** One notice, with the person in clear. */
export const noticeView = view({
  name: "notice.read",
  path: "/notices/:id",
  subject: noticeSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<(NoticeShown & { readonly person: Person }) | undefined> => {
    const [found] = await find(reader, { id });
    if (!found) return undefined;
    const { rows } = await sql<{ person: Buffer }>`select person from notice where id = ${id}`.execute(reader.db);
    const sealed = rows[0]?.person;
    if (!sealed) return undefined;
    const person = JSON.parse(unseal(reader.node.services.keys.seal, sealed, personPlace(id)).toString()) as Person;
    return { ...found, person };
  },
});

/** The signed document of a notice, as it goes: to print, or to read what went. */
export const noticePdf = view({
  name: "notice.document",
  path: "/notices/:id/document",
  subject: noticeSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const [found] = await find(reader, { id });
    if (!found) return undefined;
    const { rows } = await sql<{ document: Buffer }>`select document from notice where id = ${id}`.execute(reader.db);
    const sealed = rows[0]?.document;
    if (!sealed) return undefined;
    const pdf = unseal(reader.node.services.keys.seal, sealed, documentPlace(id));
    return new Download(pdf, { type: "application/pdf", filename: `${found.number}-notice.pdf`, inline: true });
  },
});
