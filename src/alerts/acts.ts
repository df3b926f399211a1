import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import type { Officer } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { type AlertRow, alertSubject, type Content, contentShape, EXPIRY, languagesOf, LIFE } from "./alert.ts";
import { contentOf, demandNoPerson } from "./acts-content.ts";
import { senderOf } from "./address.ts";
import { isCampaign } from "./views-campaign.ts";

/** Channel on which the worker hears that a warning is to be mailed. */
export const ALERT_CHANNEL = "comity_alert";

const act = actsOn<AlertRow, keyof typeof LIFE>(alertSubject);
const remark = (max: number) => z.string().trim().min(1).max(max).meta({ control: "textarea" });

/** The officer who acts. Nobody else writes a warning. */
function officerOf({ actor }: Context, name: string): Officer {
  if (actor.kind !== "officer") throw new Refusal("not-allowed", "not-permitted", { values: { act: name } });
  return actor;
}

/** What the journal says of a content: what it is about, never a text that an office may yet take back. */
const told = (content: Content) => ({
  category: content.category,
  languages: languagesOf(content),
  districts: [...content.districts],
  indicators: content.indicators.length,
});

/** Drafts a warning, from a campaign or of a category; ticked, it is proposed at once. */
export const draft = creates(alertSubject, "draft", {
  state: "draft",
  input: z.strictObject({
    ...contentShape,
    campaign: z.uuid().optional().meta({ control: "hidden" }),
    propose: z.boolean().default(false),
  }),
  attributes: (_input, { actor }) =>
    actor.kind === "officer" ? { office: actor.office.id, drafted_by: actor.account, written_by: [actor.account] } : {},
  apply: async (tx, _under, { campaign = null, propose: isProposed, ...input }, context) => {
    const { id, now, node, settle } = context;
    const { account, name, office } = officerOf(context, "alert.draft");
    if (campaign !== null && !(await isCampaign(tx, campaign))) throw invalid("campaign", "alert-no-such-campaign");
    const content = await contentOf(tx, node, input, { campaign });
    const { rows } = await sql<{ next: number }>`select nextval('alert_number') as next`.execute(tx);
    const number = `A-${now.toZonedDateTimeISO(node.config.zone).year}-${String(rows[0]?.next ?? 0).padStart(6, "0")}`;
    const state = isProposed ? "proposed" : "draft";
    if (isProposed) settle("proposed");
    await tx
      .insertInto("alert")
      .values({
        ...{ id, number, state, office: office.id, office_name: office.name, campaign_id: campaign },
        ...{ drafted_by: account, drafted_by_name: name, written_by: [account] },
        ...columnsOf(content),
        expires_at: now.add({ hours: 24 * content.days }),
        drafted_at: now,
        proposed_at: isProposed ? now : null,
        changed_at: now,
      })
      .execute();
    return { number, ...told(content), ...(campaign ? { campaign } : {}) };
  },
});

/** The columns that lists are filtered by, beside the content itself. */
const columnsOf = (content: Content) => ({
  category: content.category,
  districts: [...content.districts],
  languages: languagesOf(content),
  content: JSON.stringify(content),
});

/** Who has written since it was last published, this officer now among them. */
const writersWith = (row: AlertRow, account: string): string[] => [...new Set([...row.written_by, account])];

export const revise = act("revise", {
  input: z.strictObject(contentShape),
  apply: async (tx, row, input, context) => {
    const { account, name } = officerOf(context, "alert.revise");
    const content = await contentOf(tx, context.node, input, { campaign: row.campaign_id });
    await tx
      .updateTable("alert")
      .set({
        ...columnsOf(content),
        ...{ drafted_by: account, drafted_by_name: name, written_by: writersWith(row, account) },
        changed_at: context.now,
      })
      .where("id", "=", row.id)
      .execute();
    return told(content);
  },
});

export const propose = act("propose", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { node, now }) => {
    await demandNoPerson(tx, node, row.content, { campaign: row.campaign_id });
    await tx.updateTable("alert").set({ proposed_at: now, changed_at: now }).where("id", "=", row.id).execute();
    return told(row.content);
  },
});

/** Keys of the indicators that the second person has looked at, one by one. */
const confirmed = z.array(z.string().max(400)).max(60).default([]);

/** What belongs to the offenders is published only where a second person says so of each. */
function demandConfirmed({ indicators }: Content, keys: readonly string[]): void {
  const missing = indicators.find(({ key }) => !keys.includes(key));
  if (missing) throw invalid("confirmed", "alert-indicator-unconfirmed", { value: missing.value });
}

export const publish = act("publish", {
  input: z.strictObject({ confirmed }),
  apply: (tx, row, input, context) =>
    say(tx, row, row.content, { kind: "alert", reason: null, confirmed: input.confirmed, context }),
});

/** Says it to the public: a new version, its clock, and whom it is mailed to. */
async function say(
  tx: Tx,
  row: AlertRow,
  content: Content,
  more: { kind: "alert" | "update"; reason: string | null; confirmed: readonly string[]; context: Context },
) {
  const { kind, reason, context } = more;
  const { node, now } = context;
  const { account, name } = officerOf(context, `alert.${kind === "alert" ? "publish" : "update"}`);
  demandConfirmed(content, more.confirmed);
  await demandNoPerson(tx, node, content, { campaign: row.campaign_id, reason: reason ?? "" });
  const version = await addVersion(tx, row, { kind, content, reason, by: name, context });
  const expires_at = now.add({ hours: 24 * content.days });
  await tx
    .updateTable("alert")
    .set({
      ...columnsOf(content),
      ...{
        version: version.number,
        pending: null,
        changed_reason: reason,
        written_by: [],
        expires_at,
        changed_at: now,
      },
      ...{ published_by: account, published_by_name: name, published_at: row.published_at ?? now },
    })
    .where("id", "=", row.id)
    .execute();
  await setDeadline(tx, { kind: alertSubject.name, id: row.id, rule: EXPIRY, startsAt: now, dueAt: expires_at });
  return { ...told(content), version: version.number, identifier: version.identifier };
}

async function addVersion(
  tx: Tx,
  row: AlertRow,
  said: { kind: "alert" | "update" | "cancel"; content: Content; reason: string | null; by: string; context: Context },
): Promise<{ number: number; identifier: string }> {
  const { node, now } = said.context;
  const number = row.version + 1;
  const identifier = `${node.code}-${row.number}-${number}`;
  await tx
    .insertInto("alert_version")
    .values({
      ...{ alert_id: row.id, version: number, kind: said.kind, content: JSON.stringify(said.content) },
      ...{ reason: said.reason, identifier, sender: senderOf(node), sent_at: now, by_name: said.by },
    })
    .execute();
  await sql`select pg_notify(${ALERT_CHANNEL}, '')`.execute(tx);
  return { number, identifier };
}

export const giveBack = act("return", {
  input: z.strictObject({ reason: remark(2_000) }),
  apply: async (tx, row, { reason }, { now }) => {
    await tx.updateTable("alert").set({ proposed_at: null, changed_at: now }).where("id", "=", row.id).execute();
    return { reason };
  },
});

export const discard = act("discard", {
  input: z.strictObject({ reason: remark(2_000) }),
  apply: async (tx, row, { reason }, { now }) => {
    await tx.updateTable("alert").set({ ended_at: now, changed_at: now }).where("id", "=", row.id).execute();
    return { reason };
  },
});

/** Writes a change of what is published; the public sees it when a second person has published it. */
export const amend = act("amend", {
  input: z.strictObject({ ...contentShape, reason: remark(500) }),
  apply: async (tx, row, { reason, ...input }, context) => {
    const { account, name } = officerOf(context, "alert.amend");
    const content = await contentOf(tx, context.node, input, { campaign: row.campaign_id, reason });
    await tx
      .updateTable("alert")
      .set({
        ...{ pending: JSON.stringify(content), changed_reason: reason },
        ...{ drafted_by: account, drafted_by_name: name, written_by: writersWith(row, account) },
      })
      .where("id", "=", row.id)
      .execute();
    return { ...told(content), reason };
  },
});

export const update = act("update", {
  input: z.strictObject({ confirmed }),
  apply: async (tx, row, input, context) => {
    if (!row.pending) throw new Refusal("conflict", "alert-nothing-pending");
    return say(tx, row, row.pending, {
      kind: "update",
      reason: row.changed_reason,
      confirmed: input.confirmed,
      context,
    });
  },
});

export const decline = act("decline", {
  input: z.strictObject({ reason: remark(2_000) }),
  apply: async (tx, row, { reason }) => {
    if (!row.pending) throw new Refusal("conflict", "alert-nothing-pending");
    await tx.updateTable("alert").set({ pending: null, written_by: [] }).where("id", "=", row.id).execute();
    return { reason };
  },
});

/** Calls a warning off. One person does: what is wrong must not stand until a second is found. */
export const cancel = act("cancel", {
  input: z.strictObject({ reason: remark(500) }),
  apply: async (tx, row, { reason }, context) => {
    const { node, now } = context;
    const { name } = officerOf(context, "alert.cancel");
    await demandNoPerson(
      tx,
      node,
      { words: {}, indicators: row.content.indicators },
      { campaign: row.campaign_id, reason },
    );
    const version = await addVersion(tx, row, { kind: "cancel", content: row.content, reason, by: name, context });
    await tx
      .updateTable("alert")
      .set({
        version: version.number,
        pending: null,
        written_by: [],
        changed_reason: reason,
        changed_at: now,
        ended_at: now,
      })
      .where("id", "=", row.id)
      .execute();
    await endDeadline(tx, { kind: alertSubject.name, id: row.id, now });
    return { reason, version: version.number, identifier: version.identifier };
  },
});

/** Its day is past: by the clock alone. */
export const expire = act("expire", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await tx
      .updateTable("alert")
      .set({ pending: null, written_by: [], changed_at: now, ended_at: now })
      .where("id", "=", row.id)
      .execute();
    return { version: row.version };
  },
});

export const alertActs = [
  draft,
  revise,
  propose,
  publish,
  giveBack,
  discard,
  amend,
  update,
  decline,
  cancel,
  expire,
] as const;
