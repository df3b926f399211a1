import type * as Plot from "@observablehq/plot";
import { useTools } from "../kernel/tools.ts";
import { leftInWords } from "../ui/clock.tsx";
import { Figure } from "../ui/figure.tsx";
import { dateLocale, momentOf, placeOf } from "../ui/when.tsx";
import { OFFICE_PRACTICE } from "./clocks.ts";
import type { RequestFound, ShownClock } from "./views.ts";

const DAY_MS = 86_400_000;
const TICKS = 6;

/** Zone of the office on the other side; `null` while that is not known here: until it acknowledges. */
export const peerZoneOf = ({
  side,
  authority,
  clocks,
}: Pick<RequestFound, "side" | "authority" | "clocks">): string | null =>
  side === "receiver" ? authority.zone : (clocks.find(({ place }) => place !== null)?.place ?? null);

/** A request's clocks as lines in time, on the reader's clock and on the peer's, beside a table that says the same. It prints as it stands. */
export function ClockLines({ request }: { readonly request: RequestFound }) {
  const tools = useTools();
  const { t, now, zone, locale } = tools;
  const clocks = request.clocks;
  if (clocks.length === 0) return null;
  const there = peerZoneOf(request);
  const zones = [zone, ...(there !== null && there !== zone ? [there] : [])];
  const renewals = request.history.filter(({ act }) => act === "extend").length;
  const moment = (at: Temporal.Instant) =>
    zones.map((each) => `${momentOf(at, { locale, zone: each, now }, "short")}, ${placeOf(each)}`).join("; ");
  const stateOf = (clock: ShownClock): string =>
    leftInWords(clock.dueAt, { t, now, ended: clock.endedAt ?? undefined, suspended: clock.suspendedAt ?? undefined });
  return (
    <section class="clock-lines">
      <h2>{t("requests.clock-lines")}</h2>
      <Figure
        title={t("requests.clock-lines")}
        titled={false}
        note={t(zones.length > 1 ? "requests.clock-lines.zones" : "requests.clock-lines.zone", {
          here: placeOf(zone),
          there: placeOf(there ?? zone),
        })}
        draw={(plot) =>
          lines(plot, {
            clocks,
            warnings: request.warnings,
            now,
            zones,
            locale,
            label: ({ rule }) => t(`clock.${rule}`),
          })
        }
        table={{
          columns: [
            { label: t("requests.clock") },
            { label: t("requests.clock.started") },
            { label: t("requests.clock.due") },
            { label: t("requests.clock.left") },
            { label: t("requests.clock.source") },
          ],
          rows: clocks.map((clock) => [
            t(`clock.${clock.rule}`),
            moment(clock.startsAt),
            moment(clock.dueAt),
            [
              stateOf(clock),
              ...(clock.rule === "request.preservation" && renewals > 0
                ? [t("requests.clock.renewed", { count: renewals })]
                : []),
              ...warningsOf(request, clock).map(({ at }) =>
                t("requests.clock.warned", { at: momentOf(at, { locale, zone, now }, "short") }),
              ),
            ].join(". "),
            clock.source === OFFICE_PRACTICE ? t("clock.office-practice") : clock.source,
          ]),
        }}
        open
      />
    </section>
  );
}

/** The warnings that a running clock has raised. */
const warningsOf = ({ warnings }: Pick<RequestFound, "warnings">, { rule, endedAt }: ShownClock) =>
  endedAt === null ? warnings.filter((each) => each.rule === rule) : [];

interface Drawn {
  readonly clocks: readonly ShownClock[];
  readonly warnings: RequestFound["warnings"];
  readonly now: Temporal.Instant;
  readonly zones: readonly string[];
  readonly locale: string;
  readonly label: (clock: ShownClock) => string;
}

/** Times on an axis: midnights of the zone where it shows days, else hours; at most `TICKS`. */
function ticksOf(from: number, until: number, zone: string): number[] {
  const span = until - from;
  const step =
    span > 2 * DAY_MS ? Math.ceil(span / DAY_MS / TICKS) * 24 : Math.max(1, Math.ceil(span / 3_600_000 / TICKS));
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  const ticks: number[] = [];
  for (
    let at = step >= 24 ? start.startOfDay() : start.round({ smallestUnit: "hour", roundingMode: "floor" });
    at.epochMilliseconds <= until && ticks.length <= 2 * TICKS;
    at = step >= 24 ? at.add({ days: step / 24 }) : at.add({ hours: step })
  )
    if (at.epochMilliseconds >= from) ticks.push(at.epochMilliseconds);
  return ticks;
}

function lines(plot: typeof Plot, { clocks, warnings, now, zones, locale, label }: Drawn): Plot.PlotOptions {
  const ms = (at: Temporal.Instant) => at.epochMilliseconds;
  // Two clocks of one rule (one ended, one that followed it) share a line.
  const rows = clocks.map((clock) => {
    const stopped = clock.endedAt ?? clock.suspendedAt;
    const reached = Math.min(ms(clock.dueAt), ms(stopped ?? now));
    return {
      line: label(clock),
      from: ms(clock.startsAt),
      due: ms(clock.dueAt),
      reached,
      stood: clock.suspendedAt !== null,
    };
  });
  const warned = clocks.flatMap((clock) =>
    warningsOf({ warnings }, clock).map(({ at }) => ({ line: label(clock), at: ms(at) })),
  );
  const from = Math.min(...rows.map((row) => row.from));
  const until = Math.max(
    ...rows.map(({ due }) => due),
    Math.min(ms(now), Math.max(...rows.map(({ due }) => due)) + DAY_MS),
  );
  const isDays = until - from > 2 * DAY_MS;
  const shown = (zone: string) => (at: number) =>
    Temporal.Instant.fromEpochMilliseconds(at)
      .toZonedDateTimeISO(zone)
      .toLocaleString(
        dateLocale(locale),
        isDays
          ? { day: "numeric", month: "short" }
          : { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
      );
  const [here = "UTC", there] = zones;
  const axis = (zone: string, anchor: "top" | "bottom") =>
    plot.axisX(ticksOf(from, until, zone), {
      anchor,
      tickFormat: shown(zone),
      label: placeOf(zone),
      labelArrow: "none",
    });
  return {
    width: 720,
    height: 90 + new Set(rows.map(({ line }) => line)).size * 34,
    marginLeft: Math.min(260, 24 + Math.max(...rows.map(({ line }) => line.length)) * 7),
    marginRight: 40,
    marginTop: 44,
    marginBottom: there ? 44 : 20,
    x: { domain: [from, Math.max(until, from + 1)] },
    y: { label: null, domain: [...new Set(rows.map(({ line }) => line))] },
    marks: [
      axis(here, "top"),
      ...(there ? [axis(there, "bottom")] : []),
      plot.barX(rows, { y: "line", x1: "from", x2: "due", fill: "var(--rule)", insetTop: 9, insetBottom: 9 }),
      plot.barX(rows, { y: "line", x1: "from", x2: "reached", fill: "var(--act)", insetTop: 9, insetBottom: 9 }),
      plot.tickX(warned, { y: "line", x: "at", stroke: "var(--waits)", strokeWidth: 3 }),
      plot.tickX(rows, { y: "line", x: "due", stroke: "currentColor", strokeWidth: 2 }),
      ...(ms(now) >= from && ms(now) <= until
        ? [plot.ruleX([ms(now)], { stroke: "currentColor", strokeDasharray: "3 3" })]
        : []),
    ],
  };
}
