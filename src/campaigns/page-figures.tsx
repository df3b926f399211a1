import type * as Plot from "@observablehq/plot";
import { useTools } from "../kernel/tools.ts";
import { Figure } from "../ui/figure.tsx";
import { dateLocale } from "../ui/when.tsx";
import { type Spans, spansOf, tilesOf } from "./figures.ts";
import { type CampaignFound, FIGURES_MAX } from "./views-campaign.ts";

type Figures = CampaignFound["figures"];

/** The campaign over time, and where its reports come from. */
export function CampaignFigures({ figures }: { readonly figures: Figures; readonly category: string }) {
  const { t } = useTools();
  return (
    <>
      <section>
        <h2>{t("campaigns.timeline")}</h2>
        <Timeline figures={figures} />
      </section>
      {figures.places.length > 0 && (
        <section>
          <h2>{t("campaigns.map")}</h2>
          <Districts figures={figures} />
        </section>
      )}
    </>
  );
}

const TICKS_MAX = 8;

function Timeline({ figures }: { readonly figures: Figures }) {
  const { t, locale } = useTools();
  const { unit, spans } = spansOf(figures.days);
  const long: Intl.DateTimeFormatOptions =
    unit === "month" ? { month: "long", year: "numeric" } : { day: "numeric", month: "long", year: "numeric" };
  return (
    <Figure
      title={t(`campaigns.timeline.${unit}`)}
      note={figures.bounded ? t("campaigns.newest", { count: FIGURES_MAX }) : undefined}
      draw={(plot) => bars(plot, { unit, spans }, locale)}
      table={{
        columns: [{ label: t(`campaigns.unit.${unit}`) }, { label: t("campaigns.col.reports"), end: true }],
        rows: spans
          .filter(({ n }) => n > 0)
          .map(({ from, n }) => [from.toLocaleString(dateLocale(locale), long), n.toLocaleString(locale)]),
      }}
    />
  );
}

function bars({ barY, ruleY }: typeof Plot, { unit, spans }: Spans, locale: string): Plot.PlotOptions {
  const most = Math.max(1, ...spans.map(({ n }) => n));
  const every = Math.ceil(spans.length / TICKS_MAX);
  const short: Intl.DateTimeFormatOptions =
    unit === "month" ? { month: "short", year: "2-digit" } : { day: "numeric", month: "short" };
  const rows = spans.map(({ from, n }) => ({ from: from.toString(), n }));
  const step = Math.ceil(most / 5);
  return {
    height: 200,
    marginLeft: 48,
    x: {
      label: null,
      domain: rows.map(({ from }) => from),
      ticks: rows.filter((_, at) => at % every === 0).map(({ from }) => from),
      tickFormat: (from: string) => Temporal.PlainDate.from(from).toLocaleString(dateLocale(locale), short),
    },
    y: {
      label: null,
      grid: true,
      domain: [0, most],
      // Nothing is counted by halves.
      ticks: Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step),
      tickFormat: (n: number) => n.toLocaleString(locale),
    },
    marks: [barY(rows, { x: "from", y: "n", fill: "var(--act)", inset: 0.5 }), ruleY([0])],
  };
}

/** The districts as tiles. A tile says how many, not where the district lies. */
function Districts({ figures: { places, bounded } }: { readonly figures: Figures }) {
  const { t, locale } = useTools();
  const named = places.map(({ key, name, n }) => ({
    key,
    n,
    label: key === "" ? t("campaigns.map.unknown") : (name[locale] ?? name["en"] ?? key),
  }));
  return (
    <Figure
      title={t("campaigns.map.title")}
      note={`${t("campaigns.map.tiles")}${bounded ? ` ${t("campaigns.newest", { count: FIGURES_MAX })}` : ""}`}
      draw={(plot) => tiles(plot, named, locale)}
      table={{
        columns: [{ label: t("campaigns.district") }, { label: t("campaigns.col.reports"), end: true }],
        rows: named.map(({ label, n }) => [label, n.toLocaleString(locale)]),
      }}
    />
  );
}

interface Place {
  readonly key: string;
  readonly label: string;
  readonly n: number;
}

function tiles({ cell, text }: typeof Plot, places: readonly Place[], locale: string): Plot.PlotOptions {
  const placed = tilesOf(places);
  const most = Math.max(1, ...places.map(({ n }) => n));
  const across = Math.max(...placed.map(({ column }) => column)) + 1;
  const down = Math.max(...placed.map(({ row }) => row)) + 1;
  const at = { x: "column", y: "row" } as const;
  return {
    width: Math.min(680, across * 180),
    height: down * 84,
    margin: 2,
    x: { axis: null },
    y: { axis: null },
    marks: [
      cell(placed, { ...at, fill: "none", stroke: "var(--rule)", inset: 2 }),
      cell(placed, { ...at, fill: "var(--act)", fillOpacity: ({ n }: Place) => (0.45 * n) / most, inset: 2 }),
      text(placed, { ...at, text: ({ label }: Place) => label, fill: "currentColor", dy: -10, lineWidth: 14 }),
      text(placed, {
        ...at,
        text: ({ n }: Place) => n.toLocaleString(locale),
        fill: "currentColor",
        dy: 14,
        fontWeight: "bold",
        fontSize: 16,
      }),
    ],
  };
}
