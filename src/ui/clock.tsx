import type { ComponentChildren } from "preact";
import { type Tools, useTools } from "../kernel/tools.ts";
import { Dial } from "./dial.tsx";
import { dateLocale, placeOf } from "./when.tsx";
import type { Provision } from "./why.tsx";

/** A clock that the law or an office has set. */
export interface ClockProps {
  /** What is due: "Data kept", "Answer to Belmora". */
  readonly label: ComponentChildren;
  readonly due: Temporal.Instant;
  /** When it began to run; without it the dial is left out. */
  readonly started?: Temporal.Instant | undefined;
  /** When it was met, and so stopped. */
  readonly ended?: Temporal.Instant | undefined;
  /** Since when it is suspended. */
  readonly suspended?: Temporal.Instant | undefined;
  /** Zone of the office on the other side, and its place where the zone does not say it. */
  readonly peer?: { readonly zone: string; readonly place?: string } | undefined;
  readonly rule?: Provision | undefined;
}

/** A deadline: when it is due in words, on our clock and on theirs; then what is left; then the rule. */
export function Clock({ label, due, started, ended, suspended, peer, rule }: ClockProps) {
  const tools = useTools();
  const until = ended ?? suspended ?? tools.now;
  const state = clockState({ due, ended, suspended, now: tools.now });
  return (
    <div class={`clock ${state}`}>
      {started && <Dial part={partOf(started, due, until)} late={state === "late"} />}
      <div>
        <p class="clock-label">{label}</p>
        <p class="clock-due">
          <time dateTime={due.toString({ smallestUnit: "second" })}>{dueInWords(due, tools, peer)}</time>
        </p>
        <p class="clock-left">{leftInWords(due, { ...tools, ended, suspended })}</p>
        {rule && (
          <p class="clock-rule">
            {rule.words && <>{rule.words} </>}
            <cite>{rule.href ? <a href={rule.href}>{rule.cite}</a> : rule.cite}</cite>
          </p>
        )}
      </div>
    </div>
  );
}

/** Whether a clock still runs, soon runs out (a day or less), has run out, rests, or was met. */
export function clockState({
  due,
  ended,
  suspended,
  now,
}: Pick<ClockProps, "due" | "ended" | "suspended"> & { readonly now: Temporal.Instant }):
  | "runs"
  | "soon"
  | "late"
  | "rests"
  | "met"
  | "met-late" {
  if (ended) return Temporal.Instant.compare(ended, due) > 0 ? "met-late" : "met";
  if (suspended) return "rests";
  const hours = now.until(due).total("hours");
  return hours < 0 ? "late" : hours <= 24 ? "soon" : "runs";
}

/** The part of the clock's time that is used, from 0 to 1. */
export function partOf(started: Temporal.Instant, due: Temporal.Instant, at: Temporal.Instant): number {
  const whole = due.epochMilliseconds - started.epochMilliseconds;
  return whole <= 0 ? 1 : Math.min(1, Math.max(0, (at.epochMilliseconds - started.epochMilliseconds) / whole));
}

/** "Thursday 3 December, 16:00 in Port Louis, 21:00 in Manila": the second clock says its day only where it is another. */
export function dueInWords(
  due: Temporal.Instant,
  { t, locale, zone, now }: Pick<Tools, "t" | "locale" | "zone" | "now">,
  peer?: ClockProps["peer"],
): string {
  const here = due.toZonedDateTimeISO(zone);
  const day = (at: Temporal.ZonedDateTime) =>
    at.toLocaleString(dateLocale(locale), {
      weekday: "long",
      day: "numeric",
      month: "long",
      ...(at.year === now.toZonedDateTimeISO(zone).year ? {} : { year: "numeric" as const }),
    });
  const time = (at: Temporal.ZonedDateTime) =>
    at.toLocaleString(dateLocale(locale), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const ours = t("ui.clock.at", { day: day(here), time: time(here), place: placeOf(zone) });
  const there = peer && peer.zone !== zone ? due.toZonedDateTimeISO(peer.zone) : undefined;
  if (!there || !peer) return ours;
  const place = peer.place ?? placeOf(peer.zone);
  const isSameDay = there.toPlainDate().equals(here.toPlainDate());
  return isSameDay
    ? `${ours}, ${t("ui.clock.time-at", { time: time(there), place })}`
    : `${ours}; ${t("ui.clock.at", { day: day(there), time: time(there), place })}`;
}

/** How long is left, or how late it is, in at most two units. */
export function leftInWords(
  due: Temporal.Instant,
  { t, now, ended, suspended }: Pick<Tools, "t" | "now"> & Pick<ClockProps, "ended" | "suspended">,
): string {
  const state = clockState({ due, ended, suspended, now });
  const length = inWords(Math.abs((ended ?? suspended ?? now).until(due).total("minutes")), t);
  switch (state) {
    case "met":
      return t("ui.clock.met", { length });
    case "met-late":
      return t("ui.clock.met-late", { length });
    case "rests":
      return t("ui.clock.rests", { length });
    case "late":
      return t("ui.clock.late", { length });
    case "soon":
    case "runs":
      return t("ui.clock.left", { length });
  }
}

/** Minutes as days and hours, hours and minutes, or minutes. */
export function inWords(minutes: number, t: Tools["t"]): string {
  const whole = Math.floor(minutes);
  if (whole >= 1440)
    return t("ui.length.days", { days: Math.floor(whole / 1440), hours: Math.floor((whole % 1440) / 60) });
  if (whole >= 60) return t("ui.length.hours", { hours: Math.floor(whole / 60), minutes: whole % 60 });
  return t("ui.length.minutes", { minutes: whole });
}
