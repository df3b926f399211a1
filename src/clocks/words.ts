import type { Translate } from "../kernel/i18n.ts";
import type { Coming, Watched } from "./forecast.ts";

/** How long ahead, in the largest unit that says it whole. */
export function aheadInWords(minutes: number, t: Translate): string {
  if (minutes % 1_440 === 0) return t("clocks.ahead.days", { count: minutes / 1_440 });
  if (minutes % 60 === 0) return t("clocks.ahead.hours", { count: minutes / 60 });
  return t("clocks.ahead.minutes", { count: minutes });
}

/** What a clock will do then, as a sentence. */
export function comingInWords(
  { what, aheadMinutes, escalates, clock: { rule } }: Coming<Watched>,
  { t, has }: { readonly t: Translate; readonly has: (key: string) => boolean },
): string {
  if (what === "warns")
    return t(escalates ? "clocks.warns-head" : "clocks.warns", { ahead: aheadInWords(aheadMinutes ?? 0, t) });
  return t(has(`clocks.then.${rule}`) ? `clocks.then.${rule}` : "clocks.then");
}

/** A moment as the clock of a place shows it, `2026-12-03 16:00 Port Louis` without the place. */
export const shownIn = (at: Temporal.Instant, zone: string): string =>
  at.toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: "minute" }).replace("T", " ");
