import { z } from "zod";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { annexFiles } from "../evidence/slice.ts";
import { peerNames, askablePeer } from "../exchange/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { emergencySent } from "./acts-emergency.ts";
import { onReceipt, RULES } from "./clocks.ts";
import { requestDocument } from "./document.ts";
import { keepDocument } from "./messages-document.ts";
import { endClocks, startClocks } from "./messages-clocks.ts";
import {
  extendPreservation,
  holdPreservation,
  releasePreservation,
  resumeAnswered,
  waitedFor,
} from "./messages-movement.ts";
import { answerSchema } from "./questions.ts";
import { isOwn } from "../law/slice.ts";
import { toldParticulars } from "./particulars.ts";
import { historyOf } from "./views-history.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });

/** Sends the authorised request: content, decision and what was done before go to the peer, and the document's digest into the journal. */
export const send = act("send", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    const { tell, now, node } = context;
    if (!(await askablePeer(tx, row.peer)))
      throw new Refusal("conflict", "request-peer-unknown", { values: { to: row.peer } });
    const today = now.toZonedDateTimeISO(row.authority.zone).toPlainDate();
    if (row.authorised_until && Temporal.PlainDate.compare(row.authorised_until, today) < 0)
      throw new Refusal("too-late", "request-authorisation-ended", {
        values: { until: row.authorised_until.toString() },
      });
    const { pdf, digest } = requestDocument(node, {
      row: { ...row, sent_at: now },
      language: "en",
      names: await peerNames(tx),
    });
    await tx
      .updateTable("request")
      .set({ sent_at: now, document_digest: Buffer.from(digest, "hex") })
      .where("id", "=", row.id)
      .execute();
    await keepDocument(tx, node, row.id, pdf);
    await holdPreservation(tx, waitedFor(row), now);
    const files = await annexFiles(tx, { items: row.annexes, request: row.id, peer: row.peer }, { node, now });
    await emergencySent(tx, row, context);
    tell({
      to: row.peer,
      files,
      body: asJson({
        number: row.number,
        measure: row.measure,
        data_category: row.data_category,
        urgency: row.urgency,
        offence: row.offence,
        ...(row.article === "" ? {} : { article: row.article }),
        facts: row.facts,
        necessity: row.necessity,
        proportionality: row.proportionality,
        custodian: row.custodian,
        data: row.data,
        particulars: toldParticulars(row),
        basis: row.basis,
        safeguards: row.tests,
        authority: row.authority,
        authorised_until: row.authorised_until,
        created_at: row.created_at,
        sent_at: now,
        follows: row.follows_id,
        document: digest,
        before: await historyOf(tx, node, row),
      }),
    });
    return { number: row.number, to: row.peer, measure: row.measure, document: digest };
  },
});

/** The receipt of the wire: the peer's node has it, durably. Its time of receipt starts the clock, unless it has been answered already. */
export const arrive = act("arrive", {
  audience: "internal",
  input: z.strictObject({ receivedAt: z.string() }),
  apply: async (tx, row, { receivedAt }, { settle, node }) => {
    const at = Temporal.Instant.from(receivedAt);
    await tx.updateTable("request").set({ received_at: at }).where("id", "=", row.id).execute();
    if (row.state === "sent") settle("delivered");
    if (row.state === "sent") await startClocks(tx, node, { id: row.id, clocks: [onReceipt(row.measure, at)] });
    return { receivedAt };
  },
});

/** Answers what the peer asked; the time it took does not count against them. */
export const answer = act("answer", {
  input: answerSchema,
  apply: async (tx, row, { answer: kind, text }, { tell, now }) => {
    await resumeAnswered(tx, row, now);
    tell({ to: row.peer, body: { answer: kind, text } });
    return { answer: kind, text };
  },
});

/** Confirms the request formally, as whoever is asked requires: by which paper, of what date or number, sent how. @source CETS 185 Art. 25(3) */
export const confirm = act("confirm", {
  input: z.strictObject({
    reference: z.string().trim().min(3).max(300),
    remark: z.string().trim().max(4_000).optional().meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { reference, remark }, { tell, now }) => {
    await endDeadline(tx, { kind: "request", id: row.id, rule: RULES.confirm, now });
    const body = { reference, ...(remark ? { remark } : {}) };
    tell({ to: row.peer, body });
    return body;
  },
});

/** Asks for one more term of preservation. @source CETS 185 Art. 16(2) */
export const extend = act("extend", {
  basis: ["CETS 185 Art. 16(2)"],
  input: z.strictObject({ reasons }),
  apply: async (tx, row, input, { tell }) => {
    const dueAt = await extendPreservation(tx, row);
    if (!dueAt) throw new Refusal("conflict", "request-nothing-preserved");
    tell({ to: row.peer, body: { reasons: input.reasons } });
    return { reasons: input.reasons, keptUntil: dueAt.toString() };
  },
});

/** Takes the request back; nothing further is to be done. */
export const withdraw = act("withdraw", {
  input: z.strictObject({ reasons }),
  apply: async (tx, row, input, { tell, now }) => {
    await endClocks(tx, row.id, now);
    await releasePreservation(tx, waitedFor(row), now);
    if (!isOwn(row.measure)) tell({ to: row.peer, body: { reasons: input.reasons } });
    return { reasons: input.reasons };
  },
});

/** Ends the matter on both sides, and says how it served. */
export const close = act("close", {
  input: z.strictObject({
    outcome: z.enum(["useful", "partly-useful", "not-useful", "too-late"]),
    remark: z.string().trim().max(2_000).optional().meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { outcome, remark }, { tell, now, ...context }) => {
    officerOf(context);
    if (outcome === "not-useful" && !remark) throw invalid("remark", "request-remark-missing");
    await endClocks(tx, row.id, now);
    if (!isOwn(row.measure)) tell({ to: row.peer, body: { outcome, ...(remark ? { remark } : {}) } });
    return { outcome, ...(remark ? { remark } : {}) };
  },
});
