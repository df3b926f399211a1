import { createHash } from "node:crypto";
import { z } from "zod";
import { actsOn, type AnyAct, type Context, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { type Amount, readAmount } from "../kernel/money.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { OnDue } from "../kernel/slice.ts";
import { mailOffered, queueMail } from "../mail/slice.ts";
import { reportSubject } from "../reports/slice.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { seal, unseal } from "../trust/seal.ts";
import { signersOf } from "../trust/signers.ts";
import {
  ANSWERS,
  type Answer,
  answerPlace,
  type Details,
  detailsPlace,
  detailsSchema,
  type HoldRow,
  holdSubject,
  LANGUAGES,
  LIFE,
  noticePlace,
  RELEASES,
  TERM,
  WARNING,
  warningAt,
} from "./hold.ts";
import type { Institution } from "./institution.ts";
import { noticeLetter, noticePdf } from "./notice.ts";

const act = actsOn<HoldRow, keyof typeof LIFE>(holdSubject);
const line = (max: number) => z.string().trim().min(1).max(max);
const code = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "hold-no-such-institution");

const reportingOf = ({ services }: Node) => services.country.pack.reporting;
/** The institution that a code names. Refuses a code that the pack does not have. */
function institutionNamed(node: Node, named: string): Institution {
  const found = reportingOf(node).institutions.find((each) => each.code === named);
  if (!found) throw invalid("institution", "hold-no-such-institution");
  return found;
}
/** An amount as it was typed, in the notice's currency. Refuses what is none. */
function amountTyped(typed: string | undefined, currency: string, path = "amount"): Amount | undefined {
  if (typed === undefined) return undefined;
  const amount = readAmount(typed, currency);
  if (!amount) throw invalid(path, "hold-amount");
  return amount;
}
const sealed = (node: Node, content: object, place: string): Buffer =>
  seal(node.services.keys.seal, JSON.stringify(content), place);
/** What identifies the transfer; empty where it was erased. */
export const detailsIn = (node: Node, { id, details }: Pick<HoldRow, "id" | "details">): Details =>
  details ? (JSON.parse(unseal(node.services.keys.seal, details, detailsPlace(id)).toString()) as Details) : {};
/** What the institution wrote; empty where it wrote nothing or it was erased. */
export const answerIn = (node: Node, { id, answer: kept }: Pick<HoldRow, "id" | "answer">): Answer =>
  kept ? (JSON.parse(unseal(node.services.keys.seal, kept, answerPlace(id)).toString()) as Answer) : {};

const draftInput = z.strictObject({
  institution: code.optional(),
  amount: line(40).optional(),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/, "hold-currency")
    .optional(),
  ...detailsSchema.shape,
  /** Place of the transfer in the report; drafted by itself from it. */
  transfer: z.int().min(0).max(999).optional().meta({ control: "hidden" }),
});

/** The report that a notice is drafted under. */
interface Of {
  readonly id: string;
  readonly office: string | null;
}

/** Drafts a notice for a transfer of a report: by the node itself where it is fresh, or by an officer. */
export const draft = creates(holdSubject, "draft", {
  under: reportSubject,
  state: "drafted",
  basis: ["CETS 198 Art. 14"],
  input: draftInput,
  attributes: (_input, { under }: { readonly under: Of }) => ({ office: under.office }),
  apply: async (tx, under: Of, input, { node, actor, now, id }) => {
    const { hold: measure, currency: ordinary } = reportingOf(node);
    if (!measure) throw new Refusal("conflict", "hold-no-measure");
    const { institution, amount, currency = ordinary, transfer, ...details } = input;
    const asked = amountTyped(amount, currency);
    if (institution !== undefined) institutionNamed(node, institution);
    const { rows } = await sql<{ next: number }>`select nextval('hold_number') as next`.execute(tx);
    const number = `H-${now.toZonedDateTimeISO(node.config.zone).year}-${String(rows[0]?.next ?? 0).padStart(6, "0")}`;
    await tx
      .insertInto("hold")
      .values({
        id,
        number,
        state: "drafted",
        report_id: under.id,
        transfer: transfer ?? null,
        institution: institution ?? null,
        office: under.office,
        amount_minor: asked?.minor ?? null,
        currency: asked?.currency ?? currency,
        details: sealed(node, details, detailsPlace(id)),
        provision: measure.provision,
        hours: measure.hours,
        needs_approval: measure.approval,
        drafted_at: now,
        drafted_by: actor.kind === "officer" ? actor.account : null,
      })
      .execute();
    return {
      number,
      report: under.id,
      ...(institution ? { institution } : {}),
      ...(asked ? { asked: { ...asked } } : {}),
    };
  },
});

/** Chooses the institution, or puts the amount right, before it is sent. */
export const revise = act("revise", {
  input: z.strictObject({ institution: code, amount: line(40).optional(), ...detailsSchema.shape }),
  apply: async (tx, row, { institution, amount, ...details }, { node }) => {
    institutionNamed(node, institution);
    const asked = amountTyped(amount, row.currency);
    await tx
      .updateTable("hold")
      .set({
        institution,
        amount_minor: asked?.minor ?? null,
        currency: asked?.currency ?? row.currency,
        details: sealed(node, details, detailsPlace(row.id)),
      })
      .where("id", "=", row.id)
      .execute();
    return { institution, ...(asked ? { asked: { ...asked } } : {}) };
  },
});

export const approve = act("approve", {
  stepUp: true,
  input: z.strictObject({}),
  apply: async (tx, row, _input, { actor, now }) => {
    if (row.institution === null) throw new Refusal("conflict", "hold-no-institution");
    const by = actor.kind === "officer" ? actor.account : null;
    await tx.updateTable("hold").set({ approved_by: by, approved_at: now }).where("id", "=", row.id).execute();
    return {};
  },
});

async function startTerm(tx: Tx, row: HoldRow, until: Temporal.Instant, now: Temporal.Instant): Promise<void> {
  const clock = { kind: holdSubject.name, id: row.id, startsAt: now, detail: { source: row.provision } };
  await setDeadline(tx, { ...clock, rule: TERM, dueAt: until });
  await setDeadline(tx, { ...clock, rule: WARNING, dueAt: warningAt(now, until) });
}

/** The letter is signed and goes; the hold runs from now. Where no e-mail can go, the officer hands it over. */
export const send = act("send", {
  stepUp: true,
  basis: ["CETS 198 Art. 14"],
  input: z.strictObject({ institution: code.optional(), language: z.enum(LANGUAGES).default("en") }),
  apply: async (tx, row, { institution: chosen, language }, context) => {
    const { node, actor, now } = context;
    const named = chosen ?? row.institution;
    if (named === null || named === undefined) throw invalid("institution", "hold-no-institution");
    const institution = institutionNamed(node, named);
    const until = now.add({ hours: row.hours });
    const facts = { ...row, institution: named, sent_at: now, held_until: until };
    const officer = actor.kind === "officer" ? { name: actor.name, office: actor.office.name } : undefined;
    const letter = { row: facts, details: detailsIn(node, row), institution, language, at: now, officer };
    const pdf = await signPdf(noticePdf(node, letter), signersOf(node), now);
    const digest = createHash("sha256").update(pdf).digest();
    const via = await post(tx, row, { institution, language, pdf }, context);
    await tx
      .updateTable("hold")
      .set({
        institution: named,
        language,
        sent_by: actor.kind === "officer" ? actor.account : null,
        sent_by_name: officer?.name ?? null,
        sent_at: now,
        sent_via: via,
        notice: seal(node.services.keys.seal, pdf, noticePlace(row.id)),
        notice_digest: digest,
        held_until: until,
      })
      .where("id", "=", row.id)
      .execute();
    await startTerm(tx, row, until, now);
    return { institution: named, via, until: until.toString(), language, notice: digest.toString("hex") };
  },
});

/** Queues the letter for the institution, in this transaction; `hand` where there is no way by e-mail. */
async function post(
  tx: Tx,
  row: HoldRow,
  { institution, language, pdf }: { institution: Institution; language: string; pdf: Buffer },
  { node }: Context,
): Promise<"mail" | "hand"> {
  if (institution.email === undefined || !mailOffered(node)) return "hand";
  const queued = await queueMail(tx, node, {
    kind: "hold.notice",
    to: institution.email,
    letter: noticeLetter(node, row, language),
    about: { kind: holdSubject.name, id: row.id },
    once: `hold:${row.id}`,
    attachments: [{ filename: `${row.number}.pdf`, type: "application/pdf", base64: pdf.toString("base64") }],
  });
  return queued ? "mail" : "hand";
}

export const acknowledge = act("acknowledge", {
  input: z.strictObject({}),
  apply: async () => ({}),
});

/** What the institution said, by telephone or in writing, typed in by the officer. A later answer goes before an earlier one. */
export const answer = act("answer", {
  input: z.strictObject({
    answer: z.enum(ANSWERS),
    amount: line(40).optional(),
    reference: line(200).optional(),
    note: line(4_000).optional().meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { answer: said, amount, ...words }, { node, now, settle }) => {
    const typed = amountTyped(amount, row.currency);
    if (typed && typed.currency !== row.currency)
      throw invalid("amount", "hold-other-currency", { currency: row.currency });
    const held = said === "held" ? (typed?.minor ?? row.amount_minor) : null;
    if (said === "held" && held === null) throw invalid("amount", "hold-amount-needed");
    await tx
      .updateTable("hold")
      .set({ answered_at: now, held_minor: held, answer: sealed(node, words, answerPlace(row.id)) })
      .where("id", "=", row.id)
      .execute();
    if (said !== "held") await endDeadline(tx, { kind: holdSubject.name, id: row.id, now });
    settle(said === "held" && row.state === "extended" ? "extended" : said);
    return { answer: said, ...(held === null ? {} : { held: { minor: held, currency: row.currency } }) };
  },
});

/** Most days for which one further decision holds. */
const EXTENSION_DAYS_MAX = 365;
/** The hold goes on, by a decision that is named: the notice's own term is as long as the law gives it without one. */
export const extend = act("extend", {
  basis: ["CETS 198 Art. 4"],
  input: z.strictObject({ days: z.coerce.number().int().min(1).max(EXTENSION_DAYS_MAX), provision: line(200) }),
  apply: async (tx, row, { days, provision }, { now }) => {
    const from = row.held_until && Temporal.Instant.compare(row.held_until, now) > 0 ? row.held_until : now;
    const until = from.add({ hours: days * 24 });
    await tx.updateTable("hold").set({ held_until: until, warned_at: null }).where("id", "=", row.id).execute();
    await startTerm(tx, { ...row, provision }, until, now);
    return { until: until.toString(), provision };
  },
});

export const release = act("release", {
  input: z.strictObject({ release: z.enum(RELEASES), amount: line(40).optional() }),
  apply: async (tx, row, { release: what, amount }, { now }) => {
    const typed = amountTyped(amount, row.currency);
    if (typed && typed.currency !== row.currency)
      throw invalid("amount", "hold-other-currency", { currency: row.currency });
    const returned = what === "returned" ? (typed?.minor ?? row.held_minor) : null;
    if (returned !== null && row.held_minor !== null && returned > row.held_minor)
      throw invalid("amount", "hold-more-than-held");
    await tx.updateTable("hold").set({ returned_minor: returned }).where("id", "=", row.id).execute();
    await endDeadline(tx, { kind: holdSubject.name, id: row.id, now });
    return {
      release: what,
      ...(returned === null ? {} : { returned: { minor: returned, currency: row.currency } }),
    };
  },
});

export const withdraw = act("withdraw", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await endDeadline(tx, { kind: holdSubject.name, id: row.id, now });
    return {};
  },
});

/** The hold runs out soon: one entry in the journal, and a mark in the list. */
export const warn = act("warn", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await tx.updateTable("hold").set({ warned_at: now }).where("id", "=", row.id).execute();
    return {};
  },
});

/** The hold has run out: nobody is held to it any longer. */
export const lapse = act("lapse", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await endDeadline(tx, { kind: holdSubject.name, id: row.id, now });
    return row.held_minor === null ? {} : { freed: { minor: row.held_minor, currency: row.currency } };
  },
});

/** What a clock does, where the notice's life still has a place for it: an answer that came first has ended it. */
const whenDue =
  (due: AnyAct, from: readonly string[]): OnDue =>
  async (tx, { subject_id: id }, node, now) => {
    const { rows } = await sql<{ state: string }>`select state from hold where id = ${id} for update`.execute(tx);
    if (rows[0] && from.includes(rows[0].state))
      await performIn(tx, { node, actor: system("clock"), act: due, id, input: {}, now });
  };
export const onHoldDue = { [TERM]: whenDue(lapse, LIFE.lapse.from), [WARNING]: whenDue(warn, LIFE.warn.from) };

export const holdActs = [
  draft,
  revise,
  approve,
  send,
  acknowledge,
  answer,
  extend,
  release,
  withdraw,
  warn,
  lapse,
] as const;
