import type { Context } from "../kernel/act.ts";
import { actsOn } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { newId } from "../kernel/receive.ts";
import { z } from "zod";
import { inLanguage, reportingOf } from "./law.ts";
import { ESCALATION, FIRST_RESPONSE, type ReportRow, reportSubject } from "./report.ts";
import { sealMessage } from "./told.ts";

const act = actsOn(reportSubject);
/** Several lines of an officer's or a reporter's own words. */
export const text = (max: number) => z.string().trim().min(1).max(max).meta({ control: "textarea" });
/** Why an officer does something. */
export const reason = text(2_000);

/** An officer has looked at it: the first answer is no longer owed, and it climbs no more. */
export async function answered(tx: Tx, row: ReportRow, now: Temporal.Instant): Promise<void> {
  await endDeadline(tx, { kind: reportSubject.name, id: row.id, rule: ESCALATION, now });
  if (row.responded_at) return;
  await tx
    .updateTable("report")
    .set({ responded_at: now, opened_at: row.opened_at ?? now, unopened_at: null })
    .where("id", "=", row.id)
    .execute();
  await endDeadline(tx, { kind: reportSubject.name, id: row.id, rule: FIRST_RESPONSE, now });
}

/** Writes a message between office and reporter, sealed to the report. */
export async function writeTo(
  tx: Tx,
  row: ReportRow,
  author: "office" | "reporter",
  body: string,
  { node, now }: Context,
): Promise<{ message: string }> {
  const message = newId();
  const sealed = sealMessage(node, row.id, message, body);
  await tx.insertInto("report_message").values({ id: message, report_id: row.id, at: now, author, sealed }).execute();
  return { message };
}

/** Words of a ready answer, in the language of the reporter. */
function fromTemplate(node: Node, code: string, language: string): string {
  const template = reportingOf(node).templates.find((each) => each.code === code);
  if (!template) throw invalid("template", "field-choice");
  return inLanguage(template.body, language);
}

/** Writes to the reporter: the officer's own words, or a ready answer, which each reporter gets in their own language. */
export const reply = act("reply", {
  input: z.strictObject({ template: z.string().max(40).optional(), body: text(10_000).optional() }),
  apply: async (tx, row, { template, body }, context) => {
    const words = body ?? (template ? fromTemplate(context.node, template, row.language) : undefined);
    if (words === undefined) throw invalid("body", "field-required");
    await answered(tx, row, context.now);
    return { ...(await writeTo(tx, row, "office", words, context)), ...(template ? { template } : {}) };
  },
});

/** Why a report is closed, in words that its reporter reads too. */
export const CLOSED = [
  "answered",
  "investigated",
  "no-offence",
  "not-enough",
  "duplicate",
  "elsewhere",
  "junk",
] as const;
export const close = act("close", {
  input: z.strictObject({ reason: z.enum(CLOSED), message: text(10_000).optional() }),
  apply: async (tx, row, { reason: why, message }, context) => {
    await tx.updateTable("report").set({ closed_reason: why }).where("id", "=", row.id).execute();
    await answered(tx, row, context.now);
    const written = message ? await writeTo(tx, row, "office", message, context) : {};
    return { reason: why, ...written };
  },
});

export const reopen = act("reopen", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, { settle }) => {
    await tx.updateTable("report").set({ closed_reason: null }).where("id", "=", row.id).execute();
    settle(row.case_id ? "in-case" : row.assignee ? "assigned" : "triaged");
    return { reason: why };
  },
});

/** Another authority is the right one: closed, with the words of its door sent to the reporter. */
export const redirect = act("redirect", {
  input: z.strictObject({ door: z.string().max(40), message: text(10_000).optional() }),
  apply: async (tx, row, { door: code, message }, context) => {
    const door = reportingOf(context.node).doors.find((each) => each.code === code);
    if (!door) throw invalid("door", "field-choice");
    const { language } = row;
    const words = message ?? `${inLanguage(door.name, language)}\n\n${inLanguage(door.how, language)}`;
    await tx.updateTable("report").set({ closed_reason: "elsewhere" }).where("id", "=", row.id).execute();
    await answered(tx, row, context.now);
    return { reason: "elsewhere", door: code, ...(await writeTo(tx, row, "office", words, context)) };
  },
});
