import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { OnDue } from "../kernel/slice.ts";
import { reportSubject } from "../reports/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { eraseReport } from "./acts-erase.ts";
import {
  answerPlace,
  type DataRequestRow,
  dataRequestSubject,
  dueOf,
  GROUNDS,
  KINDS,
  LIFE,
  MONTH,
  wordsPlace,
  wordsSchema,
} from "./data-request.ts";

const act = actsOn<DataRequestRow, keyof typeof LIFE>(dataRequestSubject);
const long = z.string().trim().min(1).max(4_000).meta({ control: "textarea" });

/** What somebody asked, and what they were answered; empty where it was erased. */
export const wordsIn = ({ services }: Node, { id, words }: Pick<DataRequestRow, "id" | "words">): string =>
  words ? unseal(services.keys.seal, words, wordsPlace(id)).toString() : "";
export const answerIn = ({ services }: Node, { id, answer }: Pick<DataRequestRow, "id" | "answer">): string =>
  answer ? unseal(services.keys.seal, answer, answerPlace(id)).toString() : "";

interface Asked {
  readonly report: { readonly id: string; readonly reference: string };
  readonly kind: (typeof KINDS)[number];
  readonly words: string | undefined;
  /** The day it came, where it came by post. */
  readonly at: Temporal.Instant;
}

/** Takes a request down, and starts the month. One of each kind at a time: a second while the first waits says nothing new. */
async function take(tx: Tx, { report, kind, words, at }: Asked, { node, id, now }: Context) {
  const waiting = await tx
    .selectFrom("data_request")
    .select("number")
    .where("report_id", "=", report.id)
    .where("kind", "=", kind)
    .where("state", "=", "lodged")
    .executeTakeFirst();
  if (waiting) throw new Refusal("conflict", "data-request-waits", { values: { number: waiting.number } });
  const { rows } = await sql<{ next: number }>`select nextval('data_request_number') as next`.execute(tx);
  const number = `D-${now.toZonedDateTimeISO(node.config.zone).year}-${String(rows[0]?.next ?? 0).padStart(6, "0")}`;
  const due = dueOf(at, node.config.zone);
  await tx
    .insertInto("data_request")
    .values({
      id,
      number,
      state: "lodged",
      kind,
      report_id: report.id,
      reference: report.reference,
      words: words === undefined ? null : seal(node.services.keys.seal, words, wordsPlace(id)),
      asked_at: at,
      due_at: due,
    })
    .execute();
  await setDeadline(tx, { kind: dataRequestSubject.name, id, rule: MONTH, startsAt: at, dueAt: due });
  return { number, kind, reference: report.reference, due: due.toString() };
}

interface Of {
  readonly id: string;
  readonly reference: string;
}

/** The holder of the code asks, on the portal. @source CETS 108 Art. 9 */
export const ask = creates(dataRequestSubject, "ask", {
  audience: "internal",
  under: reportSubject,
  state: "lodged",
  basis: ["CETS 108 Art. 9"],
  input: z.strictObject({ kind: z.enum(KINDS), words: wordsSchema.optional() }),
  attributes: ({ kind }, { under }: { readonly under: Of }) => ({ kind, report_id: under.id }),
  apply: (tx, report: Of, { kind, words }, context) => take(tx, { report, kind, words, at: context.now }, context),
});

/** What came by post or in person is written down by the data-protection officer; the month runs from the day it came. */
export const record = creates(dataRequestSubject, "record", {
  state: "lodged",
  basis: ["CETS 108 Art. 9"],
  input: z.strictObject({
    reference: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^R-[0-9A-Z]{5}-[0-9A-Z]{5}$/, "report-reference-form"),
    kind: z.enum(KINDS),
    came: z.iso.date().optional(),
    words: long.optional(),
  }),
  attributes: ({ kind }) => ({ kind }),
  apply: async (tx, _under, { reference, kind, came, words }, context) => {
    const report = await tx
      .selectFrom("report")
      .select(["id", "reference"])
      .where("reference", "=", reference)
      .executeTakeFirst();
    if (!report) throw invalid("reference", "report-no-such-reference");
    const { zone } = context.node.config;
    const at = came === undefined ? context.now : Temporal.PlainDate.from(came).toZonedDateTime(zone).toInstant();
    if (Temporal.Instant.compare(at, context.now) > 0) throw invalid("came", "data-request-to-come");
    return take(tx, { report, kind, words, at }, context);
  },
});

async function decided(
  tx: Tx,
  row: DataRequestRow,
  { answer, ground = null }: { readonly answer: string; readonly ground?: string | null },
  { node, actor, now }: Context,
): Promise<void> {
  await tx
    .updateTable("data_request")
    .set({
      decided_at: now,
      decided_by: actor.kind === "officer" ? `${actor.name}, ${actor.office.name}` : null,
      ground,
      answer: seal(node.services.keys.seal, answer, answerPlace(row.id)),
    })
    .where("id", "=", row.id)
    .execute();
  await endDeadline(tx, { kind: dataRequestSubject.name, id: row.id, now });
}

/** The request is met. An erasure that is granted is carried out in the same moment, or refused with the reason why it cannot be. */
export const grant = act("grant", {
  stepUp: true,
  basis: ["CETS 108 Art. 9"],
  input: z.strictObject({ answer: long }),
  apply: async (tx, row, { answer }, context) => {
    const { node, now } = context;
    if (row.kind === "erasure") {
      try {
        const input = { by: "request" as const, request: row.number };
        await performIn(tx, { node, actor: system("data-request"), act: eraseReport, id: row.report_id, input, now });
      } catch (error) {
        if (error instanceof Refusal && error.code === "wrong-state") throw new Refusal("conflict", "erase-open");
        throw error;
      }
    }
    await decided(tx, row, { answer }, context);
    return { kind: row.kind, reference: row.reference };
  },
});

export const refuse = act("refuse", {
  stepUp: true,
  basis: ["CETS 108 Art. 11"],
  input: z.strictObject({ ground: z.enum(GROUNDS), answer: long }),
  apply: async (tx, row, { ground, answer }, context) => {
    await decided(tx, row, { ground, answer }, context);
    return { ground, kind: row.kind, reference: row.reference };
  },
});

/** The month is over and nobody has decided: one entry in the journal. */
const overdue = act("overdue", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (_tx, row) => ({ kind: row.kind }),
});
export const onMonthDue: OnDue = async (tx, { subject_id: id }, node, now) => {
  await performIn(tx, { node, actor: system("clock"), act: overdue, id, input: {}, now });
};

export const requestActs = [ask, record, grant, refuse, overdue] as const;
