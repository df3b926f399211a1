import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { OnDue } from "../kernel/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { EMERGENCY_RULES, emergencyLaw, isEmergency, REVIEW_KIND, reviewDue, voiceDue } from "./emergency.ts";
import type { RequestRow } from "./request.ts";

/**
 * Starts what an emergency has beside other requests, in the act that sends it: minutes until people telephone, and the time within
 * which another person reviews the use. Does nothing for any other request.
 */
export async function emergencySent(tx: Tx, row: RequestRow, { node, now, actor }: Context): Promise<void> {
  if (!isEmergency(row)) return;
  const { data, calendar } = node.services.country.pack;
  const law = emergencyLaw(data);
  const due = reviewDue(now, law, calendar);
  await tx
    .insertInto("emergency_use")
    .values({
      request_id: row.id,
      sent_by: actor.kind === "officer" ? actor.account : null,
      sent_at: now,
      before_authorisation: row.authorised_by === null,
      review_due: due,
    })
    .execute();
  const detail = { source: law.source };
  const of = { id: row.id, startsAt: now, detail };
  await setDeadline(tx, { ...of, kind: "request", rule: EMERGENCY_RULES.voice, dueAt: voiceDue(now, law) });
  await setDeadline(tx, { ...of, kind: REVIEW_KIND, rule: EMERGENCY_RULES.review, dueAt: due });
}

/** Nothing was heard in the minutes that an emergency has: people must telephone. A clock's act. */
export const escalate = act("escalate", { audience: "internal", input: z.strictObject({}), apply: async () => ({}) });

/** What the reviewer finds. */
export const VERDICTS = ["justified", "not-justified"] as const;

/**
 * Another person looks at the use of the emergency way afterwards: was there a danger to life or safety, and did it have to be this
 * way? Neither who drafted, nor who authorised, nor who sent it.
 *
 * @source CETS 185 Art. 15(1)
 */
export const review = act("review", {
  stepUp: true,
  input: z.strictObject({
    verdict: z.enum(VERDICTS),
    reasons: z.string().trim().min(10).max(4_000).meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { verdict, reasons }, { now, ...context }) => {
    const { account } = officerOf(context);
    const use = await useOf(tx, row.id);
    if (use.verdict !== null && use.verdict !== "lapsed") throw new Refusal("conflict", "request-reviewed-already");
    if ([use.sent_by, row.drafted_by, row.authorised_by].includes(account))
      throw new Refusal("not-allowed", "emergency-other-person");
    await tx
      .updateTable("emergency_use")
      .set({ verdict, reviewed_at: now, reviewed_by: account })
      .where("request_id", "=", row.id)
      .execute();
    await endDeadline(tx, { kind: REVIEW_KIND, id: row.id, now });
    return { verdict, reasons, ...(use.verdict === "lapsed" ? { late: true } : {}) };
  },
});

/** The time for the review has run out in silence: recorded as that, never as an approval. A review may still follow, late. */
export const unreviewed = act("unreviewed", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row) => {
    await useOf(tx, row.id);
    await tx.updateTable("emergency_use").set({ verdict: "lapsed" }).where("request_id", "=", row.id).execute();
    return {};
  },
});

async function useOf(tx: Tx, id: string) {
  const found = await tx.selectFrom("emergency_use").selectAll().where("request_id", "=", id).executeTakeFirst();
  if (!found) throw new Refusal("conflict", "request-no-emergency");
  return found;
}

const byClock =
  (what: typeof escalate | typeof unreviewed): OnDue =>
  async (tx, { subject_id: id }, node, now) => {
    await performIn(tx, { node, actor: system("clock"), act: what, id, input: {}, now });
  };

/** What the clocks of an emergency do when they run out. */
export const onEmergencyDue: Readonly<Record<string, OnDue>> = {
  [EMERGENCY_RULES.voice]: byClock(escalate),
  [EMERGENCY_RULES.review]: byClock(unreviewed),
};
