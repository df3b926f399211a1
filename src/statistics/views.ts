import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { type Reader, view } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { type Indicator, type Row } from "./indicator.ts";
import { counts } from "./views-counts.ts";
import { holds } from "./views-holds.ts";
import { inboxFigures } from "./views-inbox.ts";
import { steps } from "./views-steps.ts";

export const indicators: readonly Indicator[] = [...counts, ...steps, ...inboxFigures, holds];

/** An indicator with its figures. */
export interface Figures {
  readonly indicator: Indicator;
  readonly rows: readonly Row[];
}

/** What the page shows: every indicator, and the names of peers by their codes. */
export interface AllFigures {
  readonly figures: readonly Figures[];
  readonly peers: ReadonlyMap<string, string>;
}

/** All indicators, for the page. */
export const allFigures = view({
  name: "statistics.all",
  gate: "statistics.read",
  input: z.object({}),
  read: async (reader): Promise<AllFigures> => ({
    figures: await Promise.all(
      indicators.map(async (indicator) => ({ indicator, rows: await indicator.read(reader) })),
    ),
    peers: await peerNames(reader.db),
  }),
});

/** The list of indicators with their definitions. */
export const listIndicators = view({
  name: "statistics.list",
  path: "/statistics",
  gate: "statistics.read",
  input: z.object({}),
  read: async (reader) => ({ items: indicators.map((indicator) => described(reader, indicator)) }),
});

function described({ node, locale }: Reader, { id, columns }: Indicator) {
  const t = node.translations.translate(locale);
  return {
    id,
    title: t(`statistics.${id}`),
    definition: t(`statistics.${id}.definition`),
    columns: columns.map(({ name, kind }) => ({ name, kind, title: t(`statistics.column.${name}`) })),
  };
}

/** One indicator as `<id>.json` (definition and rows) or `<id>.csv`. */
export const oneIndicator = view({
  name: "statistics.indicator",
  path: "/statistics/:file",
  gate: "statistics.read",
  input: z.object({ file: z.string().max(100) }),
  read: async (reader, { file }) => {
    const [, id, format] = /^([a-z0-9-]+)\.(json|csv)$/.exec(file) ?? [];
    const indicator = indicators.find((each) => each.id === id);
    if (!indicator) return undefined;
    const rows = await indicator.read(reader);
    if (format === "csv")
      return csvFile(
        file,
        indicator.columns.map(({ name }) => name),
        rows,
      );
    return {
      ...described(reader, indicator),
      node: reader.node.code,
      at: reader.now.toString({ smallestUnit: "second" }),
      rows,
    };
  },
});
