import { z } from "zod";
import { isZone } from "../kernel/clock.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import type { Node } from "../kernel/node.ts";
import { NO_WATCH, warningsFor } from "../access/slice.ts";
import { type Clock, OUTLIVING, RULES } from "./clocks.ts";
import { CLOCKS_VERSION, isKnownVersion } from "./clocks-versions.ts";

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
      unknownYears: z.array(z.int().min(1900).max(9999)).max(20).optional(),
      place: z.string().max(80).refine(isZone, "time-zone").optional(),
      // Before there were versions there was the first. A later one than this node knows it could not count by.
      version: z.int().refine(isKnownVersion, "clock-version").default(1),
    }),
  )
  .max(8)
  .default([]);
type ToldClock = z.output<typeof clocksSchema>[number];

/** Writes clocks as deadline rows of a request. They warn as the pack of this node says; the other node warns its own people. */
export async function startClocks(
  tx: Tx,
  node: Node,
  { id, clocks }: { readonly id: string; readonly clocks: readonly (Clock | ToldClock)[] },
): Promise<void> {
  const watch = (node.services as Partial<Node["services"]>).country?.pack.watch ?? NO_WATCH;
  for (const clock of clocks) {
    const { rule, startsAt, dueAt, source, zone, place, unknownYears } = clock;
    await setDeadline(tx, {
      kind: "request",
      id,
      rule,
      startsAt,
      dueAt,
      version: "version" in clock ? clock.version : CLOCKS_VERSION,
      warnings: warningsFor(watch, rule),
      detail: {
        source,
        ...(zone ? { zone } : {}),
        ...(place ? { place } : {}),
        ...(unknownYears ? { unknownYears } : {}),
      },
    });
  }
}

/** Ends the clocks of a request that has come to its end; what is owed to a person stays owed. */
export const endClocks = (tx: Tx, id: string, now: Temporal.Instant): Promise<void> =>
  endDeadline(tx, { kind: "request", id, now, except: OUTLIVING });

/** Clocks as JSON, for a message. */
export const clocksOut = (clocks: readonly Clock[]) =>
  clocks.map(({ rule, startsAt, dueAt, source, zone, place, unknownYears }) => ({
    rule,
    startsAt: startsAt.toString(),
    dueAt: dueAt.toString(),
    source,
    ...(zone ? { zone } : {}),
    ...(place ? { place } : {}),
    ...(unknownYears ? { unknownYears } : {}),
    version: CLOCKS_VERSION,
  }));
