import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import { newId } from "../kernel/receive.ts";
import { join as joinReport, reportSubject } from "../reports/slice.ts";
import { CLOSED, caseSubject, LIFE, OUTCOMES, PERSON_ROLES, type CaseRow } from "./case.ts";

const act = actsOn<CaseRow, keyof typeof LIFE>(caseSubject);
const text = (max: number) => z.string().trim().min(1).max(max).meta({ control: "textarea" });
const reference = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^R-[0-9A-Z]{5}-[0-9A-Z]{5}$/, "report-reference-form");
/** References in one box, or a list of them. */
const references = z.preprocess(
  (value) => (typeof value === "string" ? value.split(/[\s,;]+/).filter((each) => each !== "") : value),
  z.array(reference).max(200),
);
/** The number of a campaign, whose reports are meant: as many of those that are free as one act takes. */
const campaign = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^K-\d{4}-\d{6,9}$/, "campaign-number-form")
  .optional();
/** Reports of a campaign that one act takes into a case. Each is journalled; more would hold the case's row too long. */
const CAMPAIGN_REPORTS_MAX = 500;
const offences = z.preprocess(
  (value) => (typeof value === "string" ? value.split(/\s*[;\n]\s*/).filter((each) => each !== "") : value),
  z.array(z.string().trim().min(1).max(120)).max(40),
);

/** Takes reports into the case; each says in its own journal that it was. Gives their references in the order of their ids. */
async function take(
  tx: Tx,
  row: { id: string; number: string; office: string },
  named: readonly string[],
  { node, actor, now }: Context,
): Promise<string[]> {
  const wanted = [...new Set(named)];
  if (wanted.length === 0) return [];
  const found = await tx
    .selectFrom("report")
    .select(["id", "reference", "state", "category"])
    .where("reference", "in", wanted)
    .orderBy("id")
    .execute();
  const missing = wanted.find((each) => !found.some((report) => report.reference === each));
  if (missing !== undefined) throw invalid("reports", "case-no-such-report", { reference: missing });
  for (const report of found) {
    try {
      await performIn(tx, {
        node,
        actor,
        act: joinReport,
        id: report.id,
        input: { case: row.id, number: row.number, office: row.office },
        now,
      });
    } catch (error) {
      if (error instanceof Refusal && error.code === "wrong-state")
        throw invalid("reports", "case-report-taken", { reference: report.reference });
      if (error instanceof Refusal && error.code === "not-found")
        throw invalid("reports", "case-no-such-report", { reference: report.reference });
      throw error;
    }
  }
  return found.map((each) => each.reference);
}

/** References of a campaign's reports that are in no case and that this officer may read, the oldest first. Refuses where there are none. */
async function freeIn(tx: Tx, number: string | undefined, { node, actor, now }: Context): Promise<string[]> {
  if (number === undefined) return [];
  const visible = node.policy.filter({ actor, action: "report.read", subject: reportSubject, now, alias: "r" });
  const { rows } = await sql<{
    reference: string;
  }>`select r.reference from campaign c join report r on r.campaign_id = c.id
    where c.number = ${number} and r.case_id is null and r.state <> 'closed' and ${visible} order by r.id limit ${sql.lit(CAMPAIGN_REPORTS_MAX)}`.execute(
    tx,
  );
  if (rows.length === 0) throw invalid("campaign", "case-campaign-empty", { number });
  return rows.map(({ reference: each }) => each);
}

/** Opens a case, with reports or without. The officer who opens it leads it, and their office has it. */
export const open = creates(caseSubject, "open", {
  state: "open",
  input: z.strictObject({
    title: z.string().trim().min(1).max(200),
    reports: references.optional(),
    campaign,
    offences: offences.optional(),
  }),
  attributes: (_input, { actor }) => (actor.kind === "officer" ? { office: actor.office.id, lead: actor.account } : {}),
  apply: async (tx, _under, { title, reports = [], campaign: of, offences: articles = [] }, context) => {
    const { actor, id, now, node } = context;
    if (actor.kind !== "officer") throw new Refusal("not-allowed", "not-permitted", { values: { act: "case.open" } });
    const { rows } = await sql<{ next: number }>`select nextval('case_number') as next`.execute(tx);
    const number = `C-${now.toZonedDateTimeISO(node.config.zone).year}-${String(rows[0]?.next ?? 0).padStart(6, "0")}`;
    await tx
      .insertInto("case_file")
      .values({
        id,
        number,
        title,
        state: "open",
        office: actor.office.id,
        office_name: actor.office.name,
        lead: actor.account,
        lead_name: actor.name,
        offences: articles,
        opened_at: now,
      })
      .execute();
    const named = [...reports, ...(await freeIn(tx, of, context))];
    const taken = await take(tx, { id, number, office: actor.office.id }, named, context);
    await lift(tx, id);
    return { number, title, reports: taken, ...(articles.length > 0 ? { offences: articles } : {}) };
  },
});

/** A case is as urgent as the most urgent report in it. */
const lift = (tx: Tx, id: string) =>
  sql`update case_file set priority = least(priority, (select min(priority) from report where case_id = ${id})) where id = ${id}`.execute(
    tx,
  );

export const join = act("join", {
  input: z
    .strictObject({ reports: references.optional(), campaign })
    .refine(({ reports = [], campaign: of }) => reports.length > 0 || of !== undefined, {
      path: ["reports"],
      error: "field-required",
    }),
  apply: async (tx, row, { reports = [], campaign: of }, context) => {
    const taken = await take(tx, row, [...reports, ...(await freeIn(tx, of, context))], context);
    await lift(tx, row.id);
    return { reports: taken, ...(of === undefined ? {} : { campaign: of }) };
  },
});

export const involve = act("involve", {
  input: z.strictObject({
    name: z.string().trim().min(1).max(200),
    role: z.enum(PERSON_ROLES),
    note: text(2_000).optional(),
  }),
  apply: async (tx, row, { name, role, note = null }, { now }) => {
    const person = newId();
    await tx.insertInto("case_person").values({ id: person, case_id: row.id, role, name, note, at: now }).execute();
    return { person, role };
  },
});

/**
 * Refuses an offence for which data of this case may not be used, because who gave it named others.
 *
 * @source CETS 185 Art. 28(2)
 */
function demandNamed({ special_by: by, offences: named }: CaseRow, articles: readonly string[]): void {
  const other = by === null ? undefined : articles.find((each) => !named.includes(each));
  if (other !== undefined) throw invalid("offences", "case-speciality", { offence: other, by: by ?? "" });
}

/** Data came, or is no more, under the condition that it serves for the offences named alone. */
export const specialise = act("specialise", {
  audience: "internal",
  input: z.strictObject({ by: z.string().nullable() }),
  apply: async (tx, row, { by }) => {
    await tx.updateTable("case_file").set({ special_by: by }).where("id", "=", row.id).execute();
    return { special_by: by, offences: row.offences };
  },
});

export const qualify = act("qualify", {
  input: z.strictObject({ offences }),
  apply: async (tx, row, { offences: articles }) => {
    demandNamed(row, articles);
    await tx.updateTable("case_file").set({ offences: articles }).where("id", "=", row.id).execute();
    return { offences: { from: row.offences, to: articles } };
  },
});

async function write(tx: Tx, row: CaseRow, body: string, { actor, now }: Context): Promise<{ written: string }> {
  const note = newId();
  await tx
    .insertInto("case_note")
    .values({ id: note, case_id: row.id, at: now, author: actor.kind === "officer" ? actor.name : "", body })
    .execute();
  return { written: note };
}

export const note = act("note", {
  input: z.strictObject({ body: text(20_000) }),
  apply: (tx, row, { body }, context) => write(tx, row, body, context),
});

const remark = text(20_000).optional();

export const refer = act("refer", {
  input: z.strictObject({ note: remark }),
  apply: async (tx, row, { note: body }, context) => {
    await tx.updateTable("case_file").set({ referred_at: context.now }).where("id", "=", row.id).execute();
    return body ? write(tx, row, body, context) : {};
  },
});

export const charge = act("charge", {
  input: z.strictObject({ offences: offences.refine((list) => list.length > 0, "field-required"), note: remark }),
  apply: async (tx, row, { offences: articles, note: body }, context) => {
    demandNamed(row, articles);
    await tx
      .updateTable("case_file")
      .set({ charged_at: context.now, offences: articles })
      .where("id", "=", row.id)
      .execute();
    return { offences: articles, ...(body ? await write(tx, row, body, context) : {}) };
  },
});

export const adjudicate = act("adjudicate", {
  input: z.strictObject({ outcome: z.enum(OUTCOMES), note: remark }),
  apply: async (tx, row, { outcome, note: body }, context) => {
    await tx.updateTable("case_file").set({ adjudicated_at: context.now, outcome }).where("id", "=", row.id).execute();
    return { outcome, offences: row.offences, ...(body ? await write(tx, row, body, context) : {}) };
  },
});

export const close = act("close", {
  input: z.strictObject({ reason: z.enum(CLOSED), note: remark }),
  apply: async (tx, row, { reason, note: body }, context) => {
    await tx
      .updateTable("case_file")
      .set({ closed_at: context.now, outcome: row.outcome ?? reason })
      .where("id", "=", row.id)
      .execute();
    await endDeadline(tx, { kind: caseSubject.name, id: row.id, now: context.now });
    return { reason, ...(body ? await write(tx, row, body, context) : {}) };
  },
});

export const reopen = act("reopen", {
  input: z.strictObject({ reason: text(2_000) }),
  apply: async (tx, row, { reason }, { settle }) => {
    await tx.updateTable("case_file").set({ closed_at: null }).where("id", "=", row.id).execute();
    // It goes back to where it stood, so that what a court has decided is not undone by a clerk.
    settle(row.adjudicated_at ? "adjudicated" : row.charged_at ? "charged" : row.referred_at ? "referred" : "open");
    return { reason };
  },
});

export const caseActs = [
  open,
  join,
  involve,
  qualify,
  specialise,
  note,
  refer,
  charge,
  adjudicate,
  close,
  reopen,
] as const;
