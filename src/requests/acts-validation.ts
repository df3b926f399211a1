import { z } from "zod";
import type { Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { barItems, unbarItems } from "../evidence/slice.ts";
import { endOf } from "../law/slice.ts";
import { act, officerOf, provisionsFor } from "./acts-draft.ts";
import { RULES } from "./clocks.ts";
import { startClocks } from "./messages-clocks.ts";
import { withdrawUnvalidated } from "./messages-safeguards.ts";
import { authorisedFor, demandWithin, lawToday } from "./law-today.ts";
import type { Authority, RequestRow } from "./request.ts";
import { powersFor } from "./safeguards.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });

/** True once the other node has it: then it is told. */
const isShared = ({ sent_at: sent }: Pick<RequestRow, "sent_at">): boolean => sent !== null;

/**
 * Orders an urgent measure before it is authorised, where the law of the country lets this officer. The clock of its validation starts at once.
 *
 * @source CETS 185 Art. 15(2)
 */
export const order = act("order", {
  input: z.strictObject({ reasons }),
  apply: async (tx, row, input, context) => {
    const { now } = context;
    const officer = officerOf(context);
    const { pack, day } = lawToday(context);
    const validation = powersFor(pack, row, day)
      .map((power) => power.validation)
      .find((each) => each?.ordering.includes(officer.role) && each.urgency.some((one) => one === row.urgency));
    if (!validation) throw new Refusal("not-allowed", "order-without-validation");
    const dueAt = endOf(validation.within, now, pack.calendar);
    await startClocks(tx, context.node, {
      id: row.id,
      clocks: [
        {
          rule: RULES.validation,
          startsAt: now,
          dueAt,
          source: validation.provision.slice(0, 100),
          ...(validation.within.unit === "hours" ? {} : { zone: pack.calendar.zone }),
        },
      ],
    });
    const authority: Authority = {
      ...row.authority,
      orderedBy: officer.name,
      orderedOffice: officer.office.name,
      orderedAt: now.toString({ smallestUnit: "second" }),
      validationDue: dueAt.toString({ smallestUnit: "second" }),
      reasons: input.reasons,
      provision: validation.provision,
      ...(validation.unvalidated === "withdrawn" ? { unvalidated: "withdrawn" } : {}),
    };
    await tx
      .updateTable("request")
      .set({
        ordered_by: officer.account,
        ordered_at: now,
        validation: "due",
        authority: JSON.stringify(authority),
      })
      .where("id", "=", row.id)
      .execute();
    return { reasons: input.reasons, validationDue: dueAt.toString(), provision: validation.provision };
  },
});

/**
 * Validates, or refuses to, what was ordered before it was authorised. What was obtained is shut where it is refused, and opened again where a court
 * validates after the time had run out. Where the law wants it withdrawn unvalidated, a refusal withdraws it, and nobody validates it late.
 *
 * @source CETS 185 Art. 15(2)
 * @source Regulation (EU) 2023/1543 Art. 4(5)
 */
export const validate = act("validate", {
  stepUp: true,
  input: z.strictObject({ decision: z.enum(["confirmed", "refused"]), reasons, until: z.iso.date().optional() }),
  apply: async (tx, row, { decision, reasons: why, until }, context) => {
    if (row.validation === null || row.validation === "confirmed" || row.validation === "refused")
      throw new Refusal("conflict", "nothing-to-validate");
    if (row.validation === "lapsed" && row.authority.unvalidated === "withdrawn")
      throw new Refusal("conflict", "order-withdrawn");
    const { now, settle, tell } = context;
    const officer = officerOf(context);
    await endDeadline(tx, { kind: "request", id: row.id, rule: RULES.validation, now });
    const decided = { validation: decision, validated_by: officer.account, validated_at: now };
    let told: Authority | undefined;
    if (decision === "confirmed") {
      if (until === undefined) throw invalid("until", "request-until-missing");
      const { until: day, days } = authorisedFor(context, row, until);
      demandWithin(row, until, "until");
      const provision = provisionsFor(context, row);
      told = {
        ...row.authority,
        authorisedBy: officer.name,
        authorisedOffice: officer.office.name,
        authorisedAt: now.toString({ smallestUnit: "second" }),
        authorisedUntil: until,
        reasons: why,
        ...(provision ? { provision } : {}),
      };
      await tx
        .updateTable("request")
        .set({
          ...decided,
          authorised_by: officer.account,
          authorised_until: day,
          period_days: days,
          // What was sent stays what it was: its document must not change under its digest.
          ...(isShared(row) ? {} : { authority: JSON.stringify(told) }),
        })
        .where("id", "=", row.id)
        .execute();
      if (row.validation === "lapsed") await unbarItems(tx, { request: row.id, why: "unvalidated" }, context);
      if (row.state === "ordered") settle("authorised");
    } else {
      await tx.updateTable("request").set(decided).where("id", "=", row.id).execute();
      await barItems(tx, { request: row.id, why: "unvalidated" }, context);
      if (row.state === "ordered") settle("denied");
      else await withdrawUnvalidated(tx, row, { now, settle });
    }
    if (isShared(row))
      tell({
        to: row.peer,
        body: {
          decision,
          reasons: why,
          ...(told ? { by: told.authorisedBy ?? "", office: told.authorisedOffice ?? "", until: until ?? "" } : {}),
        },
      });
    return { outcome: decision, reasons: why, ...(until ? { until } : {}), office: officer.office.name };
  },
});

/** Nobody has validated it in time: a clock's act. What was obtained is shut: until a court decides, or for good. @source CETS 185 Art. 15(2) */
export const voidOrder = act("void", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    await tx.updateTable("request").set({ validation: "lapsed" }).where("id", "=", row.id).execute();
    const shut = await barItems(tx, { request: row.id, why: "unvalidated" }, context);
    if (row.state === "ordered") context.settle("denied");
    else await withdrawUnvalidated(tx, row, context);
    if (isShared(row)) context.tell({ to: row.peer, body: {} });
    return { shut };
  },
});

/** The clock of a validation ran out. */
export async function validationEnds(tx: Tx, id: string): Promise<boolean> {
  const row = await tx.selectFrom("request").select(["side", "validation"]).where("id", "=", id).executeTakeFirst();
  return row?.side === "sender" && row.validation === "due";
}
