import { z } from "zod";
import { message, type ReceiveContext } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid } from "../kernel/errors.ts";
import {
  ARTICLE_CODES,
  CATEGORIES,
  GROUND_CODES,
  isIdentifying,
  MEASURE_CODES,
  measureOf,
  REACHES,
  sentParticularsSchema,
} from "../law/slice.ts";
import { receiveItem, takingOffice } from "../evidence/slice.ts";
import { askingOf, basisSchema, judgedBasis, judgedSchema } from "./basis.ts";
import { onReceipt, RULES } from "./clocks.ts";
import { EMERGENCY_RULES } from "./emergency.ts";
import { clocksSchema, endClocks, startClocks } from "./messages-clocks.ts";
import { amendedSchema, takeAmendment } from "./messages-amend.ts";
import {
  limitsOf,
  soughtSchema,
  specialised,
  takeAnswer,
  takeSought,
  takeTerms,
  takeWaiver,
  termsSchema,
  versionSchema,
} from "./messages-conditions.ts";
import { WHY_MISSING } from "./missing.ts";
import { answeredSchema, askedSchema } from "./questions.ts";
import {
  extendPreservation,
  holdPreservation,
  releasePreservation,
  resumeExecution,
  suspendExecution,
  waitedFor,
} from "./messages-movement.ts";
import { lawToday } from "./law-today.ts";
import { barWhatCame, safeguardMessages, startNotification } from "./messages-safeguards.ts";
import { isIntrusive, sentSafeguards } from "./safeguards.ts";
import { executedState, LIFE, type RequestRow, requestSubject, URGENCIES } from "./request.ts";
import { missingOnArrival } from "./substance.ts";

const words = (max: number) => z.string().max(max);
const day = z.iso.date();
const moment = z.iso.datetime();

/** A request as it arrives. Bounds are those of the draft: what no officer could have typed is not taken. */
const sendSchema = z.strictObject({
  number: z.string().regex(/^[A-Z][A-Z0-9]{1,7}-\d{4}-\d{6,}$/),
  measure: z.enum(MEASURE_CODES),
  data_category: z.enum(REACHES),
  urgency: z.enum(URGENCIES),
  offence: words(300),
  article: z.enum(ARTICLE_CODES).optional(),
  facts: words(20_000),
  necessity: words(10_000),
  proportionality: words(10_000),
  custodian: words(500),
  data: z
    .array(
      z.strictObject({
        category: z.enum(CATEGORIES),
        description: words(1_000),
        identifiers: z.array(words(300)).max(200),
      }),
    )
    .max(50),
  particulars: sentParticularsSchema,
  basis: basisSchema.nullable().default(null),
  authority: z.strictObject({
    node: words(8),
    country: words(80),
    office: words(300),
    person: words(300),
    zone: words(80),
    voice: words(120).optional(),
    hours: words(120).optional(),
    authorisedBy: words(300).optional(),
    authorisedOffice: words(300).optional(),
    authorisedAt: moment.optional(),
    authorisedUntil: day.optional(),
    reasons: words(4_000).optional(),
    provision: words(500).optional(),
    orderedBy: words(300).optional(),
    orderedOffice: words(300).optional(),
    orderedAt: moment.optional(),
    validationDue: moment.optional(),
    unvalidated: z.literal("withdrawn").optional(),
  }),
  /** Answers to what the sender's law asks; nothing from a node of before. */
  safeguards: sentSafeguards.nullable().default(null),
  authorised_until: day.nullable(),
  created_at: moment,
  sent_at: moment,
  follows: z.uuid().nullable(),
  document: z.string().regex(/^[\da-f]{64}$/),
  before: z
    .array(z.looseObject({ act: words(40), at: moment, by: words(700), node: words(8), entry: words(64) }))
    .max(100),
});
type Sent = z.infer<typeof sendSchema>;

/** A request arrives: here it is `delivered` from the first. Its clock runs from now, the time of receipt. */
export const received = message({
  act: "request.send",
  subject: requestSubject,
  body: sendSchema,
  creates: true,
  attributes: (body: Sent) => ({
    side: "receiver",
    state: "sent",
    measure: body.measure,
    data_category: body.data_category,
    urgency: body.urgency,
  }),
  receive: async (tx, _row: undefined, body, context) => {
    const { id, from, at, now, node, files } = context;
    if (measureOf(body.measure).asks !== node.kind)
      throw invalid("measure", node.kind === "state" ? "request-peer-provider" : "request-peer-state", {
        to: node.code,
      });
    const fields = missingOnArrival(
      body as Pick<
        RequestRow,
        "measure" | "offence" | "facts" | "necessity" | "proportionality" | "data" | "custodian"
      > & { particulars: RequestRow["particulars"] },
    );
    if (fields[0]) throw invalid(fields[0].path, fields[0].key, fields[0].values);
    const { authorisedBy, orderedBy, validationDue } = body.authority;
    // What was ordered for its urgency comes with the day of its validation; anything else was authorised.
    const isOrdered = authorisedBy === undefined && orderedBy !== undefined && validationDue !== undefined;
    if ((authorisedBy === undefined && !isOrdered) || (isOrdered && body.urgency === "routine"))
      throw invalid("authority", "request-not-authorised");
    const { pack, day: today } = lawToday({ node, now });
    const {
      safeguards,
      follows,
      document,
      authorised_until,
      before,
      authority,
      data,
      particulars,
      basis,
      created_at,
      sent_at,
      ...same
    } = body;
    const preservation = await knownTo(tx, follows, from);
    const on = now.toZonedDateTimeISO(node.services.country.pack.calendar.zone).toPlainDate();
    const judged = judgedBasis(
      node.services.treaties,
      askingOf(body as Pick<RequestRow, "measure" | "data_category" | "particulars">, { from, to: node.code, on }),
      basis,
    );
    await tx
      .insertInto("request")
      .values({
        ...same,
        id,
        side: "receiver",
        peer: from,
        state: "delivered",
        follows_id: preservation,
        data: JSON.stringify(data),
        particulars: JSON.stringify(particulars),
        identifying: isIdentifying(particulars),
        tests: safeguards === null ? null : JSON.stringify(safeguards),
        intrusive: isIntrusive(pack, { ...body, identifying: isIdentifying(particulars) }, today),
        validation: isOrdered ? "due" : null,
        basis: basis && JSON.stringify(basis),
        basis_here: judged && JSON.stringify(judged),
        authority: JSON.stringify(authority),
        authorised_until: authorised_until === null ? null : Temporal.PlainDate.from(authorised_until),
        created_at: Temporal.Instant.from(created_at),
        sent_at: Temporal.Instant.from(sent_at),
        received_at: now,
        document_digest: Buffer.from(document, "hex"),
        before: JSON.stringify(before),
      })
      .execute();
    if (files.length > 0) {
      const office = await takingOffice(tx);
      const request = { id, number: body.number, case_id: null, office: office.id, office_name: office.name };
      const items: string[] = [];
      for (const file of files) items.push(await receiveItem(tx, { file, request, from }, context));
      await tx.updateTable("request").set({ items }).where("id", "=", id).execute();
    }
    await startClocks(tx, node, { id, clocks: [onReceipt(body.measure, now)] });
    await holdPreservation(tx, waitedFor({ measure: body.measure, follows_id: preservation }), at);
    return { number: body.number, measure: body.measure, from, ...(judged ? { basisAgrees: judged.agrees } : {}) };
  },
});

/** The preservation named, if it is the same peer's. */
async function knownTo(tx: Tx, follows: string | null, peer: string): Promise<string | null> {
  if (follows === null) return null;
  const found = await tx
    .selectFrom("request")
    .select("id")
    .where("id", "=", follows)
    .where("peer", "=", peer)
    .where("side", "=", "receiver")
    .executeTakeFirst();
  return found?.id ?? null;
}

const on = <Body>(
  act: string,
  body: z.ZodType<Body>,
  receive: (tx: Tx, row: RequestRow, body: Body, context: ReceiveContext) => Promise<object>,
) =>
  message({
    act: `request.${act}`,
    subject: requestSubject,
    body,
    receive: async (tx, row: RequestRow, given, context) => ({ ...(await receive(tx, row, given, context)) }),
  });

/** Clocks are moved at the moment that the peer's entry bears, not at that of its arrival: both nodes count the same. */
const clock = (row: RequestRow, rule: string, at: Temporal.Instant) => ({ kind: "request", id: row.id, rule, now: at });
const reasons = words(4_000);

const answered = on("answer", answeredSchema, async (tx, row, _body, { at }) => {
  await resumeExecution(tx, row.id, at);
  return {};
});
const withdrawn = on("withdraw", z.strictObject({ reasons }), async (tx, row, _body, { at }) => {
  // What was answered before the withdrawal came stays answered: its clocks run on.
  if (LIFE.withdraw.late?.includes(row.state)) return {};
  await endClocks(tx, row.id, at);
  await releasePreservation(tx, waitedFor(row), at);
  return {};
});
const confirmed = on(
  "confirm",
  z.strictObject({ reference: words(300), remark: words(4_000).optional() }),
  async (tx, row, _body, { at }) => {
    await endDeadline(tx, clock(row, RULES.confirm, at));
    return {};
  },
);
const extended = on("extend", z.strictObject({ reasons }), async (tx, row) => {
  const dueAt = await extendPreservation(tx, row);
  return dueAt ? { keptUntil: dueAt.toString() } : {};
});
const closed = on(
  "close",
  z.strictObject({ outcome: words(40), remark: words(2_000).optional() }),
  async (tx, row, _body, { at }) => {
    await endClocks(tx, row.id, at);
    return {};
  },
);
const seen = z.strictObject({
  office: words(300),
  person: words(300),
  remark: words(4_000).optional(),
  confirmation: z.boolean().optional(),
  doubts: judgedSchema.shape.because.optional(),
  receivedAt: moment,
  clocks: clocksSchema,
});
const acknowledged = on("acknowledge", seen, async (tx, row, { receivedAt, clocks }, { at, node }) => {
  const received = Temporal.Instant.from(receivedAt);
  // The answer may come before the receipt of the wire does.
  if (row.state === "sent") await startClocks(tx, node, { id: row.id, clocks: [onReceipt(row.measure, received)] });
  await tx.updateTable("request").set({ received_at: received }).where("id", "=", row.id).execute();
  await endDeadline(tx, clock(row, RULES.acknowledge, at));
  await endDeadline(tx, clock(row, EMERGENCY_RULES.voice, at));
  if (isOpen(row))
    await startClocks(tx, node, {
      id: row.id,
      clocks: clocks.filter(({ rule }) => rule === RULES.execute || rule === RULES.confirm || rule === RULES.objection),
    });
  return {};
});
const asked = on("ask", askedSchema, async (tx, row, _body, { at }) => {
  await suspendExecution(tx, row.id, at);
  return {};
});
const accepted = on("accept", termsSchema.partial(), async (tx, row, { conditions, version, terms_state = null }) => {
  if (conditions !== undefined && version !== undefined) await takeTerms(tx, row, { conditions, version, terms_state });
  return {};
});
const bound = on("bind", termsSchema, async (tx, row, body) => {
  await takeTerms(tx, row, body);
  return {};
});
const agreed = on("agree", versionSchema, takeAnswer("agreed"));
const declined = on("decline", versionSchema, takeAnswer("declined"));
const sought = on("seek", soughtSchema, takeSought);
const changed = (verb: "amend" | "approve") => on(verb, amendedSchema, takeAmendment);
const reminded = on("remind", z.strictObject({ text: words(2_000) }), async () => ({}));
const waived = on("waive", soughtSchema, takeWaiver);
const missingSaid = z
  .array(z.strictObject({ line: z.int().min(1).max(50), why: z.enum(WHY_MISSING), note: words(1_000).optional() }))
  .max(50)
  .default([]);
const saveMissing = (tx: Tx, { id }: RequestRow, missing: z.output<typeof missingSaid>) =>
  tx
    .updateTable("request")
    .set({ missing: JSON.stringify(missing) })
    .where("id", "=", id)
    .execute();
const refused = on(
  "refuse",
  z.strictObject({ ground: z.enum(GROUND_CODES), reasons }),
  async (tx, row, { ground }, { at, settle }) => {
    if (row.state === "withdrawn") settle("refused");
    await tx.updateTable("request").set({ refusal_ground: ground }).where("id", "=", row.id).execute();
    await endClocks(tx, row.id, at);
    await releasePreservation(tx, waitedFor(row), at);
    return {};
  },
);
const postponed = on("postpone", z.strictObject({ reasons, until: day.optional() }), async () => ({}));
const executed = on(
  "execute",
  z.strictObject({
    outcome: z.enum(["started", "partly", "done"]),
    missing: missingSaid,
    remark: words(4_000).optional(),
    clocks: clocksSchema,
  }),
  async (tx, row, { outcome, missing, clocks }, { at, settle, node, now }) => {
    settle(executedState(row.state, outcome));
    await saveMissing(tx, row, missing);
    if (outcome === "done") {
      await tx.updateTable("request").set({ executed_at: at }).where("id", "=", row.id).execute();
      await endDeadline(tx, clock(row, RULES.execute, at));
      await startNotification(tx, row, { node, now });
    }
    if (row.state !== "closed")
      await startClocks(tx, node, {
        id: row.id,
        clocks: clocks.filter(({ rule }) => rule === RULES.preservation),
      });
    return {};
  },
);
const fileSchema = z.strictObject({
  digest: z.string().regex(/^[\da-f]{64}$/),
  size: z.number().int().nonnegative(),
  name: words(500),
  media: words(200),
});
/** The files of a message as items here, in their order. */
async function receivedItems(tx: Tx, row: RequestRow, context: ReceiveContext): Promise<string[]> {
  const items: string[] = [];
  const bound = await limitsOf(tx, row);
  for (const file of context.files)
    items.push(
      await receiveItem(
        tx,
        {
          file,
          request: {
            id: row.id,
            number: row.number,
            case_id: row.case_id,
            office: row.office ?? "",
            office_name: row.authority.office,
          },
          from: row.peer,
          bound,
        },
        context,
      ),
    );
  return items;
}
const delivered = on(
  "deliver",
  z.strictObject({
    complete: z.boolean(),
    missing: missingSaid,
    remark: words(4_000).optional(),
    files: z.array(fileSchema).max(200),
  }),
  async (tx, row, { complete, missing }, context) => {
    const { at, settle } = context;
    settle(executedState(row.state, complete ? "done" : "partly"));
    await saveMissing(tx, row, missing);
    const limits = await limitsOf(tx, row);
    const items = await receivedItems(tx, row, context);
    await tx
      .updateTable("request")
      .set({ items: [...(row.items ?? []), ...items], ...(complete ? { executed_at: at } : {}) })
      .where("id", "=", row.id)
      .execute();
    if (limits?.limits.includes("speciality") && row.case_id !== null) await specialised(tx, row.case_id, context);
    await startNotification(tx, row, context);
    await barWhatCame(tx, row, context);
    if (complete) {
      await endDeadline(tx, clock(row, RULES.execute, at));
      await releasePreservation(tx, waitedFor(row), at);
    }
    return { items };
  },
);
const disclosed = on(
  "disclose",
  z.strictObject({
    particulars: sentParticularsSchema,
    remark: words(4_000).optional(),
    files: z.array(fileSchema).max(200),
  }),
  async (tx, row, { particulars }, context) => {
    if (measureOf(row.measure).yields !== "information" || row.state === "refused") return {};
    const items = await receivedItems(tx, row, context);
    await tx
      .updateTable("request")
      .set({
        particulars: JSON.stringify({ ...row.particulars, ...particulars }),
        items: [...(row.items ?? []), ...items],
      })
      .where("id", "=", row.id)
      .execute();
    return { items };
  },
);
const lapsed = on("lapse", z.strictObject({}), async (tx, row, _body, { at }) => {
  await endClocks(tx, row.id, at);
  return {};
});

/** An officer there has read it. That is no answer: no clock ends. */
const wasSeen = on("see", z.strictObject({}), async () => ({}));
/** They telephoned. Whoever is spoken to needs not be telephoned again. */
const called = on(
  "call",
  z.strictObject({
    outcome: words(40),
    person: words(300).optional(),
    telephone: words(60),
    text: words(4_000).optional(),
  }),
  async (tx, row, { outcome }, { at }) => {
    if (outcome === "reached") await endDeadline(tx, clock(row, EMERGENCY_RULES.voice, at));
    return {};
  },
);

/** What the answer has cost, as they say. */
const claimed = on("claim", z.strictObject({ amount: words(60), text: words(2_000) }), async () => ({}));

/** False once it was withdrawn or closed here: what crosses that starts no clock. */
const isOpen = ({ state }: RequestRow): boolean => state !== "withdrawn" && state !== "closed";

export const requestMessages = [
  received,
  answered,
  withdrawn,
  confirmed,
  extended,
  closed,
  acknowledged,
  asked,
  accepted,
  refused,
  postponed,
  executed,
  delivered,
  disclosed,
  lapsed,
  bound,
  agreed,
  declined,
  sought,
  waived,
  changed("amend"),
  changed("approve"),
  reminded,
  wasSeen,
  called,
  claimed,
  ...safeguardMessages,
];
