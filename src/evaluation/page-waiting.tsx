import type * as Plot from "@observablehq/plot";
import { Figure, SERIES } from "../ui/figure.tsx";
import { stillWaiting, type Waiting } from "./figures.ts";
import type { Evaluation } from "./views.ts";
import { groupInWords, type Words } from "./words.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Curves that can still be told apart. */
const DRAWN_MAX = 5;
const TABLE_DAYS = [1, 3, 7, 30, 60, 90] as const;

/** How many still wait as time goes by: the Kaplan–Meier estimate, one curve for each group, beside the same as a table. */
export function WaitingFigure({
  found: { waiting, asked },
  words,
}: {
  readonly found: Evaluation;
  readonly words: Words;
}) {
  const { t, locale } = words;
  if (waiting.length === 0) return <p class="quiet">{t("evaluation.nothing-waits")}</p>;
  const percent = (share: number | null) => (share === null ? "–" : share.toLocaleString(locale, { style: "percent" }));
  const named = (each: Waiting) => groupInWords(asked.by, each.group, words);
  return (
    <Figure
      title={t("evaluation.waiting.title")}
      titled={false}
      note={t("evaluation.waiting.note")}
      draw={(plot) => curves(plot, { waiting: waiting.slice(0, DRAWN_MAX), named, words })}
      table={{
        columns: [
          { label: t(`evaluation.by.${asked.by}`) },
          { label: t("evaluation.column.requests"), end: true },
          ...TABLE_DAYS.map((days) => ({ label: t("evaluation.after-days", { days }), end: true })),
        ],
        rows: waiting.map((each) => [
          named(each),
          each.requests.toLocaleString(locale),
          ...TABLE_DAYS.map((days) => percent(stillWaiting(each, days * DAY_MS))),
        ]),
      }}
      open
    />
  );
}

function curves(
  plot: typeof Plot,
  {
    waiting,
    named,
    words: { t, locale },
  }: { readonly waiting: readonly Waiting[]; readonly named: (each: Waiting) => string; readonly words: Words },
): Plot.PlotOptions {
  const longest = Math.max(1, ...waiting.map(({ longest: each }) => each));
  const unit = longest >= 2 * DAY_MS ? { name: "days", ms: DAY_MS } : { name: "hours", ms: HOUR_MS };
  const points = waiting.flatMap((each) => {
    const name = named(each);
    const steps = [{ milliseconds: 0, share: 1 }, ...each.steps];
    const last = steps.at(-1)?.share ?? 1;
    return [...steps, { milliseconds: each.longest, share: last }].map(({ milliseconds, share }) => ({
      name,
      at: milliseconds / unit.ms,
      share,
    }));
  });
  const ends = waiting.flatMap((each) => points.findLast(({ name }) => name === named(each)) ?? []);
  return {
    width: 720,
    height: 320,
    marginLeft: 56,
    marginBottom: 44,
    x: {
      label: t(`statistics.unit.${unit.name}`),
      labelArrow: "none",
      domain: [0, longest / unit.ms],
      grid: true,
      ticks: 6,
    },
    y: {
      label: null,
      domain: [0, 1],
      grid: true,
      ticks: 5,
      tickFormat: (share: number) => share.toLocaleString(locale, { style: "percent" }),
    },
    color: { domain: waiting.map(named), range: [...SERIES], legend: false },
    marks: [
      plot.line(points, { x: "at", y: "share", z: "name", stroke: "name", strokeWidth: 2, curve: "step-after" }),
      // A name stands to the left of its curve's end, or to the right where there is no room.
      ...linesApart(ends).map(({ end, dy }) => {
        const isLate = end.at > longest / unit.ms / 2;
        return plot.text([end], {
          x: "at",
          y: "share",
          text: "name",
          textAnchor: isLate ? "end" : "start",
          dx: isLate ? 0 : 6,
          dy,
          fill: "currentColor",
        });
      }),
    ],
  };
}

/** Height of the plot inside its margins, and of a line of text, in pixels. */
const INSIDE = 256;
const LINE = 14;

/** How far from its curve's end each name stands, in pixels, so that none covers another: under the one above it where both ends are near. */
export function linesApart<End extends { readonly share: number }>(
  ends: readonly End[],
): { readonly end: End; readonly dy: number }[] {
  let free = -Infinity;
  return ends
    .toSorted((a, b) => b.share - a.share)
    .map((end) => {
      const at = (1 - end.share) * INSIDE;
      const y = Math.max(at - 8, free);
      free = y + LINE;
      return { end, dy: y - at };
    });
}
