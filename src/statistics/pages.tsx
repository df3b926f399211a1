import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Figure, SERIES } from "../ui/figure.tsx";
import type { Cell, Column, Row } from "./indicator.ts";
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
            {t("statistics.download")}: <a href={`/api/v1/statistics/${each.indicator.id}.csv`}>CSV</a>,{" "}
            <a href={`/api/v1/statistics/${each.indicator.id}.json`}>JSON</a>
          </p>
        </section>
      ))}
    </DeskPage>
  ),
});

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
      return has(key) ? t(key) : String(cell);
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
  const { columns, plot: axes, id } = indicator;
  if (rows.length === 0) return <EmptyState title={t("statistics.empty")} />;
  const column = (name: string): Column => columns.find((each) => each.name === name) ?? { name, kind: "text" };
  const inHours = column(axes.value).kind === "milliseconds";
  const bars = barsOf(rows, (row) => ({
    label: shown(row[axes.label], column(axes.label), tools),
    value: Number(row[axes.value] ?? 0) / (inHours ? HOUR_MS : 1),
    series: axes.series ? shown(row[axes.series], column(axes.series), tools) : "",
  }));
  const widest = Math.max(...bars.map(({ label }) => label.length));
  return (
    <Figure
      title={t(`statistics.${id}`)}
      titled={false}
      note={t(`statistics.${id}.definition`)}
      draw={({ barX, text }) => ({
        width: 720,
        height: 60 + new Set(bars.map(({ label }) => label)).size * 30,
        marginLeft: Math.min(320, 20 + widest * 7),
        x: {
          label: null,
          grid: true,
          nice: true,
          ...(inHours
            ? { tickFormat: (hours: number) => durationInWords(hours * HOUR_MS, tools.locale) }
            : { tickFormat: "d" }),
          ticks: 4,
        },
        y: { label: null, domain: [...new Set(bars.map(({ label }) => label))] },
        color: { range: [...SERIES], legend: false },
        marks: [
          barX(bars, {
            y: "label",
            x: "value",
            ...(axes.series ? { fill: "series" } : { fill: "var(--act)" }),
            insetTop: 3,
            insetBottom: 3,
          }),
          ...(axes.series
            ? []
            : [
                text(bars, {
                  y: "label",
                  x: "value",
                  text: ({ value }: Bar) => (inHours ? "" : value.toLocaleString(tools.locale)),
                  textAnchor: "start",
                  dx: 6,
                  fill: "currentColor",
                }),
              ]),
        ],
      })}
      table={{
        columns: columns.map(({ name, kind }) => ({
          label: t(`statistics.column.${name}`),
          end: kind !== "text" && kind !== "month",
        })),
        rows: rows.map((row) => columns.map((each) => shown(row[each.name], each, tools))),
      }}
      open
    />
  );
}

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly series: string;
}

/** Rows with the same label and series (other columns tell them apart) are one bar. */
function barsOf(rows: readonly Row[], of: (row: Row) => Bar): Bar[] {
  return [...Map.groupBy(rows.map(of), ({ label, series }) => `${label}\0${series}`).values()].map((same) => ({
    label: same[0]?.label ?? "",
    series: same[0]?.series ?? "",
    value: same.reduce((sum, { value }) => sum + value, 0),
  }));
}
