import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import type { Actor } from "../kernel/actor.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { perform, performIn } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { trustedPeer } from "../exchange/slice.ts";
import { redirect, reportingOf, type ReportRow, reportSubject, toldContact, toldIn } from "../reports/slice.ts";
import { ACCEPTED_CHANNEL, CONDITIONS_MAX, handoverSubject } from "./handover.ts";

const act = actsOn(handoverSubject);
const text = (max: number) => z.string().trim().min(1).max(max).meta({ control: "textarea" });

const officerOf = (actor: Actor) => {
  if (actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
  return actor;
};
type Making = { readonly actor: Actor; readonly node: Node; readonly under: ReportRow };

/** Offers a report to another country's node: its category and the conditions, and nothing else of it. */
export const offer = creates(handoverSubject, "offer", {
  under: reportSubject,
  state: "offered",
  basis: ["CETS 185 Art. 26"],
  input: z.strictObject({
    to: z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/, "handover-no-such-peer"),
    conditions: text(CONDITIONS_MAX),
  }),
  attributes: ({ to }, { actor, under }: Making) => ({
    side: "sender",
    peer: to,
    category: under.category,
    ...(actor.kind === "officer" ? { office: actor.office.id } : {}),
  }),
  apply: async (tx, report: ReportRow, { to, conditions }, { id, actor, now, tell }) => {
    const officer = officerOf(actor);
    const peer = await trustedPeer(tx, to);
    if (peer?.kind !== "state") throw invalid("to", "handover-no-such-peer");
    // What came under conditions is not passed on: who set them has not agreed.
    if (report.conditions !== null)
      throw new Refusal("not-allowed", "handover-bound", { values: { act: "handover.offer" } });
    const by = `${officer.name}, ${officer.office.name}`;
    await tx
      .insertInto("handover")
      .values({
        id,
        side: "sender",
        peer: to,
        state: "offered",
        report_id: report.id,
        office: officer.office.id,
        category: report.category,
        conditions,
        offered_by: by,
        offered_at: now,
      })
      .execute();
    tell({ to, body: { category: report.category, conditions, by } });
    return { to, category: report.category };
  },
});

/** Binds this office to the conditions; then the content comes. */
export const accept = act("accept", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { actor, now, tell }) => {
    const officer = officerOf(actor);
    const by = `${officer.name}, ${officer.office.name}`;
    await tx
      .updateTable("handover")
      .set({ answered_by: by, answered_at: now, office: row.office ?? officer.office.id })
      .where("id", "=", row.id)
      .execute();
    tell({ to: row.peer, body: { by } });
    return { by };
  },
});

/** Does not bind itself: nothing comes. */
export const decline = act("decline", {
  input: z.strictObject({ reason: text(2_000) }),
  apply: async (tx, row, { reason }, { actor, now, tell }) => {
    const officer = officerOf(actor);
    const by = `${officer.name}, ${officer.office.name}`;
    await tx
      .updateTable("handover")
      .set({ answered_by: by, answered_at: now, reason })
      .where("id", "=", row.id)
      .execute();
    tell({ to: row.peer, body: { by, reason } });
    return { reason };
  },
});

const OBSERVABLES_MAX = 500;
async function foundIn(tx: Tx, report: string) {
  const { rows } = await sql<{
    type: string;
    value: string;
    key: string;
    strong: boolean;
  }>`select type, value, key, strong
    from report_observable where report_id = ${report} order by key limit ${sql.lit(OBSERVABLES_MAX)}`.execute(tx);
  return rows;
}

/**
 * The content goes over, once the conditions are accepted: what was told and what was found in it. Who told it goes with it only
 * where they agreed. The report is closed here with the words of the door that leads there.
 */
export const hand = act("hand", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { node, now, tell }) => {
    const { rows } = await sql<
      ReportRow & Record<string, unknown>
    >`select * from report where id = ${row.report_id} for update`.execute(tx);
    const [report] = rows;
    if (!report || report.erased_at) throw new Refusal("conflict", "handover-report-gone");
    const { description, facts } = toldIn(node, report);
    const contact = report["consent_handover"] === true ? await toldContact(tx, node, report.id) : undefined;
    tell({
      to: row.peer,
      body: asJson({
        reference: report.reference,
        category: report.category,
        description,
        facts,
        language: report.language,
        received_at: report.received_at,
        observables: await foundIn(tx, report.id),
        ...(contact ? { contact } : {}),
      }),
    });
    await tx.updateTable("handover").set({ handed_at: now }).where("id", "=", row.id).execute();
    const closed = await closeHere(tx, node, { report, peer: row.peer, now });
    return { to: row.peer, contact: contact !== undefined, closed };
  },
});

/** Closes the report as elsewhere, with the words of the door; a report that is worked on by a case, or has no such door, stays. */
async function closeHere(
  tx: Tx,
  node: Node,
  { report, peer, now }: { report: ReportRow; peer: string; now: Temporal.Instant },
): Promise<boolean> {
  const door = reportingOf(node).doors.find((each) => each.peer === peer);
  if (!door || report.case_id !== null || report.state === "closed") return false;
  await performIn(tx, {
    node,
    actor: system("handover"),
    act: redirect,
    id: report.id,
    input: { door: door.code },
    now,
  });
  return true;
}

/** Hands over what was accepted: found in rows, so that nothing that was agreed is forgotten. */
export const handAccepted: Job = {
  name: "handovers",
  everySeconds: 30,
  wokenBy: [ACCEPTED_CHANNEL],
  run: async (node) => {
    const { rows } = await sql<{
      id: string;
    }>`select id from handover where side = 'sender' and state = 'accepted' order by offered_at limit 100`.execute(
      node.db,
    );
    for (const { id } of rows)
      await perform({ node, actor: system("handover"), act: hand, id, input: {} }).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        node.log.warn({ handover: id, refusal: error.key }, "a report that was to be handed over can't be");
      });
  },
};

export const handoverActs = [offer, accept, decline, hand] as const;
