import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { type Database, sql } from "../kernel/database.ts";
import { decimalOf } from "../kernel/money.ts";
import type { Node } from "../kernel/node.ts";
import { type Reader, view } from "../kernel/view.ts";
import { DICTIONARY, PUBLIC, type PublicColumn, type PublicIndicator } from "./dictionary.ts";
import { type Row } from "./indicator.ts";
import type { ReleaseRow } from "./release.ts";
import { TABLES, type TableName } from "./tables.ts";

/** Releases that one answer holds at most: ten years. */
const RELEASES_MAX = 120;

/** A release as the public sees it. */
export type Published = Pick<ReleaseRow, "id" | "month" | "zone" | "threshold" | "dominance" | "drafted_at"> & {
  readonly published_at: Temporal.Instant;
};

/** One line of a table: the values of its dimensions, and its numbers; `null` where one is withheld. */
export interface Line {
  readonly month: string;
  readonly keys: readonly string[];
  /** By measure; amounts in minor units. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** The published releases, the newest first. */
export async function published(db: Database): Promise<Published[]> {
  const { rows } = await sql<Published>`
    select id, month, zone, threshold, dominance, drafted_at, published_at from statistics_release
    where state = 'published' order by month desc limit ${sql.lit(RELEASES_MAX)}`.execute(db);
  return rows;
}

/** The lines of one table of some releases, in the order of the months and then as the tables have them; lines of zeros may be left out. */
export async function linesOf(
  db: Database,
  releases: readonly Pick<ReleaseRow, "id">[],
  table: TableName,
): Promise<Line[]> {
  const { rows } = await sql<{ month: string; keys: string[]; measure: string; value: number | null }>`
    select r.month, c.keys, c.measure, c.value from statistics_cell c join statistics_release r on r.id = c.release_id
    where c.release_id = any(${releases.map(({ id }) => id)}) and c.indicator = ${table} order by r.month, c.keys`.execute(
    db,
  );
  return [...Map.groupBy(rows, ({ month, keys }) => [month, ...keys].join("\n")).values()].flatMap((same) => {
    const [first] = same;
    return first
      ? [
          {
            month: first.month,
            keys: first.keys,
            values: Object.fromEntries(same.map((each) => [each.measure, each.value])),
          },
        ]
      : [];
  });
}

/** A line as a row of the file: numbers as they are, amounts as plain decimals, and the names of what is withheld. */
export function rowOf(indicator: PublicIndicator, { month, keys, values }: Line): Row {
  const dimensions = TABLES[indicator.table];
  const named = Object.fromEntries(dimensions.map((name, at) => [name, keys[at] ?? ""]));
  const currency = named["currency"];
  const shown = (column: PublicColumn): string | number | null => {
    if (column.kind === "month") return month;
    const value = values[column.name] ?? null;
    if (column.kind === "amount" && currency !== undefined)
      return value === null ? null : decimalOf({ minor: value, currency });
    if (column.kind === "count") return value;
    if (column.kind === "names")
      return Object.entries(values)
        .flatMap(([name, each]) => (each === null ? [name] : []))
        .join(" ");
    return named[column.name] ?? "";
  };
  return Object.fromEntries(indicator.columns.map((column) => [column.name, shown(column)]));
}

/** The column as the data dictionary explains it, in the reader's language. */
function explained({ node, locale }: Reader, { name, kind, source }: PublicColumn) {
  const t = node.translations.translate(locale);
  const rule = node.services.country.pack.reporting.statistics;
  return {
    name,
    title: t(`statistics.public.column.${name}`),
    definition: t(`statistics.public.column.${name}.definition`),
    unit: t(`statistics.public.unit.${kind}`),
    source,
    suppression:
      kind === "count" || kind === "amount"
        ? t(`statistics.public.rule.${kind}`, { ...ruleValues(rule) })
        : t("statistics.public.rule.none"),
    period: t("statistics.public.period"),
    zone: node.config.zone,
  };
}

/** The numbers of the rule, for its sentences. */
export const ruleValues = ({ threshold, dominance }: { threshold: number; dominance: number }) => ({
  threshold,
  dominance,
  below: threshold - 1,
  twice: 2 * threshold,
});

const licenceOf = ({ services }: Node) => {
  const { licence, licenceUrl } = services.country.pack.reporting.statistics;
  return { name: licence, url: licenceUrl };
};

const DICTIONARY_COLUMNS = ["name", "title", "definition", "unit", "source", "suppression", "period", "zone"].map(
  (name) => ({
    name,
    kind: "text" as const,
  }),
);

/** What the public's list of figures holds. */
export const publicList = view({
  name: "statistics.public.list",
  path: "/public/statistics",
  role: "portal",
  input: z.object({}),
  read: async (reader) => {
    const t = reader.node.translations.translate(reader.locale);
    return {
      node: reader.node.code,
      licence: licenceOf(reader.node),
      releases: (await published(reader.db)).map(({ month, drafted_at, published_at }) => ({
        month,
        as_of: drafted_at.toString({ smallestUnit: "second" }),
        published: published_at.toString({ smallestUnit: "second" }),
      })),
      items: PUBLIC.map(({ id, columns }) => ({
        id,
        title: t(`statistics.public.${id}`),
        definition: t(`statistics.public.${id}.definition`),
        columns: columns.map(({ name }) => name),
      })),
      dictionary: DICTIONARY.map((column) => explained(reader, column)),
    };
  },
});

/** One public figure as `<id>.json` or `<id>.csv`, all months or the one of `month`; `dictionary` explains every column. */
export const publicFile = view({
  name: "statistics.public.file",
  path: "/public/statistics/:file",
  role: "portal",
  input: z.object({ file: z.string().max(100), month: z.string().max(7).optional() }),
  read: async (reader, { file, month }) => {
    const [, id, format] = /^([a-z0-9-]+)\.(json|csv)$/.exec(file) ?? [];
    const csv = (columns: readonly { readonly name: string }[], rows: readonly object[]) =>
      csvFile(
        file,
        columns.map(({ name }) => name),
        rows,
      );
    if (id === "dictionary") {
      const items = DICTIONARY.map((column) => explained(reader, column));
      return format === "csv" ? csv(DICTIONARY_COLUMNS, items) : { items };
    }
    const indicator = PUBLIC.find((each) => each.id === id);
    if (!indicator) return undefined;
    const all = await published(reader.db);
    const releases = month === undefined ? all : all.filter((each) => each.month === month);
    if (month !== undefined && releases.length === 0) return undefined;
    const rows = (await linesOf(reader.db, releases, indicator.table)).map((line) => rowOf(indicator, line));
    if (format === "csv") return csv(indicator.columns, rows);
    const t = reader.node.translations.translate(reader.locale);
    const [newest] = releases;
    return {
      id,
      node: reader.node.code,
      title: t(`statistics.public.${indicator.id}`),
      definition: t(`statistics.public.${indicator.id}.definition`),
      as_of: newest ? newest.drafted_at.toString({ smallestUnit: "second" }) : null,
      licence: licenceOf(reader.node),
      columns: indicator.columns.map((column) => explained(reader, column)),
      rows,
    };
  },
});

/** What the page of a public figure shows. */
export interface PublicFigure {
  readonly indicator: PublicIndicator;
  readonly lines: readonly Line[];
  /** The release of the month that is shown; `null` before anything was published. */
  readonly release: Published | null;
  readonly releases: readonly Published[];
  readonly licence: { readonly name: string; readonly url: string };
  /** Names of districts by their codes, in the reader's language. */
  readonly districts: ReadonlyMap<string, string>;
}

/** Months beside each other on a page; the files hold all. */
const MONTHS_SHOWN = 12;

export const publicFigure = view({
  name: "statistics.public.figure",
  role: "portal",
  input: z.object({ indicator: z.string().max(60), month: z.string().max(7).optional() }),
  read: async (reader, { indicator: id, month }): Promise<PublicFigure | undefined> => {
    const indicator = PUBLIC.find((each) => each.id === id);
    if (!indicator) return undefined;
    const releases = await published(reader.db);
    const release = month === undefined ? releases[0] : releases.find((each) => each.month === month);
    if (month !== undefined && !release) return undefined;
    const wanted = indicator.over === "month" ? (release ? [release] : []) : releases.slice(0, MONTHS_SHOWN);
    return {
      indicator,
      lines: await linesOf(reader.db, wanted, indicator.table),
      release: release ?? null,
      releases,
      licence: licenceOf(reader.node),
      districts: districtsOf(reader),
    };
  },
});

/** Names of the districts in the reader's language. */
export const districtsOf = ({ node, locale }: Reader): ReadonlyMap<string, string> =>
  new Map(node.services.country.pack.reporting.districts.map(({ code, name }) => [code, name[locale] ?? name.en]));

/** The front page of the public's figures. */
export const publicFront = view({
  name: "statistics.public.front",
  role: "portal",
  input: z.object({}),
  read: async (reader) => ({
    releases: await published(reader.db),
    licence: licenceOf(reader.node),
    dictionary: DICTIONARY.map((column) => explained(reader, column)),
  }),
});
export type PublicFront = NonNullable<Awaited<ReturnType<typeof publicFront.read>>>;
