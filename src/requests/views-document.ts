import { z } from "zod";
import { WHOLE_LANGUAGES } from "../kernel/i18n.ts";
import { Download, view } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { isPaper, paperDocument } from "./document-paper.ts";
import { requestDocument } from "./document.ts";
import { keptDocument } from "./messages-document.ts";
import { requestSubject } from "./request.ts";
import { find } from "./views.ts";
import { historyOf } from "./views-history.ts";

/** The request as a document: PDF, in one language; in English as it was sent, where this node holds that. */
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
