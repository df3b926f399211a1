import { z } from "zod";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { WHOLE_LANGUAGES } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import { Download, view } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { unseal } from "../trust/seal.ts";
import { isPaper, paperDocument } from "./document-paper.ts";
import { keptPlace, requestDocument } from "./document.ts";
import { requestSubject } from "./request.ts";
import { find } from "./views.ts";
import { historyOf } from "./views-history.ts";

/** The document of a request as it was sent from this node, PDF; `undefined` where it was not. */
async function keptDocument(db: Database | Tx, { services }: Node, request: string): Promise<Buffer | undefined> {
  const { rows } = await sql<{
    document: Buffer;
  }>`select document from request_document where request = ${request}`.execute(db);
  return rows[0] && unseal(services.keys.seal, rows[0].document, keptPlace(request));
}

/** The request as a document: PDF, in one language; in English as it was sent, on the node that sent it. */
export const requestPdf = view({
  name: "request.document",
  path: "/requests/:id/document",
  subject: requestSubject,
  input: z.object({ id: z.uuid(), language: z.enum(WHOLE_LANGUAGES).default("en") }),
  read: async (reader, { id, language }) => {
    const row = await find(reader, id);
    if (!row) return undefined;
    const asSent = language === "en" ? await keptDocument(reader.db, reader.node, id) : undefined;
    const pdf = asSent ?? requestDocument(reader.node, { row, language, names: await peerNames(reader.db) }).pdf;
    return new Download(pdf, { type: "application/pdf", filename: `${row.number}-${language}.pdf`, inline: true });
  },
});

/** What was done to it, as a document of that act: PDF, in one language. `entry` is the digest of the act's entry, hex. */
export const requestPaper = view({
  name: "request.paper",
  path: "/requests/:id/papers/:entry",
  subject: requestSubject,
  input: z.object({ id: z.uuid(), entry: z.hash("sha256"), language: z.enum(WHOLE_LANGUAGES).default("en") }),
  read: async (reader, { id, entry, language }) => {
    const row = await find(reader, id);
    if (!row) return undefined;
    const line = (await historyOf(reader.db, reader.node, row)).find((each) => each.entry === entry);
    if (!line || !isPaper(line.act)) return undefined;
    const pdf = paperDocument(reader.node, { row, line, language, names: await peerNames(reader.db) });
    return new Download(pdf, {
      type: "application/pdf",
      filename: `${row.number}-${line.act}-${language}.pdf`,
      inline: true,
    });
  },
});
