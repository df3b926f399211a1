import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { dayOf, When } from "../ui/when.tsx";
import { type ReportRow, reportSubject } from "./holding.ts";
import { type Cell, type Dimension, DIMENSIONS, type Figures, SMALL } from "./transparency.ts";
import { publicReports, reportList, reportView } from "./views.ts";

const valueWords = (by: Dimension, value: string, { t, has }: Pick<Tools, "t" | "has">): string => {
  const key = {
    country: "",
    measure: `measure.${value}`,
    category: `option.category.${value}`,
    outcome: `transparency.outcome.${value}`,
    urgency: `option.urgency.${value}`,
    notice: `transparency.notice.${value}`,
  }[by];
  return key !== "" && has(key) ? t(key) : by === "category" && value === "none" ? t("transparency.no-data") : value;
};

/** The tables of a report, each by itself. */
function Tables({ figures }: { readonly figures: Figures }) {
  const tools = useTools();
  const { t } = tools;
  const shown = (count: number | null) => (count === null ? t("transparency.withheld") : count);
  return (
    <>
      <p>
        <b>{t("transparency.total")}</b> {shown(figures.total)}
      </p>
      {DIMENSIONS.filter((by) => figures.tables[by] !== undefined).map((by) => (
        <Table<Cell>
          key={by}
          caption={t(`transparency.by.${by}`)}
          captionShown
          rows={figures.tables[by] ?? []}
          id={({ value }) => value}
          columns={[
            {
              key: "value",
              label: t(`transparency.by.${by}`),
              primary: true,
              cell: ({ value }) => valueWords(by, value, tools),
            },
            { key: "count", label: t("transparency.count"), end: true, cell: ({ count }) => shown(count) },
          ]}
          empty={<p class="quiet">{t("transparency.empty")}</p>}
        />
      ))}
      <p class="quiet">{t("transparency.protected", { small: SMALL })}</p>
    </>
  );
}

/** Reports of the desk: what was published, and what a period would say. */
export const reportsPage = page({
  path: "/transparency",
  view: reportList,
  render: ({ items, draft, from, until }, { t, may, locale }) => (
    <DeskPage
      title={t("transparency.title")}
      lead={t("transparency.lead")}
      subject="transparency"
      {...(may("transparency.publish")
        ? { action: { href: `/transparency/new?from=${from.toString()}`, label: t("act.transparency.publish") } }
        : {})}
    >
      <section>
        <h2>{t("transparency.published")}</h2>
        <Table<ReportRow>
          caption={t("transparency.published")}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/transparency/${id}`}
          columns={[
            {
              key: "period",
              label: t("transparency.period"),
              primary: true,
              cell: ({ starts_on, ends_on }) => `${dayOf(starts_on, locale)} – ${dayOf(ends_on, locale)}`,
            },
            { key: "at", label: t("transparency.at"), cell: ({ published_at }) => <When at={published_at} /> },
            {
              key: "state",
              label: t("request.state"),
              cell: ({ state }) => <Tag>{t(`state.transparency.${state}`)}</Tag>,
            },
          ]}
          empty={<EmptyState title={t("transparency.none")} />}
        />
      </section>
      <section>
        <h2>{t("transparency.draft", { from: dayOf(from, locale), until: dayOf(until, locale) })}</h2>
        <Tables figures={draft} />
      </section>
    </DeskPage>
  ),
});

/** One report. */
export const reportPage = page({
  path: "/transparency/:id",
  view: reportView,
  render: (row, { t, acts, locale }) => (
    <DeskPage
      title={`${dayOf(row.starts_on, locale)} – ${dayOf(row.ends_on, locale)}`}
      kicker={t("transparency.title")}
      tags={<Tag>{t(`state.transparency.${row.state}`)}</Tag>}
      trail={[{ href: "/transparency", label: t("transparency.title") }]}
      subject="transparency"
      side={<ActPanel acts={acts(reportSubject, { ...row })} />}
    >
      <Facts rows={[[t("transparency.at"), <When at={row.published_at} precision="long" />]]} />
      <Tables figures={row.figures as Figures} />
    </DeskPage>
  ),
});

/** What anybody reads: who asked the provider for what, and how often it answered. */
export const publicReportsPage = page({
  path: "/transparency",
  role: "portal",
  view: publicReports,
  render: ({ items, holdings }, { t, locale, node }) => (
    <PortalPage title={t("transparency.public", { name: node.name })} styles={["portal-figures.css"]} back="/">
      <p class="lead">{t("transparency.public.lead")}</p>
      {items.length === 0 && <p>{t("transparency.none")}</p>}
      {items.map(({ id, from, until, figures }) => (
        <section key={id}>
          <h2>
            {dayOf(from, locale)} – {dayOf(until, locale)}
          </h2>
          <Tables figures={figures} />
          <p>
            <a href={`/api/v1/public/transparency/${id}/csv`}>CSV</a> · <a href="/api/v1/public/transparency">JSON</a>
          </p>
        </section>
      ))}
      {holdings.length > 0 && (
        <section>
          <h2>{t("response.holdings")}</h2>
          <ul>
            {holdings.map(({ category, description, keptDays }) => (
              <li key={`${category}${description}`}>
                {t(`option.category.${category}`)}: <bdi>{description}</bdi> (
                {keptDays === null ? t("response.kept.always") : t("response.kept.days", { days: keptDays })})
              </li>
            ))}
          </ul>
        </section>
      )}
    </PortalPage>
  ),
});
