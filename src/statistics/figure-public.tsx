import type * as Plot from "@observablehq/plot";
import { amountIn } from "../kernel/money.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { Figure } from "../ui/figure.tsx";
import type { PublicIndicator } from "./dictionary.ts";
import { type Bar, crossings, narrowBars } from "./plot-bars.ts";
import { TABLES, valuesOf } from "./tables.ts";
import type { Line, PublicFigure } from "./views-public.ts";

/** Rows of a drawing at most; the table has all. */
const DRAWN_MAX = 12;
/** How a withheld number is written in a table. */
export const WITHHELD = "•";

/** A month in words. */
export const monthIn = (month: string, locale: string): string =>
  Temporal.PlainYearMonth.from(month)
    .toPlainDate({ day: 1 })
    .toLocaleString(locale, { month: "long", year: "numeric" });

/** A value of a dimension in words. */
export function valueIn(
  dimension: string,
  value: string,
  { t, has }: Pick<Tools, "t" | "has">,
  districts: ReadonlyMap<string, string>,
): string {
  if (dimension === "district") return districts.get(value) ?? t("statistics.value.unknown");
  if (value === "unknown") return t("statistics.value.unknown");
  const key = dimension === "category" ? `option.category.${value}` : `statistics.value.${dimension}.${value}`;
  return has(key) ? t(key) : value;
}

/** What a drawing and a table of lines need: dimensions in words, and the lines in the order in which they are read. */
interface Shown {
  readonly tools: Tools;
  readonly found: PublicFigure;
  readonly lines: readonly Line[];
  readonly words: (line: Line) => string[];
}

const isVoid = ({ values }: Line): boolean => Object.values(values).every((value) => value === 0);

/** Lines of zeros are left out where the dimension is long; the others keep the order of the classification. */
function shownOf(found: PublicFigure, tools: Tools): Shown {
  const { indicator, districts, lines } = found;
  const dimensions = TABLES[indicator.table];
  const all = valuesOf([...districts.keys()]);
  const place = (line: Line): number =>
    dimensions.reduce(
      (sum, name, at) => sum * 1_000 + (name === "currency" ? 0 : all[name].indexOf(line.keys[at] ?? "")),
      0,
    );
  return {
    tools,
    found,
    lines: lines
      .filter((line) => dimensions.length === 0 || !isVoid(line))
      .toSorted((a, b) => place(a) - place(b) || (a.month < b.month ? -1 : 1)),
    words: ({ keys }) => dimensions.map((name, at) => valueIn(name, keys[at] ?? "", tools, districts)),
  };
}

/** A public figure: what it counts, drawn and as a table. */
export function OneFigure({ found }: { readonly found: PublicFigure }) {
  const tools = useTools();
  const { t } = tools;
  const { indicator } = found;
  const shown = shownOf(found, tools);
  return (
    <>
      <Figure
        title={t(`statistics.public.${indicator.id}`)}
        titled={false}
        note={t(`statistics.public.${indicator.id}.definition`)}
        draw={(plot) => drawing(plot, shown)}
        table={tableOf(shown)}
        open
      />
      {found.lines.some(({ values }) => Object.values(values).includes(null)) && (
        <p class="source">{t("statistics.public.withheld", { sign: WITHHELD })}</p>
      )}
    </>
  );
}

const isCrossed = ({ table, over }: PublicIndicator): boolean =>
  TABLES[table].length === 2 || (over === "months" && TABLES[table].length === 1 && table !== "loss");

/** The columns of a two-way table, in the order of the dimension or of time. */
function columnsOf(shown: Shown): string[] {
  const { found } = shown;
  const [, second] = TABLES[found.indicator.table];
  const values = second ? valuesOf([...found.districts.keys()])[second] : [];
  const order = (line: Line) => (second ? String(values.indexOf(line.keys[1] ?? "")).padStart(4, "0") : line.month);
  const columns = new Map(shown.lines.map((line) => [crossingOf(shown, line)[1], order(line)]));
  return [...columns].toSorted(([, a], [, b]) => (a < b ? -1 : 1)).map(([label]) => label);
}

/** For each line its row and its column, where the table is two-way; months are columns where they stand beside each other. */
const crossingOf = ({ found: { indicator }, words, tools }: Shown, line: Line): [row: string, column: string] => {
  const [first = "", second] = words(line);
  return [first, indicator.over === "months" ? monthShort(line.month, tools.locale) : (second ?? "")];
};
const monthShort = (month: string, locale: string): string =>
  Temporal.PlainYearMonth.from(month)
    .toPlainDate({ day: 1 })
    .toLocaleString(locale, { month: "short", year: "2-digit" });

function drawing(plot: typeof Plot, shown: Shown): Plot.PlotOptions {
  const { found, lines, tools, words } = shown;
  const reports = (line: Line): number | null => line.values["reports"] ?? null;
  if (isCrossed(found.indicator)) {
    const all = lines.map((line) => {
      const [row, column] = crossingOf(shown, line);
      return { row, column, value: reports(line) };
    });
    const sums = Map.groupBy(all, ({ row }) => row);
    const total = (row: string): number => (sums.get(row) ?? []).reduce((sum, { value }) => sum + (value ?? 0), 0);
    const rows = [...sums.keys()].toSorted((a, b) => total(b) - total(a)).slice(0, DRAWN_MAX);
    return crossings(
      plot,
      all.filter(({ row }) => rows.includes(row)),
      {
        rows,
        columns: columnsOf(shown),
        ...tools,
      },
    );
  }
  const bars = lines.flatMap((line): Bar[] => {
    const value = reports(line);
    const label = [
      ...(found.indicator.over === "months" ? [monthIn(line.month, tools.locale)] : []),
      ...words(line),
    ].join(", ");
    return value === null ? [] : [{ label, value }];
  });
  const isTime = found.indicator.over === "months";
  return narrowBars(
    plot,
    isTime ? bars.slice(-DRAWN_MAX) : bars.toSorted((a, b) => b.value - a.value).slice(0, DRAWN_MAX),
    tools,
  );
}

function tableOf(shown: Shown): Parameters<typeof Figure>[0]["table"] {
  const { found, lines, tools, words } = shown;
  const { indicator } = found;
  const { t, locale } = tools;
  const number = new Intl.NumberFormat(locale);
  const count = (value: number | null | undefined) =>
    value === null ? WITHHELD : value === undefined ? "" : number.format(value);
  if (isCrossed(indicator)) {
    const cells = new Map(lines.map((line) => [crossingOf(shown, line).join("\n"), line.values["reports"]]));
    const pairs = lines.map((line) => crossingOf(shown, line));
    const rows = [...new Set(pairs.map(([row]) => row))];
    const columns = columnsOf(shown);
    return {
      columns: [{ label: t("statistics.public.column.category") }, ...columns.map((label) => ({ label, end: true }))],
      rows: rows.map((row) => [
        row,
        ...columns.map((column) =>
          count(cells.get(`${row}\n${column}`) ?? (cells.has(`${row}\n${column}`) ? null : 0)),
        ),
      ]),
    };
  }
  const isTime = indicator.over === "months";
  const dimensions = TABLES[indicator.table];
  const measures = indicator.columns.filter(({ kind }) => kind === "count" || kind === "amount");
  return {
    columns: [
      ...(isTime ? [{ label: t("statistics.public.column.month") }] : []),
      ...dimensions.map((name) => ({ label: t(`statistics.public.column.${name}`) })),
      ...measures.map(({ name }) => ({ label: t(`statistics.public.column.${name}`), end: true })),
    ],
    rows: lines.map((line) => [
      ...(isTime ? [monthIn(line.month, locale)] : []),
      ...words(line),
      ...measures.map(({ name, kind }) => {
        const value = line.values[name];
        return kind === "amount" && typeof value === "number"
          ? amountIn({ minor: value, currency: line.keys[0] ?? "" }, locale)
          : count(value);
      }),
    ]),
  };
}
