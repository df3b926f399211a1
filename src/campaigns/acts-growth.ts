import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { sql } from "../kernel/database.ts";
import { HUB_MAX } from "./joining.ts";
import { type CampaignRow, campaignSubject, LIFE } from "./campaign.ts";
import { addTo, moveTo, recount, referencesOf } from "./acts-members.ts";

// What the node itself does to campaigns, and what an officer's act entails. One entry of the journal names all reports of one turn.

const act = actsOn<CampaignRow, keyof typeof LIFE>(campaignSubject);
/** Reports of one entry: as many as one turn of the job can bring together. */
const REPORTS_MAX = HUB_MAX + 1_000;
const reports = z.array(z.uuid()).min(1).max(REPORTS_MAX);
const EMPTY = JSON.stringify({});

/** Reports that belong together become a campaign. */
export const form = creates(campaignSubject, "form", {
  audience: "internal",
  state: "active",
  input: z.strictObject({ reports, name: z.string().trim().min(1).max(200).optional() }),
  apply: async (tx, _under, { reports: members, name }, { id, now, node }) => {
    const { rows } = await sql<{ next: number }>`select nextval('campaign_number') as next`.execute(tx);
    const number = `K-${now.toZonedDateTimeISO(node.config.zone).year}-${String(rows[0]?.next ?? 0).padStart(6, "0")}`;
    await tx
      .insertInto("campaign")
      .values({
        ...{ id, number, name: name ?? "", named: name !== undefined, state: "active", category: "X9", priority: 4 },
        ...{ reports: 0, week: 0, first_at: now, last_at: now, made_at: now, losses: EMPTY, categories: EMPTY },
      })
      .execute();
    await moveTo(tx, id, members);
    await recount(tx, id, now);
    return { number, reports: await referencesOf(tx, members) };
  },
});

/** Further reports join. What was closed is active again: it goes on. */
export const grow = act("grow", {
  audience: "internal",
  input: z.strictObject({ reports }),
  apply: async (tx, row, { reports: members }, { now }) => {
    await moveTo(tx, row.id, members);
    await addTo(tx, row, members, now);
    return { reports: await referencesOf(tx, members) };
  },
});

/** A report leaves, because an officer has said that it is not the same thing as another in it. */
export const release = act("release", {
  audience: "internal",
  input: z.strictObject({ report: z.uuid(), because: z.string() }),
  apply: async (tx, row, { report, because }, { now, settle }) => {
    const references = await referencesOf(tx, [report]);
    await moveTo(tx, null, [report]);
    if ((await recount(tx, row.id, now)) === 0) settle("closed");
    return { reports: references, reason: because };
  },
});

/** All reports go into another campaign; which they were is kept, so that this can be undone. */
export const yieldTo = act("yield", {
  audience: "internal",
  input: z.strictObject({ into: z.uuid(), number: z.string() }),
  apply: async (tx, row, { into, number }) => {
    await sql`insert into campaign_origin (campaign_id, report_id) select ${row.id}, id from report where campaign_id = ${row.id} on conflict do nothing`.execute(
      tx,
    );
    await sql`update report set campaign_id = ${into} where campaign_id = ${row.id}`.execute(tx);
    await tx
      .updateTable("campaign")
      .set({ merged_into: into, reports: 0, week: 0, lead_id: null })
      .where("id", "=", row.id)
      .execute();
    // Who was parted from this one is parted from the whole.
    await sql`insert into campaign_apart (campaign_id, other_id, at)
      select ${into}, other_id, at from campaign_apart where campaign_id = ${row.id} and other_id <> ${into}
      union all select campaign_id, ${into}, at from campaign_apart where other_id = ${row.id} and campaign_id <> ${into} on conflict do nothing`.execute(
      tx,
    );
    return { into, number, reports: row.reports };
  },
});
