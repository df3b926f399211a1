import { z } from "zod";
import { actsOn, type Context } from "../kernel/act.ts";
import { type Tx, sql } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { load, performIn } from "../kernel/pipeline.ts";
import { newId } from "../kernel/receive.ts";
import { reportSubject } from "../reports/slice.ts";
import { form, grow, release, yieldTo } from "./acts-growth.ts";
import { moveTo, recount } from "./acts-members.ts";
import { type CampaignRow, campaignSubject, LIFE } from "./campaign.ts";

const act = actsOn<CampaignRow, keyof typeof LIFE>(campaignSubject);
const reason = z.string().trim().min(1).max(2_000).meta({ control: "textarea" });
/** Names in one box, or a list of them. */
const listed = (one: z.ZodString, max: number) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.split(/[\s,;]+/).filter((each) => each !== "") : value),
    z.array(one).min(1, "field-required").max(max),
  );
const number = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^K-\d{4}-\d{6,9}$/, "campaign-number-form");
const reference = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^R-[0-9A-Z]{5}-[0-9A-Z]{5}$/, "report-reference-form");

const sees = ({ node, actor, now }: Context, alias: string) =>
  actor.kind === "system"
    ? sql<boolean>`true`
    : node.policy.filter({ actor, action: `${reportSubject.name}.read`, subject: reportSubject, now, alias });

/** Whoever may read none of a campaign's reports does nothing to it: for them it does not exist. */
async function demandSeen(tx: Tx, campaign: string, context: Context): Promise<void> {
  const { rows } =
    await sql`select 1 from report r where r.campaign_id = ${campaign} and ${sees(context, "r")} limit 1`.execute(tx);
  if (rows.length === 0 && context.actor.kind !== "system") throw new Refusal("not-found", "not-found");
}

export const rename = act("rename", {
  input: z.strictObject({ name: z.string().trim().min(1).max(200) }),
  apply: async (tx, row, { name }, context) => {
    await demandSeen(tx, row.id, context);
    await tx.updateTable("campaign").set({ name, named: true, name_key: null }).where("id", "=", row.id).execute();
    return { name: { from: row.name, to: name } };
  },
});

/** Takes other campaigns in. This one keeps its number; the others end, and can be restored. */
export const merge = act("merge", {
  input: z.strictObject({ others: listed(number, 20), reason: reason.optional() }),
  apply: async (tx, row, { others, reason: why }, context) => {
    await demandSeen(tx, row.id, context);
    for (const other of [...new Set(others)].toSorted()) await take(tx, row, other, context);
    await recount(tx, row.id, context.now);
    return { others, ...(why === undefined ? {} : { reason: why }) };
  },
});

async function take(tx: Tx, row: CampaignRow, other: string, context: Context): Promise<void> {
  const { node, actor, now } = context;
  const found = await tx.selectFrom("campaign").select(["id", "state"]).where("number", "=", other).executeTakeFirst();
  if (!found) throw invalid("others", "campaign-no-such", { number: other });
  if (found.id === row.id) throw invalid("others", "campaign-itself");
  if (found.state === "merged") throw invalid("others", "campaign-merged-already", { number: other });
  try {
    await demandSeen(tx, found.id, context);
  } catch {
    throw invalid("others", "campaign-no-such", { number: other });
  }
  const [a, b] = (await partedIn(tx, row.id, found.id)) ?? [];
  if (a !== undefined && b !== undefined) throw invalid("others", "campaign-kept-apart", { number: other, a, b });
  await performIn(tx, { node, actor, act: yieldTo, id: found.id, input: { into: row.id, number: row.number }, now });
  await sql`delete from campaign_apart where (campaign_id, other_id) in ((${row.id}::uuid, ${found.id}::uuid), (${found.id}::uuid, ${row.id}::uuid))`.execute(
    tx,
  );
}

/** References of two reports in these campaigns that an officer has called different; `undefined` where there are none. */
async function partedIn(tx: Tx, one: string, other: string): Promise<readonly [string, string] | undefined> {
  const { rows } = await sql<{ a: string; b: string }>`select a.reference as a, b.reference as b from report_link l
    join report a on a.id = l.report_id join report b on b.id = l.other_id
    where l.verdict = 'different' and a.campaign_id = ${one} and b.campaign_id = ${other} limit 1`.execute(tx);
  return rows[0] && [rows[0].a, rows[0].b];
}

/** Takes chosen reports out into a campaign of their own, which the node keeps apart from this one. */
export const split = act("split", {
  input: z.strictObject({
    reports: listed(reference, 200),
    reason,
    name: z.string().trim().min(1).max(200).optional(),
  }),
  apply: async (tx, row, { reports, reason: why, name }, context) => {
    const { node, actor, now, answer } = context;
    await demandSeen(tx, row.id, context);
    const { rows } = await sql<{ id: string; reference: string }>`select r.id, r.reference from report r
      where r.reference = any(${reports}::text[]) and r.campaign_id = ${row.id} and ${sees(context, "r")} order by r.id`.execute(
      tx,
    );
    const missing = reports.find((each) => !rows.some((found) => found.reference === each));
    if (missing !== undefined) throw invalid("reports", "campaign-not-in-it", { reference: missing });
    if (rows.length >= row.reports) throw invalid("reports", "campaign-split-all");
    const members = rows.map(({ id }) => id);
    const input = { reports: members, ...(name === undefined ? {} : { name }) };
    const made = await performIn(tx, { node, actor, act: form, input, newId: newId(), now });
    await part(tx, row.id, made.id, now);
    await recount(tx, row.id, now);
    answer({ campaign: made.id });
    return { number: String(made.done["number"]), reports: rows.map((each) => each.reference), reason: why };
  },
});

/** Remembers that two campaigns are not one. */
const part = (tx: Tx, one: string, other: string, now: Temporal.Instant) =>
  sql`insert into campaign_apart (campaign_id, other_id, at) values (${one}, ${other}, ${now}), (${other}, ${one}, ${now}) on conflict do nothing`.execute(
    tx,
  );

/** Undoes a merger: the reports that the campaign had are its own again, where they are still in the one that took it in. */
export const restore = act("restore", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, context) => {
    const { rows: heads } = await sql<{ id: string; number: string }>`with recursive up as (
        select id, number, merged_into, 1 as step from campaign where id = ${row.merged_into}
        union all select c.id, c.number, c.merged_into, step + 1 from campaign c join up on c.id = up.merged_into where step < 1000
      ) select id, number from up where merged_into is null`.execute(tx);
    const [head] = heads;
    if (!head) throw new Refusal("conflict", "campaign-nothing-left");
    await load(tx, campaignSubject, head.id);
    await demandSeen(tx, head.id, context);
    const { rows } = await sql<{ id: string }>`select r.id from campaign_origin o join report r on r.id = o.report_id
      where o.campaign_id = ${row.id} and r.campaign_id = ${head.id}`.execute(tx);
    if (rows.length === 0) throw new Refusal("conflict", "campaign-nothing-left");
    await moveTo(
      tx,
      row.id,
      rows.map(({ id }) => id),
    );
    await tx.updateTable("campaign").set({ merged_into: null }).where("id", "=", row.id).execute();
    await tx.deleteFrom("campaign_origin").where("campaign_id", "=", row.id).execute();
    await part(tx, head.id, row.id, context.now);
    await recount(tx, row.id, context.now);
    await recount(tx, head.id, context.now);
    return { from: head.number, reports: rows.length, reason: why };
  },
});

export const close = act("close", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, context) => {
    await demandSeen(tx, row.id, context);
    return { reason: why };
  },
});

export const reopen = act("reopen", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, context) => {
    await demandSeen(tx, row.id, context);
    return { reason: why };
  },
});

export const campaignActs = [rename, merge, split, close, reopen, restore, form, grow, release, yieldTo] as const;
