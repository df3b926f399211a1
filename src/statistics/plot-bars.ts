import type * as Plot from "@observablehq/plot";

/** A bar with its words. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

const TICKS_MAX = 6;
/** Whole numbers from nought to `most`, few enough to be read. */
export function wholeTicks(most: number): number[] {
  const every = Math.ceil(most / TICKS_MAX);
  return Array.from({ length: Math.floor(most / every) + 1 }, (_, n) => n * every);
}

const WIDTH = 440;
const BAR_HEIGHT = 48;

/** Bars below their words, so that a narrow screen shows both whole; they grow from the side where lines begin. */
export function narrowBars(
  { barX, text }: typeof Plot,
  bars: readonly Bar[],
  { locale, dir }: { readonly locale: string; readonly dir: "ltr" | "rtl" },
): Plot.PlotOptions {
  const number = new Intl.NumberFormat(locale);
  const begins = dir === "rtl" ? "end" : "start";
  const ends = dir === "rtl" ? "start" : "end";
  const away = dir === "rtl" ? -1 : 1;
  const data = [...bars];
  return {
    width: WIDTH,
    height: 8 + bars.length * BAR_HEIGHT,
    marginLeft: dir === "rtl" ? 70 : 2,
    marginRight: dir === "rtl" ? 2 : 70,
    marginTop: 4,
    marginBottom: 4,
    x: { axis: null, domain: [0, Math.max(1, ...bars.map(({ value }) => value))], reverse: dir === "rtl" },
    y: { axis: null, domain: bars.map(({ label }) => label) },
    marks: [
      barX(data, { y: "label", x: "value", fill: "var(--act)", insetTop: 24, insetBottom: 8 }),
      text(data, { y: "label", x: () => 0, text: "label", textAnchor: begins, dy: -11, fill: "currentColor" }),
      text(data, {
        y: "label",
        x: "value",
        text: ({ value }: Bar) => number.format(value),
        textAnchor: ends === "end" ? "start" : "end",
        dx: 6 * away,
        dy: 8,
        fill: "currentColor",
      }),
    ],
  };
}

/** A number at the crossing of two dimensions; `null` where it is withheld. */
export interface Crossing {
  readonly row: string;
  readonly column: string;
  readonly value: number | null;
}

/** A field for each crossing, the darker the more; what is withheld is an empty field with a dot. */
export function crossings(
  { cell, text, axisX }: typeof Plot,
  all: readonly Crossing[],
  {
    rows,
    columns,
    locale,
    dir,
  }: {
    readonly rows: readonly string[];
    readonly columns: readonly string[];
    readonly locale: string;
    readonly dir: "ltr" | "rtl";
  },
): Plot.PlotOptions {
  const most = Math.max(1, ...all.map(({ value }) => value ?? 0));
  const number = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 0 });
  const shown = all.filter(({ value }) => value !== 0);
  const isDark = ({ value }: Crossing) => (value ?? 0) / most > 0.45;
  const longest = Math.max(0, ...columns.map((name) => name.length));
  return {
    width: WIDTH,
    height: 20 + longest * 6 + rows.length * 50,
    marginLeft: 2,
    marginRight: 40,
    marginTop: 16 + longest * 6,
    marginBottom: 2,
    x: { domain: [...columns], reverse: dir === "rtl", label: null },
    y: { domain: [...rows], axis: null },
    marks: [
      axisX({ anchor: "top", tickRotate: -40, tickSize: 0, label: null }),
      cell(shown, {
        x: "column",
        y: "row",
        fill: ({ value }: Crossing) => (value === null ? "none" : "var(--act)"),
        fillOpacity: ({ value }: Crossing) => 0.12 + (0.88 * (value ?? 0)) / most,
        insetTop: 24,
      }),
      text(
        rows.map((row) => ({ row })),
        {
          frameAnchor: dir === "rtl" ? "right" : "left",
          y: "row",
          text: "row",
          textAnchor: dir === "rtl" ? "end" : "start",
          dy: -14,
          fill: "currentColor",
        },
      ),
      text(shown, {
        x: "column",
        y: "row",
        text: ({ value }: Crossing) => (value === null ? "•" : number.format(value)),
        dy: 12,
        fill: (each: Crossing) => (isDark(each) ? "var(--paper)" : "currentColor"),
      }),
    ],
  };
}
