import { z } from "zod";
import { message, type ReceiveContext } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline, resumeDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { invalid } from "../kernel/errors.ts";
import { CATEGORIES, GROUND_CODES, MEASURE_CODES, measureOf } from "../law/slice.ts";
import { receiveItem } from "../evidence/slice.ts";
import { onReceipt, RULES } from "./clocks.ts";
import { clocksSchema, startClocks } from "./messages-clocks.ts";
import { holdPreservation, releasePreservation } from "./messages-preservation.ts";
import { type RequestRow, requestSubject, URGENCIES } from "./request.ts";
import { missing } from "./substance.ts";

const words = (max: number) => z.string().max(max);
const day = z.iso.date();
const moment = z.iso.datetime();

/** A request as it arrives. Bounds are those of the draft: what no officer could have typed is not taken. */
const sendSchema = z.strictObject({
  number: z.string().regex(/^[A-Z][A-Z0-9]{1,7}-\d{4}-\d{6,}$/),
  measure: z.enum(MEASURE_CODES),
  data_category: z.enum(CATEGORIES),
  urgency: z.enum(URGENCIES),
  offence: words(300),
  facts: words(20_000),
  necessity: words(10_000),
  proportionality: words(10_000),
  custodian: words(500),
  data: z.array(z.strictObject({ category: z.enum(CATEGORIES), description: words(1_000), identifiers: z.array(words(300)).max(200) })).min(1).max(50),
  particulars: z.strictObject({ follows: words(60).optional(), assistance: words(2_000).optional(), use: words(2_000).optional() }),
  authority: z.strictObject({
    node: words(8), country: words(80), office: words(300), person: words(300), zone: words(80), authorisedBy: words(300).optional(), authorisedOffice: words(300).optional(),
    authorisedAt: moment.optional(), authorisedUntil: day.optional(), reasons: words(4_000).optional(), provision: words(500).optional(),
  }),
  authorised_until: day.nullable(),
  created_at: moment,
  sent_at: moment,
  follows: z.uuid().nullable(),
  document: z.string().regex(/^[\da-f]{64}$/),
  before: z.array(z.looseObject({ act: words(40), at: moment, by: words(700), node: words(8), entry: words(64) })).max(100),
});
type Sent = z.infer<typeof sendSchema>;

/** A request arrives: here it is `delivered` from the first. Its clocks run from now, the time of receipt. */
export const received = message({
  act: "request.send",
  subject: requestSubject,
  body: sendSchema,
  creates: true,
  attributes: (body: Sent) => ({ side: "receiver", state: "sent", measure: body.measure, data_category: body.data_category, urgency: body.urgency }),
  receive: async (tx, _row: undefined, body, { id, from, now, node }) => {
    if (measureOf(body.measure).asks !== node.kind) throw invalid("measure", node.kind === "state" ? "request-peer-provider" : "request-peer-state", { to: node.code });
    const fields = missing(body as Pick<RequestRow, "measure" | "offence" | "facts" | "necessity" | "proportionality" | "data" | "custodian"> & { particulars: RequestRow["particulars"] });
    if (fields[0]) throw invalid(fields[0].path, fields[0].key, fields[0].values);
    if (body.authority.authorisedBy === undefined) throw invalid("authority", "request-not-authorised");
    const { follows, document, authorised_until, before, authority, data, particulars, created_at, sent_at, ...same } = body;
    await tx
      .insertInto("request")
      .values({
        ...same, id, side: "receiver", peer: from, state: "delivered", follows_id: await knownTo(tx, follows, from), data: JSON.stringify(data), particulars: JSON.stringify(particulars), authority: JSON.stringify(authority),
        authorised_until: authorised_until === null ? null : Temporal.PlainDate.from(authorised_until), created_at: Temporal.Instant.from(created_at), sent_at: Temporal.Instant.from(sent_at), received_at: now,
        document_digest: Buffer.from(document, "hex"), before: JSON.stringify(before),
      })
      .execute();
    await startClocks(tx, id, onReceipt(body.measure, now));
    await holdPreservation(tx, follows, now);
    return { number: body.number, measure: body.measure, from };
  },
});

/** The preservation named, if it is the same peer's. */
async function knownTo(tx: Tx, follows: string | null, peer: string): Promise<string | null> {
  if (follows === null) return null;
  const found = await tx.selectFrom("request").select("id").where("id", "=", follows).where("peer", "=", peer).where("side", "=", "receiver").executeTakeFirst();
  return found?.id ?? null;
}

const on = <Body>(act: string, body: z.ZodType<Body>, receive: (tx: Tx, row: RequestRow, body: Body, context: ReceiveContext) => Promise<object>) =>
  message({ act: `request.${act}`, subject: requestSubject, body, receive: async (tx, row: RequestRow, given, context) => ({ ...(await receive(tx, row, given, context)) }) });

const clock = (row: RequestRow, rule: string, now: Temporal.Instant) => ({ kind: "request", id: row.id, rule, now });
const reasons = words(4_000);

const answered = on("answer", z.strictObject({ text: words(10_000) }), async (tx, row, _body, { now }) => {
  await resumeDeadline(tx, clock(row, RULES.execute, now));
  return {};
});
const withdrawn = on("withdraw", z.strictObject({ reasons }), async (tx, row, _body, { now, node }) => {
  await endDeadline(tx, { kind: "request", id: row.id, now });
  await releasePreservation(tx, row.follows_id, { now, zone: node.config.zone });
  return {};
});
const extended = on("extend", z.strictObject({ reasons, dueAt: moment }), async (tx, row, { dueAt }) => {
  await tx.updateTable("deadline").set({ due_at: Temporal.Instant.from(dueAt) }).where("subject_kind", "=", "request").where("subject_id", "=", row.id).where("rule", "=", RULES.preservation).where("ended_at", "is", null).execute();
  return {};
});
const closed = on("close", z.strictObject({ outcome: words(40), remark: words(2_000).optional() }), async (tx, row, _body, { now }) => {
  await endDeadline(tx, { kind: "request", id: row.id, now });
  return {};
});
const acknowledged = on("acknowledge", z.strictObject({ office: words(300), person: words(300), remark: words(4_000).optional() }), async (tx, row, _body, { now }) => {
  await endDeadline(tx, clock(row, RULES.acknowledge, now));
  return {};
});
const asked = on("ask", z.strictObject({ text: words(10_000) }), async (tx, row, _body, { now }) => {
  await suspendDeadline(tx, clock(row, RULES.execute, now));
  return {};
});
const accepted = on("accept", z.strictObject({ conditions: words(4_000).optional() }), async () => ({}));
const refused = on("refuse", z.strictObject({ ground: z.enum(GROUND_CODES), reasons }), async (tx, row, { ground }, { now, node }) => {
  await tx.updateTable("request").set({ refusal_ground: ground }).where("id", "=", row.id).execute();
  await endDeadline(tx, { kind: "request", id: row.id, now });
  await releasePreservation(tx, row.follows_id, { now, zone: node.config.zone });
  return {};
});
const postponed = on("postpone", z.strictObject({ reasons, until: day.optional() }), async () => ({}));
const executed = on("execute", z.strictObject({ outcome: z.enum(["started", "partly", "done"]), remark: words(4_000).optional(), clocks: clocksSchema }), async (tx, row, { outcome, clocks }, { now, at, settle }) => {
  settle({ started: "executing", partly: "partly-executed", done: "executed" }[outcome]);
  if (outcome === "done") {
    await tx.updateTable("request").set({ executed_at: at }).where("id", "=", row.id).execute();
    await endDeadline(tx, clock(row, RULES.execute, now));
  }
  await startClocks(tx, row.id, clocks);
  return {};
});
const fileSchema = z.strictObject({ digest: z.string().regex(/^[\da-f]{64}$/), size: z.number().int().nonnegative(), name: words(500), media: words(200) });
const delivered = on("deliver", z.strictObject({ complete: z.boolean(), remark: words(4_000).optional(), files: z.array(fileSchema).max(200) }), async (tx, row, { complete }, context) => {
  const { now, at, settle, node, files } = context;
  settle(complete ? "executed" : "partly-executed");
  const items: string[] = [];
  for (const file of files) items.push(await receiveItem(tx, { file, request: { id: row.id, number: row.number, case_id: row.case_id, office: row.office ?? "", office_name: row.authority.office }, from: row.peer }, context));
  await tx.updateTable("request").set({ items: [...(row.items ?? []), ...items], ...(complete ? { executed_at: at } : {}) }).where("id", "=", row.id).execute();
  if (complete) {
    await endDeadline(tx, clock(row, RULES.execute, now));
    await releasePreservation(tx, row.follows_id, { now, zone: node.config.zone });
  }
  return { items };
});
const lapsed = on("lapse", z.strictObject({}), async (tx, row, _body, { now }) => {
  await endDeadline(tx, { kind: "request", id: row.id, now });
  return {};
});

export const requestMessages = [received, answered, withdrawn, extended, closed, acknowledged, asked, accepted, refused, postponed, executed, delivered, lapsed];
