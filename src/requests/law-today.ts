import type { Context } from "../kernel/act.ts";
import { invalid } from "../kernel/errors.ts";
import type { RequestRow } from "./request.ts";
import { collectsAhead } from "../law/slice.ts";
import { longestPeriod } from "./safeguards.ts";

/** The country's law and the day on which it is asked. */
export function lawToday({ node, now }: Pick<Context, "node" | "now">) {
  const { pack, policy } = node.services.country;
  return { pack, digest: policy.pack, day: now.toZonedDateTimeISO(pack.calendar.zone).toPlainDate().toString() };
}

/** The day it is where the officer sits who acts. */
const todayOf = ({ actor, now, node }: Pick<Context, "actor" | "now" | "node">): Temporal.PlainDate =>
  now
    .toZonedDateTimeISO(actor.kind === "officer" ? actor.office.zone : node.services.country.pack.calendar.zone)
    .toPlainDate();

/** Refuses a day that is over, at the field `path`. */
export function demandToCome(context: Pick<Context, "actor" | "now" | "node">, day: string, path: string): void {
  if (Temporal.PlainDate.compare(day, todayOf(context)) < 0) throw invalid(path, "request-until-past");
}

/** The day until which something is authorised, and for how many days that is. Refuses one that is past, or later than the law lets it be. */
export function authorisedFor(
  context: Context,
  row: RequestRow,
  until: string,
): { until: Temporal.PlainDate; days: number } {
  const { pack, day } = lawToday(context);
  const today = todayOf(context);
  const last = Temporal.PlainDate.from(until);
  demandToCome(context, until, "until");
  if (Temporal.PlainDate.compare(last, today.add({ years: 1 })) > 0) throw invalid("until", "request-until-far");
  const days = today.until(last).days;
  const longest = longestPeriod(pack, row, day);
  if (longest !== null && days > longest) throw invalid("until", "request-until-period", { days: longest });
  return { until: last, days };
}

/**
 * What is collected as it arises, or searched for, ends no later than what allows it. Refuses a period that goes on beyond the last day `until`,
 * at the field `path`.
 *
 * @source CETS 185 Art. 15(2)
 */
export function demandWithin(row: Pick<RequestRow, "measure" | "particulars">, until: string, path: string): void {
  const { until: end = "" } = row.particulars;
  if (collectsAhead(row.measure) && end > until) throw invalid(path, "request-period-beyond", { end, until });
}
