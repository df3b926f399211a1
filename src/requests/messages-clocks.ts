import { z } from "zod";
import { isZone } from "../kernel/clock.ts";
import type { Tx } from "../kernel/database.ts";
import { setDeadline } from "../kernel/deadline.ts";
import { type Clock, RULES } from "./clocks.ts";

const instant = z.iso.datetime().transform((text) => Temporal.Instant.from(text));

/** Clocks as they travel: the node that starts one says from when and to when, and the other counts the same. */
export const clocksSchema = z
  .array(
    z.strictObject({
      rule: z.enum(Object.values(RULES) as [string, ...string[]]),
      startsAt: instant,
      dueAt: instant,
      source: z.string().max(100),
      zone: z.string().max(80).refine(isZone, "time-zone").optional(),
    }),
  )
  .max(8)
  .default([]);
type ToldClock = z.output<typeof clocksSchema>[number];

/** Writes clocks as deadline rows of a request. */
export async function startClocks(tx: Tx, id: string, clocks: readonly ToldClock[]): Promise<void> {
  for (const { rule, startsAt, dueAt, source, zone } of clocks)
    await setDeadline(tx, {
      kind: "request",
      id,
      rule,
      startsAt,
      dueAt,
      detail: { source, ...(zone ? { zone } : {}) },
    });
}

/** Clocks as JSON, for a message. */
export const clocksOut = (clocks: readonly Clock[]) =>
  clocks.map(({ rule, startsAt, dueAt, source, zone }) => ({
    rule,
    startsAt: startsAt.toString(),
    dueAt: dueAt.toString(),
    source,
    ...(zone ? { zone } : {}),
  }));
