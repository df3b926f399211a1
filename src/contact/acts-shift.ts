import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import type { Officer } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { officerOf } from "../access/slice.ts";
import { seal } from "../trust/seal.ts";
import { type SHIFT_LIFE, type ShiftRow, shiftSpan, shiftSubject } from "./shift.ts";

const act = actsOn<ShiftRow, keyof typeof SHIFT_LIFE>(shiftSubject);
const hour = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "shift-hour");
const note = z.string().trim().min(3).max(10_000).meta({ control: "textarea" });

/** Place that the words of a hand-over are sealed to. */
export const shiftPlace = (id: string): string => `shift:${id}`;

function dutyOfficer({ actor }: Pick<Context, "actor">): Officer {
  if (actor.kind !== "officer") throw new Refusal("not-allowed", "not-permitted", { values: { act: "shift.plan" } });
  return actor;
}

/** Puts an officer of one's office on duty, from an hour to an hour of the office's clock; past midnight where the end is the earlier one. */
export const planShift = creates(shiftSubject, "plan", {
  state: "planned",
  basis: ["CETS 185 Art. 35"],
  input: z.strictObject({ account: z.uuid(), day: z.iso.date(), starts: hour, ends: hour }),
  attributes: (_input, { actor }) => (actor.kind === "officer" ? { office: actor.office.id } : {}),
  apply: async (tx, _under: unknown, { account, day, starts, ends }, context) => {
    const { id, now } = context;
    const planner = dutyOfficer(context);
    const span = shiftSpan(day, { starts, ends }, planner.office.zone);
    if (span === "no-such-hour") throw invalid("starts", "shift-no-such-hour");
    if (Temporal.Instant.compare(span.until, now) <= 0) throw invalid("day", "shift-past");
    const holder = await officerOf(tx, account);
    if (holder?.office.id !== planner.office.id) throw invalid("account", "shift-other-office");
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from shift where account = ${account} and state <> 'cancelled'
      and starts_at < ${span.until} and ends_at > ${span.from}`.execute(tx);
    if ((rows[0]?.n ?? 0) > 0) throw invalid("account", "shift-twice");
    await tx
      .insertInto("shift")
      .values({
        id,
        office: planner.office.id,
        account,
        starts_at: span.from,
        ends_at: span.until,
        state: "planned",
        planned_by: planner.account,
      })
      .execute();
    return { account, from: span.from.toString(), until: span.until.toString() };
  },
});

/** The officer is there and takes what comes. */
export const beginShift = act("begin", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await tx.updateTable("shift").set({ begun_at: now }).where("id", "=", row.id).execute();
    return {};
  },
});

/** Takes a planned shift off the roster. */
export const cancelShift = act("cancel", {
  input: z.strictObject({ reason: z.string().trim().min(3).max(500) }),
  apply: async (_tx, _row, { reason }) => ({ reason }),
});

/** What is open in the contact point at that moment, by number: it goes into the hand-over, so that nobody can say they were not told. */
async function openMatters(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`select number from request
    where (side = 'receiver' and state in ('delivered', 'acknowledged', 'clarification', 'postponed', 'accepted', 'executing', 'partly-executed'))
       or (side = 'sender' and state in ('authorised', 'sent', 'delivered', 'clarification')) order by created_at limit 500`.execute(
    tx,
  );
  return rows.map(({ number }) => number);
}

/** Whoever goes hands over: a note, and the list of what is open, to the colleague who comes. */
export const handOver = act("hand-over", {
  stepUp: true,
  input: z.strictObject({ to: z.uuid(), note }),
  apply: async (tx, row, { to, note: words }, { now, node, ...context }) => {
    const holder = dutyOfficer(context);
    if (to === holder.account) throw invalid("to", "shift-to-oneself");
    if ((await officerOf(tx, to))?.office.id !== row.office) throw invalid("to", "shift-other-office");
    const open = await openMatters(tx);
    const kept = seal(node.services.keys.seal, JSON.stringify({ note: words, open }), shiftPlace(row.id));
    await tx
      .updateTable("shift")
      .set({ words: kept, next_account: to, handed_at: now })
      .where("id", "=", row.id)
      .execute();
    return { to, note: words, open };
  },
});

/** Whoever comes signs that they have read it; their own planned shift begins with it. */
export const signShift = act("sign", {
  stepUp: true,
  input: z.strictObject({ remark: z.string().trim().max(2_000).optional().meta({ control: "textarea" }) }),
  apply: async (tx, row, { remark }, { now, node, ...context }) => {
    const comes = dutyOfficer(context);
    await beginOwn(tx, { comes, node, now });
    await tx.updateTable("shift").set({ signed_at: now, signed_by: comes.account }).where("id", "=", row.id).execute();
    return { handedBy: row.account, ...(remark ? { remark } : {}) };
  },
});

/** The shift that whoever comes is planned for now begins; none where they came without one. */
async function beginOwn(
  tx: Tx,
  { comes, node, now }: { comes: Officer; node: Node; now: Temporal.Instant },
): Promise<void> {
  const soon = now.add({ hours: 1 });
  const { rows } = await sql<{ id: string }>`select id from shift where account = ${comes.account} and state = 'planned'
    and starts_at <= ${soon} and ends_at > ${now} order by starts_at limit 1`.execute(tx);
  const [own] = rows;
  if (own) await performIn(tx, { node, actor: comes, act: beginShift, id: own.id, input: {}, now });
}

export const shiftActs = [planShift, beginShift, cancelShift, handOver, signShift];
