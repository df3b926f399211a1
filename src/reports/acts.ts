import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { sql } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { newId } from "../kernel/receive.ts";
import { unseal } from "../trust/seal.ts";
import { answered, close, reason, redirect, reopen, reply, text, writeTo } from "./acts-answer.ts";
import { climb, escalate, open } from "./acts-attention.ts";
import { handIn } from "./acts-intake.ts";
import { discard, quarantine, release, restore } from "./acts-quarantine.ts";
import { CODES, type Priority } from "./classification.ts";
import { BASES, basisOf, ordinaryPriority, reportingOf } from "./law.ts";
import { contactPlace, type ReportRow, reportSubject, type Submission, submissionSchema } from "./report.ts";
import { receivingOn } from "./submission.ts";
import { FILES_CHANNEL } from "./channels.ts";
import { FILE_KINDS } from "./sniff.ts";

const act = actsOn(reportSubject);

/** Hands a report in through the API. Forms, batches and imports go the same way by `handIn`. */
export const submit = creates(reportSubject, "submit", {
  audience: "portal",
  state: "received",
  input: submissionSchema,
  gather: ({ node, actor, input, idempotencyKey }) => {
    if (idempotencyKey !== undefined && (idempotencyKey.length === 0 || idempotencyKey.length > 255))
      throw new Refusal("invalid", "key-length");
    const submission = input as Submission;
    const prepared = { submission, receiving: receivingOn(node, "api") };
    return handIn(node, { actor, prepared, key: idempotencyKey, sent: input });
  },
  apply: () => Promise.reject(new Error("a report is written by its gathering")),
});

const offences = z.preprocess(
  (value) =>
    typeof value === "string"
      ? splitOffences(value)
      : Array.isArray(value)
        ? value.flatMap((each: unknown) => (typeof each === "string" ? splitOffences(each) : [each]))
        : value,
  z.array(z.string().trim().min(1).max(200)).max(20),
);

/** Offences as typed, with a semicolon or a line's end between them; each once. */
function splitOffences(text: string): string[] {
  return [...new Set(text.split(/\s*[;\n]\s*/).map((each) => each.trim()))].filter((each) => each !== "");
}

export const triage = act("triage", {
  input: z.strictObject({
    category: z.enum(CODES).optional(),
    priority: z.coerce.number().int().min(0).max(4).optional(),
    offences: offences.optional(),
    basis: z.enum(BASES).optional(),
    note: text(4_000).optional(),
  }),
  apply: async (tx, row, { category, priority, offences: named, basis, note }, { node, now, settle }) => {
    const code = category ?? row.category;
    const next = (priority ??
      (category && category !== row.category ? ordinaryPriority(reportingOf(node), code) : row.priority)) as Priority;
    const reasons =
      priority !== undefined && priority !== row.priority
        ? ["officer"]
        : next === row.priority
          ? row.reasons
          : ["category"];
    const assigned = named ?? row.offences;
    const stands = basis ?? basisOf(assigned, code);
    await tx
      .updateTable("report")
      .set({ category: code, priority: next, reasons, offences: assigned, basis: stands })
      .where("id", "=", row.id)
      .execute();
    await answered(tx, row, now);
    settle(row.case_id ? "in-case" : row.assignee ? "assigned" : "triaged");
    return {
      ...(code === row.category ? {} : { category: { from: row.category, to: code } }),
      ...(next === row.priority ? {} : { priority: { from: row.priority, to: next } }),
      ...(named ? { offences: named } : {}),
      ...(stands === row.basis ? {} : { basis: stands }),
      ...(note ? { note } : {}),
    };
  },
});

export const assign = act("assign", {
  input: z.strictObject({ account: z.uuid().optional() }),
  apply: async (tx, row, { account }, { actor, now, settle }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "report.assign" } });
    const to =
      account === undefined || account === actor.account
        ? { id: actor.account, name: actor.name, office: actor.office.id }
        : await officerNamed(tx, account);
    await tx
      .updateTable("report")
      .set({ assignee: to.id, assignee_name: to.name, office: to.office })
      .where("id", "=", row.id)
      .execute();
    await answered(tx, row, now);
    settle(row.case_id ? "in-case" : "assigned");
    return { to: to.id, name: to.name, office: to.office, ...(row.assignee ? { from: row.assignee } : {}) };
  },
});

async function officerNamed(tx: Tx, account: string): Promise<{ id: string; name: string; office: string }> {
  const { rows } = await sql<{
    id: string;
    name: string;
    office: string;
  }>`select id, name, office from account where state = 'active' and id = ${account}`.execute(tx);
  if (!rows[0]) throw invalid("account", "report-no-such-officer");
  return rows[0];
}

/** The report that a reference names. */
async function named(tx: Tx, reference: string, row: ReportRow): Promise<string> {
  const other = await tx.selectFrom("report").select("id").where("reference", "=", reference).executeTakeFirst();
  if (!other) throw invalid("other", "report-no-such-reference");
  if (other.id === row.id) throw invalid("other", "report-same-report");
  return other.id;
}
const reference = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^R-[0-9A-Z]{5}-[0-9A-Z]{5}$/, "report-reference-form");

/** Both reports get the officer's word, which goes before what they share. */
async function judge(
  tx: Tx,
  row: ReportRow,
  other: string,
  verdict: "same" | "different",
  { why, now }: { why: string; now: Temporal.Instant },
): Promise<void> {
  for (const [a, b] of [
    [row.id, other],
    [other, row.id],
  ] as const)
    await sql`insert into report_link (report_id, other_id, verdict, reason, at) values (${a}, ${b}, ${verdict}, ${why}, ${now})
      on conflict (report_id, other_id) do update set verdict = excluded.verdict, reason = excluded.reason, at = excluded.at`.execute(
      tx,
    );
}

export const link = act("link", {
  input: z.strictObject({ other: reference, reason }),
  apply: async (tx, row, { other, reason: why }, { now }) => {
    const id = await named(tx, other, row);
    await judge(tx, row, id, "same", { why, now });
    return { other: id, reference: other, reason: why };
  },
});

export const unlink = act("unlink", {
  input: z.strictObject({ other: reference, reason }),
  apply: async (tx, row, { other, reason: why }, { now }) => {
    const id = await named(tx, other, row);
    await judge(tx, row, id, "different", { why, now });
    return { other: id, reference: other, reason: why };
  },
});

/** Opens the sealed contact: an act, so that who read whose name is in the journal. */
export const identify = act("identify", {
  stepUp: true,
  basis: ["CETS 185 Art. 15"],
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, { node, answer }) => {
    const contact = await tx
      .selectFrom("report_contact")
      .select("sealed")
      .where("report_id", "=", row.id)
      .executeTakeFirst();
    if (!contact) throw new Refusal("conflict", "report-anonymous");
    answer({ contact: JSON.parse(unseal(node.services.keys.seal, contact.sealed, contactPlace(row.id)).toString()) });
    return { reason: why };
  },
});

/** What the reporter writes with the code. A closed report is opened by it: somebody must read it. */
export const writeMessage = act("write", {
  audience: "internal",
  input: z.strictObject({ body: text(10_000) }),
  apply: (tx, row, { body }, context) => writeTo(tx, row, "reporter", body, context),
});

/** A file that the reporter adds with the code; its bytes are in the vault already. */
export const attach = act("attach", {
  audience: "internal",
  input: z.strictObject({
    name: z.string().min(1).max(200),
    media: z.string().max(100),
    kind: z.enum(FILE_KINDS),
    misnamed: z.boolean(),
    size: z.number().int().min(0),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    blob: z.string().min(1).max(500),
  }),
  apply: async (tx, row, { digest, ...kept }, { now }) => {
    const file = newId();
    await tx
      .insertInto("report_file")
      .values({ id: file, report_id: row.id, at: now, digest: Buffer.from(digest, "hex"), ...kept })
      .execute();
    await sql`select pg_notify(${FILES_CHANNEL}, '')`.execute(tx);
    return { file, name: kept.name, size: kept.size, digest };
  },
});

/** The reporter changes what they agree to. */
export const consent = act("consent", {
  audience: "internal",
  input: z.strictObject({ contact: z.boolean(), share: z.boolean(), handover: z.boolean() }),
  apply: async (tx, row, { contact, share, handover }) => {
    await tx
      .updateTable("report")
      .set({ consent_contact: contact, consent_share: share, consent_handover: handover })
      .where("id", "=", row.id)
      .execute();
    return { contact, share, handover };
  },
});

/**
 * The reporter withdraws the report. It is the office that closes it, as an offence is pursued whether or not its victim asks for it;
 * nobody is contacted or told about it by the reporter's leave any more.
 */
export const withdraw = act("withdraw", {
  audience: "internal",
  input: z.strictObject({ reason: text(2_000).optional() }),
  apply: async (tx, row, { reason: why }, context) => {
    if (row.withdrawn_at) throw new Refusal("conflict", "report-withdrawn");
    await tx
      .updateTable("report")
      .set({
        withdrawn_at: context.now,
        consent_contact: false,
        consent_share: false,
        consent_handover: false,
      })
      .where("id", "=", row.id)
      .execute();
    return why ? writeTo(tx, row, "reporter", why, context) : {};
  },
});

/** A case takes the report in. Performed by the cases slice in its own transaction. */
export const join = act("join", {
  audience: "internal",
  input: z.strictObject({ case: z.uuid(), number: z.string(), office: z.uuid() }),
  apply: async (tx, row, { case: id, number, office }, { now }) => {
    await tx.updateTable("report").set({ case_id: id, office }).where("id", "=", row.id).execute();
    await answered(tx, row, now);
    return { case: id, number };
  },
});

/** The first answer is late: one entry in the journal, so that figures can count it. */
export const overdue = act("overdue", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (_tx, row) => ({ priority: row.priority }),
});

export const reportActs = [
  submit,
  triage,
  assign,
  reply,
  escalate,
  link,
  unlink,
  redirect,
  close,
  reopen,
  quarantine,
  release,
  discard,
  restore,
  identify,
  writeMessage,
  attach,
  consent,
  withdraw,
  join,
  open,
  climb,
  overdue,
] as const;
