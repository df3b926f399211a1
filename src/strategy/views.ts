import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { allowedOnNode } from "../kernel/reader.ts";
import { Download, view } from "../kernel/view.ts";
import { BRIEF_LANGUAGES, briefSubject, type BriefRow, type Facts } from "./brief.ts";
import { briefDocument } from "./document.ts";
import { factsOf } from "./views-facts.ts";

/** Briefs on the page: five years. */
const LISTED_MAX = 60;

/** A brief in the list, with the number that its trend is drawn from. */
export type BriefItem = Pick<BriefRow, "id" | "month" | "made_at"> & { readonly facts: Facts };

/** The briefs that this reader may see, the newest first. */
export const briefList = view({
  name: "brief.list",
  path: "/briefs",
  subject: briefSubject,
  input: z.object({}),
  read: async (reader) => {
    const { rows } = await sql<BriefItem>`
      select b.id, b.month, b.made_at, b.facts from strategy_brief b where ${reader.visible(briefSubject, { alias: "b" })}
      order by b.month desc limit ${sql.lit(LISTED_MAX)}`.execute(reader.db);
    return { items: rows, preview: allowedOnNode(reader.node, reader.actor, "brief.preview") };
  },
});
export type BriefList = NonNullable<Awaited<ReturnType<typeof briefList.read>>>;

const language = z.enum(BRIEF_LANGUAGES).default("en");
const named = (node: string, month: string, of: string) => `brief-${node}-${month}-${of}.pdf`;

/** A brief as it was made, in one language. */
export const briefFile = view({
  name: "brief.document",
  path: "/briefs/:id/document",
  subject: briefSubject,
  input: z.object({ id: z.uuid(), language }),
  read: async (reader, { id, language: of }) => {
    const { rows } = await sql<{ month: string; pdf: Buffer }>`
      select b.month, d.pdf from strategy_brief b join strategy_document d on d.brief_id = b.id and d.language = ${of}
      where b.id = ${id} and ${reader.visible(briefSubject, { alias: "b" })}`.execute(reader.db);
    const [found] = rows;
    return found
      ? new Download(found.pdf, {
          type: "application/pdf",
          filename: named(reader.node.code, found.month, of),
          inline: true,
        })
      : undefined;
  },
});

/** The brief of the month that runs, as far as it has come: a draft, kept nowhere. */
export const briefDraft = view({
  name: "brief.draft",
  path: "/brief-draft",
  gate: "brief.preview",
  input: z.object({ language }),
  read: async (reader, { language: of }) => {
    const month = reader.now.toZonedDateTimeISO(reader.node.config.zone).toPlainDate().toPlainYearMonth();
    const facts = await factsOf(reader.db, reader.node, month, reader.now);
    return facts
      ? new Download(briefDocument(reader.node, facts, of), {
          type: "application/pdf",
          filename: named(reader.node.code, `${facts.month}-draft`, of),
          inline: true,
        })
      : undefined;
  },
});
