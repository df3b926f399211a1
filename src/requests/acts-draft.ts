import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import type { Officer } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { type CaseRow, caseSubject } from "../cases/slice.ts";
import { askablePeer } from "../exchange/slice.ts";
import { highest, isIdentifying, isOwn, measureOf } from "../law/slice.ts";
import { narrowed, strikeSchema, struckOut } from "./amendment.ts";
import { asJson } from "../kernel/json.ts";
import { type Authority, type Draft, draftSchema, isInHand, type RequestRow, requestSubject } from "./request.ts";
import { authorisedFor, demandWithin, lawToday } from "./law-today.ts";
import { missingSafeguards, powersFor, submittedSafeguards } from "./safeguards.ts";
import { askingOf, chosenBasis } from "./basis.ts";
import { missing } from "./substance.ts";

export const act = actsOn(requestSubject);

/** Longest legal basis that travels with a request, in characters. */
const PROVISION_MAX = 500;

/** The officer who acts; requests are drafted and decided by people only. */
export function officerOf({ actor }: Pick<Context, "actor">): Officer {
  if (actor.kind !== "officer") throw new Refusal("not-allowed", "not-permitted", { values: { act: "request.draft" } });
  return actor;
}

async function nextNumber(tx: Tx, { node, now }: Context): Promise<string> {
  const { rows } = await sql<{ n: number }>`select nextval('request_number') as n`.execute(tx);
  return `${node.code}-${now.toZonedDateTimeISO(node.config.zone).year}-${String(rows[0]?.n ?? 0).padStart(6, "0")}`;
}

const authorityOf = ({ node, actor }: Context): Authority => {
  const officer = officerOf({ actor });
  const { contact_voice: voice, contact_hours: hours } = node.config;
  return {
    node: node.code,
    country: node.name,
    office: officer.office.name,
    person: officer.name,
    zone: officer.office.zone,
    ...(voice ? { voice } : {}),
    ...(hours ? { hours } : {}),
  };
};

/** The one asked must be a trusted peer of the kind that the measure asks. */
async function checkPeer(tx: Tx, { measure, to }: Draft, { node }: Context): Promise<void> {
  if (isOwn(measure)) {
    if (to !== node.code) throw invalid("to", "request-own-only", { to: node.code });
    return;
  }
  const peer = await askablePeer(tx, to);
  if (!peer) throw invalid("to", "request-peer-unknown", { to });
  if (peer.kind !== measureOf(measure).asks)
    throw invalid("to", measureOf(measure).asks === "state" ? "request-peer-state" : "request-peer-provider", { to });
}

/** The request that this one follows, by its number: ours to the same peer. */
async function followed(tx: Tx, draft: Draft): Promise<string | null> {
  const path = draft.particulars.preserved ? "preserved" : "follows";
  const number = draft.particulars[path];
  if (number === undefined || number === "") return null;
  const found = await tx
    .selectFrom("request")
    .select("id")
    .where("number", "=", number)
    .where("peer", "=", draft.to)
    .where("side", "=", "sender")
    .executeTakeFirst();
  if (!found) throw invalid(`particulars.${path}`, "request-follows-unknown", { number });
  return found.id;
}

/** The treaty that a draft names must be one on which this can be asked there; naming none leaves the choice to the table. */
function namedBasis(draft: Draft, context: Context): string | null {
  if (draft.basis === "") return null;
  const { measure, particulars, data, to, basis } = draft;
  const asked = { measure, particulars, data_category: highest(data.map(({ category }) => category)) } as RequestRow;
  const found = basisNow(asked, { to, code: basis }, context);
  if ("refused" in found) throw invalid("basis", found.refused, { to });
  return found.basis && JSON.stringify(found.basis);
}

function basisNow(asked: RequestRow, { to, code }: { to: string; code: string | undefined }, { node, now }: Context) {
  const { treaties, country } = node.services;
  const on = now.toZonedDateTimeISO(country.pack.calendar.zone).toPlainDate();
  return chosenBasis(treaties, askingOf(asked, { from: node.code, to, on }), code);
}

const columns = (draft: Draft) => ({
  measure: draft.measure,
  peer: draft.to,
  data_category: highest(draft.data.map(({ category }) => category)),
  identifying: isIdentifying(draft.particulars),
  urgency: draft.urgency,
  offence: draft.offence,
  article: draft.article ?? "",
  facts: draft.facts,
  necessity: draft.necessity,
  proportionality: draft.proportionality,
  custodian: draft.custodian,
  data: JSON.stringify(draft.data),
  particulars: JSON.stringify(draft.particulars),
  safeguards: JSON.stringify(draft.safeguards),
});

async function insertDraft(
  tx: Tx,
  draft: Draft,
  context: Context,
  of: { case_id: string | null; parent_id: string | null; offence?: string },
): Promise<{ number: string; measure: string; to: string }> {
  const { id, now } = context;
  const officer = officerOf(context);
  await checkPeer(tx, draft, context);
  const number = await nextNumber(tx, context);
  await tx
    .insertInto("request")
    .values({
      id,
      number,
      case_id: of.case_id,
      parent_id: of.parent_id,
      follows_id: await followed(tx, draft),
      basis: namedBasis(draft, context),
      side: "sender",
      state: "draft",
      ...columns(draft),
      ...(of.offence !== undefined && draft.offence === "" ? { offence: of.offence } : {}),
      authority: JSON.stringify(authorityOf(context)),
      drafted_by: officer.account,
      office: officer.office.id,
      created_at: now,
    })
    .execute();
  return { number, measure: draft.measure, to: draft.to };
}

const attributes = (draft: Draft, { actor }: { actor: Context["actor"] }) => ({
  side: "sender",
  measure: draft.measure,
  peer: draft.to,
  data_category: highest(draft.data.map(({ category }) => category)),
  urgency: draft.urgency,
  ...(actor.kind === "officer" ? { drafted_by: actor.account, office: actor.office.id } : {}),
});

/** Drafts a request in a case. */
export const draftRequest = creates(requestSubject, "draft", {
  under: caseSubject,
  state: "draft",
  input: draftSchema,
  attributes,
  apply: (tx, file: CaseRow, draft, context) =>
    insertDraft(tx, draft, context, { case_id: file.id, parent_id: null, offence: file.offences.join("; ") }),
});

/** Drafts the domestic measure that carries out what came from abroad. @source CETS 185 Art. 29(3) */
export const carryRequest = creates(requestSubject, "carry", {
  under: requestSubject,
  state: "draft",
  input: draftSchema,
  attributes,
  apply: async (tx, incoming: RequestRow, draft, context) => {
    if (incoming.side !== "receiver") throw new Refusal("conflict", "request-carry-own");
    if (!isInHand(incoming))
      throw new Refusal("wrong-state", "wrong-state", { values: { act: "request.carry", state: incoming.state } });
    return {
      ...(await insertDraft(tx, draft, context, { case_id: null, parent_id: incoming.id })),
      carries: incoming.number,
    };
  },
});

/** Changes a draft. */
export const revise = act("revise", {
  input: draftSchema,
  apply: async (tx, row, draft, context) => {
    await checkPeer(tx, draft, context);
    await tx
      .updateTable("request")
      .set({ ...columns(draft), follows_id: await followed(tx, draft), basis: namedBasis(draft, context) })
      .where("id", "=", row.id)
      .execute();
    return { measure: draft.measure, to: draft.to };
  },
});

/**
 * Asks for the decision. What the law wants said must be there, and must say something; and a treaty on which it can be asked must bind both.
 *
 * @source CETS 185 Art. 29(2)
 */
export const submit = act("submit", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    const { pack, day, digest } = lawToday(context);
    const fields = [...missing(row), ...missingSafeguards(pack, row, day)];
    if (fields.length > 0) throw new Refusal("invalid", "request-incomplete", { fields });
    const { tests, ...said } = submittedSafeguards(pack, row, { day, digest });
    const found = basisNow(row, { to: row.peer, code: row.basis?.code }, context);
    if ("refused" in found)
      throw new Refusal("invalid", found.refused, {
        fields: [{ path: "basis", key: found.refused, values: { to: row.peer } }],
      });
    const { basis } = found;
    await tx
      .updateTable("request")
      .set({ ...said, tests: JSON.stringify(tests), basis: basis && JSON.stringify(basis) })
      .where("id", "=", row.id)
      .execute();
    return { measure: row.measure, to: row.peer, ...(basis ? { basis: basis.provision } : {}) };
  },
});

/** Sends a submitted request back to its drafter with what is to be mended. */
export const giveBack = act("return", {
  input: z.strictObject({ reasons: z.string().trim().min(10).max(4_000).meta({ control: "textarea" }) }),
  apply: async (_tx, _row, { reasons }) => ({ reasons }),
});

/** The provisions of the country's pack that let this officer's role or office decide on that measure and that data; empty where none is named. */
export function provisionsFor(context: Context, row: RequestRow): string {
  const { role, office } = officerOf(context);
  const { pack, day } = lawToday(context);
  return powersFor(pack, row, day)
    .filter(({ authorising }) => authorising.some((who) => who === role || who === office.kind))
    .map(({ provision }) => provision)
    .join("; ")
    .slice(0, PROVISION_MAX);
}

/** Allows the measure, until a day. @source CETS 185 Art. 15(2) */
export const authorise = act("authorise", {
  stepUp: true,
  input: z.strictObject({
    reasons: z.string().trim().min(10).max(4_000).meta({ control: "textarea" }),
    until: z.iso.date(),
    /** What is struck out: lines of the data by number (`2`), or single identifiers of them (`2.1`). */
    strike: strikeSchema,
    /** The period asked for, made shorter. */
    from: z.iso.date().optional(),
    period_until: z.iso.date().optional(),
  }),
  apply: async (tx, row, { reasons, until, strike, from, period_until }, context) => {
    const { now } = context;
    const officer = officerOf(context);
    const { until: day, days } = authorisedFor(context, row, until);
    const provision = provisionsFor(context, row);
    const { isNarrower, ...left } = narrowed(row, { strike, from, until: period_until });
    demandWithin({ ...row, ...left }, until, "period_until");
    const authority: Authority = {
      ...row.authority,
      authorisedBy: officer.name,
      authorisedOffice: officer.office.name,
      authorisedAt: now.toString({ smallestUnit: "second" }),
      authorisedUntil: until,
      reasons,
      ...(provision ? { provision } : {}),
    };
    await tx
      .updateTable("request")
      .set({
        authorised_by: officer.account,
        authorised_until: day,
        period_days: days,
        authority: JSON.stringify(authority),
        ...(isNarrower
          ? {
              asked: JSON.stringify({ data: row.data, particulars: row.particulars }),
              data: JSON.stringify(left.data),
              particulars: JSON.stringify(left.particulars),
              data_category: left.data_category,
            }
          : {}),
      })
      .where("id", "=", row.id)
      .execute();
    return asJson({
      reasons,
      until,
      office: officer.office.name,
      ...(provision ? { provision } : {}),
      ...(isNarrower ? { struck: struckOut(row.data, left.data), period: { from, until: period_until } } : {}),
    });
  },
});

/** Columns of a request on which nobody has decided. What was ordered ahead and decided on is undecided with it: it may be ordered again. */
const UNDECIDED = {
  authorised_by: null,
  authorised_until: null,
  period_days: null,
  ordered_by: null,
  ordered_at: null,
  validation: null,
  validated_by: null,
  validated_at: null,
  asked: null,
} as const;

/** Who asks and how they are reached, without what a decision added. */
const askingAuthority = ({ node, country, office, person, zone, voice, hours }: Authority): Authority => ({
  node,
  country,
  office,
  person,
  zone,
  ...(voice === undefined ? {} : { voice }),
  ...(hours === undefined ? {} : { hours }),
});

/**
 * Takes a decision back while nothing has been sent: the request is as it was submitted, and waits for a decision again.
 *
 * @source CETS 185 Art. 15(2)
 */
export const revoke = act("revoke", {
  stepUp: true,
  input: z.strictObject({ reasons: z.string().trim().min(10).max(4_000).meta({ control: "textarea" }) }),
  apply: async (tx, row, { reasons }) => {
    await tx
      .updateTable("request")
      .set({
        ...UNDECIDED,
        authority: JSON.stringify(askingAuthority(row.authority)),
        ...(row.asked
          ? {
              data: JSON.stringify(row.asked.data),
              particulars: JSON.stringify(row.asked.particulars),
              data_category: highest(row.asked.data.map(({ category }) => category)),
            }
          : {}),
      })
      .where("id", "=", row.id)
      .execute();
    return { reasons };
  },
});

/** Refuses the measure, with reasons. @source CETS 185 Art. 15(2) */
export const deny = act("deny", {
  stepUp: true,
  input: z.strictObject({ reasons: z.string().trim().min(10).max(4_000).meta({ control: "textarea" }) }),
  apply: async (_tx, _row, { reasons }) => ({ reasons }),
});
