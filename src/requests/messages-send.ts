import { z } from "zod";
import { message } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { isZone } from "../kernel/clock.ts";
import { invalid } from "../kernel/errors.ts";
import {
  ARTICLE_CODES,
  CATEGORIES,
  highest,
  isIdentifying,
  MEASURE_CODES,
  measureOf,
  REACHES,
  sentParticularsSchema,
} from "../law/slice.ts";
import { receiveItem, takingOffice } from "../evidence/slice.ts";
import { askingOf, basisSchema, judgedBasis } from "./basis.ts";
import { onReceipt } from "./clocks.ts";
import { startClocks } from "./messages-clocks.ts";
import { keepSameDocument } from "./messages-document.ts";
import { holdPreservation, waitedFor } from "./messages-movement.ts";
import { lawToday } from "./law-today.ts";
import { isIntrusive, sentSafeguards } from "./safeguards.ts";
import { type RequestRow, requestSubject, URGENCIES } from "./request.ts";
import { missingOnArrival } from "./substance.ts";

const words = (max: number) => z.string().max(max);
/** The same of what must be said. */
const said = (max: number) => z.string().trim().min(1).max(max);
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
    country: said(80),
    office: said(300),
    person: said(300),
    zone: words(80).refine(isZone, "zone-unknown"),
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
    demandOwnWord(body, from);
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
    const isSame = await keepSameDocument(tx, node, id, document);
    await startClocks(tx, node, { id, clocks: [onReceipt(body.measure, now)] });
    await holdPreservation(tx, waitedFor({ measure: body.measure, follows_id: preservation }), at);
    return {
      number: body.number,
      measure: body.measure,
      from,
      ...(judged ? { basisAgrees: judged.agrees } : {}),
      ...(isSame ? {} : { documentAgrees: false }),
    };
  },
});

/**
 * A request speaks for the node that sends it alone, and under a number of its own; and by the data that it names it is decided here who may
 * answer it, so the category that it claims is the highest of them.
 *
 * @source CETS 185 Art. 15(2)
 */
function demandOwnWord({ number, data, data_category: claimed, authority }: Sent, from: string): void {
  if (authority.node !== from) throw invalid("authority.node", "request-not-of-peer", { from });
  if (!number.startsWith(`${from}-`)) throw invalid("number", "request-not-of-peer", { from });
  if (claimed !== highest(data.map(({ category }) => category)))
    throw invalid("data_category", "request-category-claimed");
}

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
