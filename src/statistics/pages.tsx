import type * as Plot from "@observablehq/plot";
import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Figure } from "../ui/figure.tsx";
import type { Cell, Column, Indicator, Row } from "./indicator.ts";
import { type Bar, wholeTicks } from "./plot-bars.ts";
import { type AllFigures, allFigures, type Figures } from "./views.ts";

const HOUR_MS = 3_600_000;

/** Every indicator: what it says, its plot, its table, its definition, and the files. */
export const statisticsPage = page({
  path: "/statistics",
  view: allFigures,
  render: ({ figures, peers }, { t }) => (
    <DeskPage title={t("statistics.title")} lead={t("statistics.lead")}>
      {figures.map((each) => (
        <section key={each.indicator.id} id={each.indicator.id}>
          <h2>{t(`statistics.${each.indicator.id}`)}</h2>
          <OneFigure figures={each} peers={peers} />
          <p class="small">
            {t("statistics.download")} <a href={`/api/v1/statistics/${each.indicator.id}.csv`}>CSV</a>,{" "}
            <a href={`/api/v1/statistics/${each.indicator.id}.json`}>JSON</a>
          </p>
        </section>
      ))}
    </DeskPage>
  ),
});

/** Words as they stand at the beginning of a line. */
const begun = (words: string, locale: string): string => words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);

/** A value as a reader wants it: words for codes, peers by name, lengths of time in words. */
function shown(
  cell: Cell | undefined,
  column: Column,
  { t, has, locale, peers }: Pick<Tools, "t" | "has" | "locale"> & Pick<AllFigures, "peers">,
): string {
  if (cell === null || cell === undefined) return "–";
  switch (column.kind) {
    case "milliseconds":
      return durationInWords(Number(cell), locale);
    case "count":
      return Number(cell).toLocaleString(locale);
    case "month":
      return Temporal.PlainYearMonth.from(String(cell))
        .toPlainDate({ day: 1 })
        .toLocaleString(locale, { month: "long", year: "numeric" });
    case "peer":
      return peers.has(String(cell))
        ? t("requests.peer", { name: peers.get(String(cell)) ?? "", code: String(cell) })
        : String(cell);
    case "text": {
      const key = `${column.words ?? ""}.${cell}`;
      return begun(has(key) ? t(key) : String(cell), locale);
    }
  }
}

function OneFigure({
  figures: { indicator, rows },
  peers,
}: {
  readonly figures: Figures;
  readonly peers: AllFigures["peers"];
}) {
  const tools = { ...useTools(), peers };
  const { t } = tools;
  const { columns, id } = indicator;
  if (rows.length === 0) return <EmptyState title={t("statistics.empty")} />;
  return (
    <Figure
      title={t(`statistics.${id}`)}
      titled={false}
      note={t(`statistics.${id}.definition`)}
      draw={(plot) => drawing(plot, { indicator, rows, tools })}
      table={{
        columns: columns.map(({ name, kind }) => ({
          label: t(`statistics.column.${name}`),
          end: kind === "count" || kind === "milliseconds",
        })),
        rows: rows.map((row) => columns.map((each) => shown(row[each.name], each, tools))),
      }}
      open
    />
  );
}

type Words = Tools & Pick<AllFigures, "peers">;

/** One bar for each label: counts are summed; lengths of time are not, as a sum of them would say nothing. */
function drawing(
  { barX, text }: typeof Plot,
  {
    indicator: { columns, plot: axes },
    rows,
    tools,
  }: { readonly indicator: Indicator; readonly rows: readonly Row[]; readonly tools: Words },
): Plot.PlotOptions {
  const column = (name: string): Column => columns.find((each) => each.name === name) ?? { name, kind: "text" };
  const isTime = column(axes.value).kind === "milliseconds";
  const unit = isTime ? unitOf(rows.map((row) => Number(row[axes.value] ?? 0))) : undefined;
  const telling = isTime
    ? columns.filter(
        ({ name, kind }) =>
          (kind === "text" || kind === "peer") &&
          (axes.labels.includes(name) || new Set(rows.map((row) => row[name])).size > 1),
      )
    : axes.labels.map(column);
  const bars = summed(
    rows.flatMap((row): Bar[] => {
      const value = row[axes.value];
      const label = telling.map((each) => shown(row[each.name], each, tools)).join(", ");
      return typeof value === "number" ? [{ label, value: value / (unit?.ms ?? 1) }] : [];
    }),
  );
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const number = new Intl.NumberFormat(tools.locale, { maximumFractionDigits: 1 });
  return {
    width: 720,
    height: 70 + bars.length * 26,
    marginLeft: Math.min(380, 20 + Math.max(0, ...bars.map(({ label }) => label.length)) * 6.5),
    marginRight: 48,
    x: {
      label: unit ? tools.t(`statistics.unit.${unit.name}`) : null,
      labelArrow: "none",
      grid: true,
      domain: [0, most],
      tickFormat: (value: number) => number.format(value),
      // Nothing is counted by halves.
      ticks: unit ? 4 : wholeTicks(most),
    },
    y: { label: null, domain: bars.map(({ label }) => label) },
    marks: [
      barX(bars, { y: "label", x: "value", fill: "var(--act)", insetTop: 3, insetBottom: 3 }),
      text(bars, {
        y: "label",
        x: "value",
        text: ({ value }: Bar) => number.format(value),
        textAnchor: "start",
        dx: 6,
        fill: "currentColor",
      }),
    ],
  };
}

/** The largest unit of which the longest has at least one. */
function unitOf(lengths: readonly number[]): {
  readonly name: "seconds" | "minutes" | "hours" | "days";
  readonly ms: number;
} {
  const longest = Math.max(0, ...lengths);
  if (longest >= 2 * 24 * HOUR_MS) return { name: "days", ms: 24 * HOUR_MS };
  if (longest >= HOUR_MS) return { name: "hours", ms: HOUR_MS };
  return longest >= HOUR_MS / 60 ? { name: "minutes", ms: HOUR_MS / 60 } : { name: "seconds", ms: 1_000 };
}

/** Rows with the same label (other columns tell them apart) are one bar. */
const summed = (bars: readonly Bar[]): Bar[] =>
  [...Map.groupBy(bars, ({ label }) => label)].map(([label, same]) => ({
    label,
    value: same.reduce((sum, { value }) => sum + value, 0),
  }));
