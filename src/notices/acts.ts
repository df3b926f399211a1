import { createHash } from "node:crypto";
import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import type { Officer } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { runningDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { WHOLE_LANGUAGES } from "../kernel/i18n.ts";
import { performIn } from "../kernel/pipeline.ts";
import { peerNames } from "../exchange/slice.ts";
import { addressSchema, mailOffered, queueMail } from "../mail/slice.ts";
import { NOTIFICATION, notificationRule, type RequestRow, requestSubject } from "../requests/slice.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { seal, unseal } from "../trust/seal.ts";
import { signersOf } from "../trust/signers.ts";
import { inform } from "./acts-inform.ts";
import { noticeDocument } from "./document.ts";
import { coveringMail } from "./mail.ts";
import {
  documentPlace,
  type NOTICE_LIFE,
  type NoticeRow,
  noticeSubject,
  type Person,
  personPlace,
  WAYS,
} from "./notice.ts";

const act = actsOn<NoticeRow, keyof typeof NOTICE_LIFE>(noticeSubject);
const line = (max: number) => z.string().trim().min(2).max(max);
const text = (max: number) => z.string().trim().min(3).max(max).meta({ control: "textarea" });

function officerOf({ actor }: Pick<Context, "actor">, name: string): Officer {
  if (actor.kind !== "officer") throw new Refusal("not-allowed", "not-permitted", { values: { act: name } });
  return actor;
}

/** The lines of the data that concern this person: by number from 1, at least one where there are any. */
function linesOf({ data }: RequestRow, chosen: readonly string[]): RequestRow["data"] {
  const lines = chosen.map((each) => {
    const found = data[Number(each) - 1];
    if (!found) throw invalid("lines", "notice-line", { line: each });
    return found;
  });
  if (lines.length === 0 && data.length > 0) throw invalid("lines", "notice-lines-missing");
  return lines;
}

/** Writes and signs the document by which a person concerned is told; nothing leaves yet. @source CETS 185 Art. 15(1) */
export const prepareNotice = creates(noticeSubject, "prepare", {
  under: requestSubject,
  state: "prepared",
  basis: ["CETS 185 Art. 15(1)"],
  input: z.strictObject({
    person: line(200),
    address: text(500),
    way: z.enum(WAYS),
    language: z.enum(WHOLE_LANGUAGES),
    /** Lines of the request's data, by number, that concern this person. */
    lines: z
      .array(z.string().regex(/^\d{1,2}$/, "strike-form"))
      .max(50)
      .default([]),
  }),
  attributes: (_input, { under: { office } }: { under: RequestRow }) => (office ? { office } : {}),
  apply: async (tx, request: RequestRow, { person, address, way, language, lines }, context) => {
    const { id, node, now } = context;
    const officer = officerOf(context, "notice.prepare");
    const rule = notificationRule(context, request);
    if (request.notification !== "due" && request.notification !== "delayed")
      throw new Refusal("conflict", "notice-not-due");
    if (way === "registered-e-mail") {
      if (!mailOffered(node)) throw invalid("way", "notice-no-mail");
      if (!addressSchema.safeParse(address).success) throw invalid("address", "notice-mailbox");
    }
    const peer = (await peerNames(tx)).get(request.peer) ?? request.peer;
    const plain = noticeDocument(node, {
      request,
      person: { name: person, address },
      lines: linesOf(request, lines),
      language,
      at: now,
      holder: request.custodian || peer,
      provision: rule?.provision ?? "",
      remedy: rule?.remedy,
      deferred: request.notification === "delayed",
    });
    const pdf = await signPdf(plain, signersOf(node), now);
    const key = node.services.keys.seal;
    const digest = createHash("sha256").update(pdf).digest();
    await tx
      .insertInto("notice")
      .values({
        id,
        request_id: request.id,
        office: request.office,
        state: "prepared",
        way,
        language,
        person: seal(key, Buffer.from(JSON.stringify({ name: person, address })), personPlace(id)),
        document: seal(key, pdf, documentPlace(id)),
        digest,
        prepared_by: officer.account,
        prepared_at: now,
      })
      .execute();
    return { request: request.number, way, language, document: digest.toString("hex") };
  },
});

const requestOf = async (tx: Tx, { request_id: id }: NoticeRow): Promise<RequestRow> => {
  const { rows } = await sql<RequestRow>`select * from request where id = ${id} for update`.execute(tx);
  const [found] = rows;
  if (!found) throw new Refusal("not-found", "not-found");
  return found;
};

/** While the authority's delay runs nobody tells the person but the authority that may grant one. @source CETS 185 Art. 15(1) */
async function refuseWhileDeferred(tx: Tx, request: RequestRow, context: Context): Promise<void> {
  if (request.notification !== "delayed") return;
  const clock = await runningDeadline(tx, { kind: "request", id: request.id, rule: NOTIFICATION });
  if (!clock || Temporal.Instant.compare(clock.starts_at, context.now) <= 0) return;
  const { role } = officerOf(context, "notice.send");
  if (notificationRule(context, request)?.delay?.by.includes(role)) return;
  const zone = context.node.services.country.pack.calendar.zone;
  const until = clock.starts_at.toZonedDateTimeISO(zone).subtract({ seconds: 1 }).toPlainDate().toString();
  throw new Refusal("conflict", "notice-deferred", { values: { until } });
}

/** Lets it go: the registered e-mail leaves now; a letter with the number under which the post took it; served, by whom. @source CETS 185 Art. 15(1) */
export const sendNotice = act("send", {
  stepUp: true,
  input: z.strictObject({ reference: z.string().trim().max(300).optional() }),
  apply: async (tx, row, { reference }, context) => {
    const { node, now } = context;
    const officer = officerOf(context, "notice.send");
    const request = await requestOf(tx, row);
    await refuseWhileDeferred(tx, request, context);
    if (row.way !== "registered-e-mail" && !reference) throw invalid("reference", `notice-reference-${row.way}`);
    if (row.way === "registered-e-mail") {
      const { rows } = await sql<{
        person: Buffer;
        document: Buffer;
      }>`select person, document from notice where id = ${row.id}`.execute(tx);
      const [kept] = rows;
      if (!kept) throw new Refusal("not-found", "not-found");
      const key = node.services.keys.seal;
      const { address } = JSON.parse(unseal(key, kept.person, personPlace(row.id)).toString()) as Person;
      const pdf = unseal(key, kept.document, documentPlace(row.id));
      const isQueued = await queueMail(tx, node, coveringMail(node, { row, address, number: request.number, pdf }));
      if (!isQueued) throw new Refusal("conflict", "notice-no-mail");
    }
    await tx
      .updateTable("notice")
      .set({ sent_at: now, sent_by: officer.account, reference: reference ?? null })
      .where("id", "=", row.id)
      .execute();
    return { way: row.way, ...(reference ? { reference } : {}) };
  },
});

const notFuture = (on: string, context: Context): Temporal.PlainDate => {
  const day = Temporal.PlainDate.from(on);
  const { zone } = officerOf(context, "notice.prove").office;
  if (Temporal.PlainDate.compare(day, context.now.toZonedDateTimeISO(zone).toPlainDate()) > 0)
    throw invalid("on", "notification-ahead");
  return day;
};

/** How many notices about a request are still on their way or not yet sent, besides this one. */
async function othersOpen(tx: Tx, { id, request_id }: NoticeRow): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from notice
    where request_id = ${request_id} and id <> ${id} and state in ('prepared', 'sent')`.execute(tx);
  return rows[0]?.n ?? 0;
}

/** It came to the person: on which day, and what shows it. Once no other notice is open, the person concerned has been told. @source CETS 185 Art. 15(1) */
export const proveNotice = act("prove", {
  input: z.strictObject({ on: z.iso.date(), proof: text(10_000) }),
  apply: async (tx, row, { on, proof }, context) => {
    const { node, now, actor } = context;
    const officer = officerOf(context, "notice.prove");
    const day = notFuture(on, context);
    await tx
      .updateTable("notice")
      .set({ state: "served", ended_on: day, ended_by: officer.account, proof })
      .where("id", "=", row.id)
      .execute();
    const { notification } = await requestOf(tx, row);
    if (notification !== "told" && (await othersOpen(tx, row)) === 0)
      await performIn(tx, { node, actor, act: inform, id: row.request_id, input: { on, how: row.way }, now });
    return { on, way: row.way, proof };
  },
});

/** It came back, or nobody could be found: another notice may be written. The clock runs on. */
export const failNotice = act("fail", {
  input: z.strictObject({ on: z.iso.date(), reasons: text(2_000) }),
  apply: async (tx, row, { on, reasons }, context) => {
    const officer = officerOf(context, "notice.fail");
    await tx
      .updateTable("notice")
      .set({ ended_on: notFuture(on, context), ended_by: officer.account, proof: reasons })
      .where("id", "=", row.id)
      .execute();
    return { on, reasons };
  },
});

/** It is not sent after all. */
export const dropNotice = act("drop", {
  input: z.strictObject({ reasons: text(2_000) }),
  apply: async (_tx, _row, { reasons }) => ({ reasons }),
});

export const noticeActs = [prepareNotice, sendNotice, proveNotice, failNotice, dropNotice, inform];
