import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { CATEGORIES } from "../law/slice.ts";
import { requestActs, type RequestRow, USER_NOTICE } from "../requests/slice.ts";
import { countNotice, owe } from "./acts-owed.ts";
import { type HoldingRow, holdingSubject, type ReportRow, reportSubject } from "./holding.ts";
import { figuresOf } from "./transparency.ts";
import { DELAY_DAYS_MAX, mayTell } from "./user-notice.ts";
import { countedBetween } from "./views-counted.ts";

const text = (max: number) => z.string().trim().min(3).max(max).meta({ control: "textarea" });

async function tellingOf(tx: Tx, row: RequestRow, { now, zone }: { now: Temporal.Instant; zone: string }) {
  const kept = await tx.selectFrom("user_notice").selectAll().where("request_id", "=", row.id).executeTakeFirst();
  return mayTell(
    {
      measure: row.measure,
      state: row.state,
      confidential: row.particulars.confidential,
      delayedUntil: kept?.delayed_until ?? null,
      toldAt: kept?.told_at ?? null,
    },
    now,
    zone,
  );
}

/** Records that the person whose data it is was told. Refused while confidentiality lasts. @source CETS 185 Art. 16(3) */
export const tellUser = requestActs("notify", {
  input: z.strictObject({ way: z.enum(["e-mail", "post", "telephone", "in-person"]), text: text(4_000) }),
  apply: async (tx, row, { way, text: words }, { node, now, actor }) => {
    const telling = await tellingOf(tx, row, { now, zone: node.services.country.pack.calendar.zone });
    if (telling.answer === "told") throw new Refusal("conflict", "user-told-already");
    if (telling.answer === "forbidden") throw new Refusal("conflict", `user-not-yet-${telling.why}`);
    const told = { told_at: now, told_by: actor.kind === "officer" ? actor.account : null };
    await tx
      .insertInto("user_notice")
      .values({ request_id: row.id, ...told })
      .onConflict((conflict) => conflict.column("request_id").doUpdateSet(told))
      .execute();
    await endDeadline(tx, { kind: "request", id: row.id, rule: USER_NOTICE, now });
    return { way, text: words };
  },
});

/** Puts off telling the user, to a day, because the authority has asked for it with reasons. The time for telling runs from its end. */
export const delayNotice = requestActs("delay-notice", {
  input: z.strictObject({ until: z.iso.date(), reasons: text(4_000) }),
  apply: async (tx, row, { until, reasons }, { node, now }) => {
    const { zone } = node.services.country.pack.calendar;
    if ((await tellingOf(tx, row, { now, zone })).answer === "told") throw new Refusal("conflict", "user-told-already");
    const end = Temporal.PlainDate.from(until).add({ days: 1 }).toZonedDateTime(zone).toInstant();
    if (Temporal.Instant.compare(end, now) <= 0) throw invalid("until", "user-delay-past");
    if (end.since(now).total("hours") > (DELAY_DAYS_MAX + 1) * 24)
      throw invalid("until", "user-delay-long", { days: DELAY_DAYS_MAX });
    await tx
      .insertInto("user_notice")
      .values({ request_id: row.id, delayed_until: end })
      .onConflict((conflict) => conflict.column("request_id").doUpdateSet({ delayed_until: end }))
      .execute();
    await countNotice(tx, row, { node, now });
    return { until, reasons };
  },
});

const holdingAct = actsOn<HoldingRow, "end">(holdingSubject);

/** Says what kind of data the provider holds, and for how long: a request for anything else can be answered at once. */
export const declareHolding = creates(holdingSubject, "declare", {
  state: "declared",
  input: z.strictObject({
    category: z.enum(CATEGORIES),
    description: z.string().trim().min(3).max(500),
    days: z.int().min(0).max(36_500).optional(),
  }),
  apply: async (tx, _under: undefined, { category, description, days }, { id, actor, now }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "holding.declare" } });
    await tx
      .insertInto("holding")
      .values({
        id,
        state: "declared",
        category,
        description,
        kept_days: days ?? null,
        declared_by: actor.account,
        declared_at: now,
      })
      .execute();
    return { category, description, ...(days === undefined ? {} : { days }) };
  },
});

/** It is held no longer. */
export const endHolding = holdingAct("end", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await tx.updateTable("holding").set({ ended_at: now }).where("id", "=", row.id).execute();
    return {};
  },
});

/** Publishes the figures of a period as they are now: frozen, and open to anybody on the portal. */
export const publishReport = creates(reportSubject, "publish", {
  state: "published",
  stepUp: true,
  input: z.strictObject({ from: z.iso.date(), until: z.iso.date() }),
  apply: async (tx, _under: undefined, { from, until }, { id, actor, now, node }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "transparency.publish" } });
    const { zone } = node.config;
    const [first, last] = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(until)];
    if (Temporal.PlainDate.compare(last, first) < 0) throw invalid("until", "transparency-order");
    if (Temporal.PlainDate.compare(last, now.toZonedDateTimeISO(zone).toPlainDate()) >= 0)
      throw invalid("until", "transparency-not-over");
    const figures = figuresOf(
      await countedBetween(tx, {
        from: first.toZonedDateTime(zone).toInstant(),
        until: last.add({ days: 1 }).toZonedDateTime(zone).toInstant(),
        now,
      }),
    );
    await tx
      .insertInto("transparency_report")
      .values({
        id,
        state: "published",
        starts_on: first,
        ends_on: last,
        figures: JSON.stringify(figures),
        published_at: now,
        published_by: actor.account,
      })
      .execute();
    return { from, until, figures: asJson({ ...figures }) };
  },
});

/** Takes a report back: it was wrong. What it said stays in the journal. */
export const withdrawReport = actsOn<ReportRow, "withdraw">(reportSubject)("withdraw", {
  input: z.strictObject({ reason: text(2_000) }),
  apply: async (_tx, _row, { reason }) => ({ reason }),
});

export const responseActs = [owe, tellUser, delayNotice, declareHolding, endHolding, publishReport, withdrawReport];
