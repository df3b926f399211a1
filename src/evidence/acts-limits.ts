import { z } from "zod";
import { warningsFor } from "../access/slice.ts";
import { actsOn } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import type { Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { OnDue } from "../kernel/slice.ts";
import { type ItemRow, itemSubject, LIFE } from "./item.ts";
import { ERASE_BY, EXPIRED } from "./limits.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);

/**
 * Conditions on an item change: whoever set one waives it, or the day by which it must be gone has passed. Nobody here chooses that.
 *
 * @source CETS 185 Art. 28(2)
 */
export const limit = act("limit", {
  audience: "internal",
  input: z.strictObject({
    waived: z.string().optional(),
    passed: z.boolean().default(false),
    /** What was said with a waiver, and by whom. */
    reason: z.string().max(4_000).optional(),
    by: z.string().max(700).optional(),
  }),
  apply: async (tx, row, { waived, passed, reason, by }, { now }) => {
    const before = row.limits ?? [];
    const limits = passed
      ? [...new Set([...before, EXPIRED])]
      : before.filter((each) => each !== waived && !(waived === "erase-by" && each === EXPIRED));
    await tx
      .updateTable("item")
      .set({
        limits: limits.length > 0 ? limits : null,
        ...(waived === "erase-by" ? { bound_until: null } : {}),
        ...(limits.length > 0 ? {} : { bound_by: null }),
      })
      .where("id", "=", row.id)
      .execute();
    if (waived === "erase-by") await endDeadline(tx, { kind: "item", id: row.id, rule: ERASE_BY, now });
    return {
      change_of_limits: passed ? "passed" : "waived",
      ...(waived === undefined ? {} : { condition: waived }),
      limits: limits.join(", "),
      bound_by: row.bound_by,
      ...(reason === undefined ? {} : { reason }),
      ...(by === undefined ? {} : { by }),
    };
  },
});

/** Starts the clock of an item that must be gone by a day, as days end in the country. */
export async function startErasure(
  tx: Tx,
  id: string,
  { bound_until: until, bound_by: by }: Pick<ItemRow, "bound_until" | "bound_by">,
  { now, node }: { readonly now: Temporal.Instant; readonly node: Node },
): Promise<void> {
  if (until === null) return;
  const { calendar, watch } = node.services.country.pack;
  const { zone } = calendar;
  const dueAt = until.add({ days: 1 }).toZonedDateTime(zone).toInstant();
  await setDeadline(tx, {
    kind: "item",
    id,
    rule: ERASE_BY,
    startsAt: now,
    dueAt,
    detail: { by: by ?? "", zone },
    warnings: warningsFor(watch, ERASE_BY),
  });
}

/** Takes a condition off every item that came under a request, and off what was made of them. */
export async function liftLimit(
  tx: Tx,
  { node, now }: { readonly node: Node; readonly now: Temporal.Instant },
  of: { readonly request: string; readonly condition: string; readonly reason: string; readonly by: string },
): Promise<void> {
  const rows = await tx
    .selectFrom("item")
    .select("id")
    .where("bound_request", "=", of.request)
    .where("limits", "is not", null)
    .orderBy("id")
    .execute();
  for (const { id } of rows)
    await performIn(tx, {
      node,
      actor: system("conditions"),
      act: limit,
      id,
      input: { waived: of.condition, reason: of.reason, by: of.by },
      now,
    });
}

/** The day by which it must be returned or erased has passed: from now on it is only given back or destroyed. */
export const limitPassed: OnDue = async (tx, { subject_id: id }, node, now) => {
  const row = await tx.selectFrom("item").select(["state", "limits"]).where("id", "=", id).executeTakeFirst();
  if (row?.limits && row.state !== "disposed" && row.state !== "returned")
    await performIn(tx, { node, actor: system("clock"), act: limit, id, input: { passed: true }, now });
};
