import { amountIn } from "../kernel/money.ts";
import { type ActForm, type ActPage, page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { FigureRows } from "../ui/figure.tsx";
import { Hash } from "../ui/hash.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { PUBLIC } from "./dictionary.ts";
import { monthIn, valueIn, WITHHELD } from "./figure-public.tsx";
import { releaseSubject, type ReleaseRow } from "./release.ts";
import { TABLES } from "./tables.ts";
import { ruleValues } from "./views-public.ts";
import { releaseList, releaseOne, type ReleaseFound, type ReleaseList } from "./views-releases.ts";

/** The public figures, month by month, published and waiting. */
export const releasesPage = page({
  path: "/releases",
  view: releaseList,
  render: (list) => <ReleasesPage list={list} />,
});

function ReleasesPage({ list: { items } }: { readonly list: ReleaseList }) {
  const { t, locale } = useTools();
  return (
    <DeskPage title={t("releases.title")} lead={t("releases.lead")}>
      <Table
        caption={t("releases.title")}
        rows={items}
        id={({ id }) => id}
        href={({ id }) => `/releases/${id}`}
        tone={({ state }) => (state === "draft" ? "waits" : undefined)}
        columns={[
          { key: "month", label: t("releases.month"), primary: true, cell: ({ month }) => monthIn(month, locale) },
          { key: "state", label: t("releases.state"), cell: ({ state }) => t(`state.release.${state}`) },
          { key: "drafted", label: t("releases.drafted"), cell: ({ drafted_at }) => <When at={drafted_at} /> },
          {
            key: "published",
            label: t("releases.published"),
            cell: ({ published_at }) => (published_at ? <When at={published_at} /> : ""),
          },
          {
            key: "withheld",
            label: t("releases.withheld"),
            end: true,
            cell: ({ withheld, cells }) => t("releases.withheld.of", { withheld, cells }),
          },
        ]}
        empty={<EmptyState title={t("releases.empty")}>{t("releases.empty.hint")}</EmptyState>}
      />
    </DeskPage>
  );
}

/** One release: what the public will see, and what may be done with it. */
export const releasePage = page({
  path: "/releases/:id",
  view: releaseOne,
  render: (found) => <ReleasePage found={found} />,
});

function ReleasePage({ found }: { readonly found: ReleaseFound }) {
  const tools = useTools();
  const { t, locale, acts } = tools;
  const { row } = found;
  const month = monthIn(row.month, locale);
  return (
    <DeskPage
      title={t("releases.one", { month })}
      heading={month}
      kicker={t("thing.release")}
      tags={<Tag tone={row.state === "draft" ? "waits" : "good"}>{t(`state.release.${row.state}`)}</Tag>}
      lead={t(`releases.lead.${row.state}`)}
      trail={[{ href: "/releases", label: t("releases.title") }]}
      side={<ActPanel acts={acts(releaseSubject, { ...row })} />}
      subject="release"
    >
      <Facts
        rows={[
          [t("releases.drafted"), <When at={row.drafted_at} />],
          row.published_at && [t("releases.published"), <When at={row.published_at} />],
          row.published_by !== null && [t("releases.published-by"), row.published_by],
          [t("releases.withheld"), t("releases.withheld.of", { withheld: row.withheld, cells: row.cells })],
          [t("releases.rule"), t("statistics.public.protection.counts", ruleValues(row))],
          [t("releases.digest"), <Hash value={row.digest.toString("hex")} />],
        ]}
      />
      {found.tables.map((table) => (
        <OneTable key={table.id} table={table} found={found} tools={tools} />
      ))}
    </DeskPage>
  );
}

function OneTable({
  table: { id, lines },
  found: { districts },
  tools,
}: {
  readonly table: ReleaseFound["tables"][number];
  readonly found: ReleaseFound;
  readonly tools: Tools;
}) {
  const { t, locale } = tools;
  const indicator = PUBLIC.find((each) => each.id === id);
  if (!indicator) return null;
  const dimensions = TABLES[indicator.table];
  const measures = indicator.columns.filter(({ kind }) => kind === "count" || kind === "amount");
  const shown = lines.filter(({ values }) => Object.values(values).some((value) => value !== 0));
  return (
    <details>
      <summary>{t(`statistics.public.${id}`)}</summary>
      <div class="scroll" tabindex={0} role="group" aria-label={t(`statistics.public.${id}`)}>
        <FigureRows
          title={t(`statistics.public.${id}`)}
          table={{
            columns: [
              ...(dimensions.length === 0 ? [{ label: t("statistics.public.column.month") }] : []),
              ...dimensions.map((name) => ({ label: t(`statistics.public.column.${name}`) })),
              ...measures.map(({ name }) => ({ label: t(`statistics.public.column.${name}`), end: true })),
            ],
            rows: shown.map(({ month, keys, values }) => [
              ...(dimensions.length === 0 ? [monthIn(month, locale)] : []),
              ...dimensions.map((name, at) => valueIn(name, keys[at] ?? "", tools, districts)),
              ...measures.map(({ name, kind }) => {
                const value = values[name] ?? null;
                if (value === null) return WITHHELD;
                return kind === "amount"
                  ? amountIn({ minor: value, currency: keys[0] ?? "" }, locale)
                  : value.toLocaleString(locale);
              }),
            ]),
          }}
        />
      </div>
    </details>
  );
}

/** The forms of what is done to a release name its month, so that two of them can be told apart. */
export const releaseActPages: readonly ActPage[] = ["release.publish", "release.redraft"].map((act) => ({
  act,
  render: (form: ActForm<ReleaseRow>, { locale }) => (
    <ActFormPage form={{ ...form, row: { ...form.row, name: monthIn(form.row.month, locale) } }} />
  ),
}));
