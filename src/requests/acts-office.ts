import { z } from "zod";
import type { Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { invalid } from "../kernel/errors.ts";
import { warningsFor } from "../access/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { TRANSLATION } from "./clocks.ts";
import type { RequestRow, Translation } from "./request.ts";

const line = (max: number) => z.string().trim().min(1).max(max);
const language = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z]{2,3}$/, "translation-language");

const saveTranslations = (tx: Tx, id: string, translations: readonly Translation[]) =>
  tx
    .updateTable("request")
    .set({ translations: JSON.stringify(translations) })
    .where("id", "=", id)
    .execute();
const openIn = ({ translations }: RequestRow) => translations.filter(({ received_at }) => received_at === undefined);

/** Orders a translation: from whom, into which language, by when. A clock of this office runs until it is here. */
export const translate = act("translate", {
  input: z.strictObject({ language, translator: line(300), due: z.iso.date() }),
  apply: async (tx, row, { language: into, translator, due }, context) => {
    const officer = officerOf(context);
    if (openIn(row).some((each) => each.language === into))
      throw invalid("language", "translation-ordered", { language: into });
    const dueAt = Temporal.PlainDate.from(due).add({ days: 1 }).toZonedDateTime(officer.office.zone).toInstant();
    if (Temporal.Instant.compare(dueAt, context.now) <= 0) throw invalid("due", "translation-due-past");
    const ordered: Translation = {
      language: into,
      translator,
      due,
      ordered_at: context.now.toString(),
      ordered_by: officer.name,
    };
    await saveTranslations(tx, row.id, [...row.translations, ordered]);
    await setDeadline(tx, {
      kind: "request",
      id: row.id,
      rule: TRANSLATION,
      startsAt: context.now,
      dueAt,
      warnings: warningsFor(context.node.services.country.pack.watch, TRANSLATION),
      detail: { zone: officer.office.zone },
    });
    return { language: into, translator, due };
  },
});

/** The translation is here. */
export const translated = act("translated", {
  input: z.strictObject({ language, remark: z.string().trim().max(1_000).optional().meta({ control: "textarea" }) }),
  apply: async (tx, row, { language: into, remark }, context) => {
    const officer = officerOf(context);
    if (!openIn(row).some((each) => each.language === into))
      throw invalid("language", "translation-not-ordered", { language: into });
    const received = { received_at: context.now.toString(), received_by: officer.name, ...(remark ? { remark } : {}) };
    const translations = row.translations.map((each) =>
      each.language === into && each.received_at === undefined ? { ...each, ...received } : each,
    );
    await saveTranslations(tx, row.id, translations);
    if (translations.every(({ received_at }) => received_at !== undefined))
      await endDeadline(tx, { kind: "request", id: row.id, rule: TRANSLATION, now: context.now });
    return { language: into, ...(remark ? { remark } : {}) };
  },
});

/**
 * Hands what came from abroad to an office here that carries it out, under its own law and with its own authorisation.
 *
 * @source CETS 185 Art. 25(4), Art. 27(2)
 */
export const assign = act("assign", {
  input: z.strictObject({ office: z.uuid() }),
  apply: async (tx, row, { office }) => {
    const found = await tx.selectFrom("office").select(["name", "kind"]).where("id", "=", office).executeTakeFirst();
    if (!found) throw invalid("office", "request-no-office");
    await tx
      .updateTable("request")
      .set({ assigned_office: office, assigned_name: found.name })
      .where("id", "=", row.id)
      .execute();
    return { office, office_name: found.name };
  },
});

/** Reminds whoever was asked. It asks for nothing new, and moves no clock. */
export const remind = act("remind", {
  input: z.strictObject({ text: z.string().trim().min(3).max(2_000).meta({ control: "textarea" }) }),
  apply: async (_tx, row, { text }, { tell }) => {
    tell({ to: row.peer, body: { text } });
    return { text };
  },
});

export const officeActs = [translate, translated, assign, remind] as const;
