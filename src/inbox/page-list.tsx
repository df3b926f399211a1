import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Due } from "../reports/slice.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { useChips } from "./chips.tsx";
import { type Filters, listHref, queryOf } from "./filters.ts";
import { FOLDED_MAX, type ReportItem, reportList, type ReportList } from "./views-list.ts";

/** The worklist of reports: what is most urgent first, then what is owed next. */
export const reportsPage = page({ path: "/reports", view: reportList, render: (list) => <ReportsPage list={list} /> });

/** What is done to many at once, in the order of the buttons. */
const BULK = ["triage", "assign", "reply", "close", "quarantine"] as const;
const KEYS = [
  { key: "t", act: "triage" },
  { key: "a", act: "assign" },
  { key: "r", act: "reply" },
] as const;

function ReportsPage({ list }: { readonly list: ReportList }) {
  const { t, may } = useTools();
  const { items, next, filters, at } = list;
  const { q, cursor } = filters;
  const query = queryOf(withoutPlace(filters));
  return (
    <DeskPage title={t("reports.title")} lead={<Lead list={list} />} subject="report">
      <Worklist
        caption={t("reports.title")}
        filters={useChips(list)}
        saved={useSaved(list)}
        search={{ name: "q", value: q ?? "", label: t("reports.search"), keep: keptFilters(filters) }}
        rows={items}
        id={({ reference }) => reference}
        href={({ id }) => `/reports/${id}`}
        tone={({ late, priority }) => (late ? "late" : priority === 0 ? "waits" : undefined)}
        columns={[
          {
            key: "report",
            label: t("reports.col.report"),
            primary: true,
            cell: ({ reference }) => <span class="code-small">{reference}</span>,
          },
          { key: "priority", label: t("reports.col.priority"), cell: (row) => <Rank row={row} /> },
          { key: "category", label: t("reports.col.category"), cell: (row) => <About row={row} /> },
          { key: "due", label: t("reports.col.due"), whole: true, cell: (row) => <Due row={row} /> },
          { key: "state", label: t("reports.col.state"), whole: true, cell: ({ state }) => t(`state.${state}`) },
          { key: "officer", label: t("reports.col.officer"), cell: ({ assignee_name }) => assignee_name ?? "" },
        ]}
        empty={<EmptyState title={t("reports.empty")}>{t("reports.empty.hint")}</EmptyState>}
        exports={["csv", "json"].map((format) => ({
          label: format.toUpperCase(),
          href: `/api/v1/reports/export?${[query, `format=${format}`].filter((part) => part !== "").join("&")}`,
        }))}
        {...(may("report.triage")
          ? {
              bulk: {
                action: "/reports/many",
                method: "get" as const,
                acts: BULK.map((verb) => ({ name: "act", value: verb, label: t(`act.report.${verb}`) })),
              },
              actKeys: KEYS.map(({ key, act }) => ({ key, act, label: t(`act.report.${act}`) })),
            }
          : {})}
        {...(cursor || filters.state === "closed"
          ? {}
          : { live: { news: `/api/v1/reports/news${query ? `?${query}` : ""}`, at, again: listHref(filters) } })}
        {...(next ? { next: listHref(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: listHref(filters) } : {})}
      />
    </DeskPage>
  );
}

/** In what order it stands, and what waits beside it. */
function Lead({ list: { counts } }: { readonly list: ReportList }) {
  const { t } = useTools();
  const aside = counts["quarantine"] ?? 0;
  return (
    <>
      {t("reports.lead")}{" "}
      {aside > 0 && (
        <a href="/quarantine">
          {t(aside >= 100 ? "inbox.quarantine.many" : "inbox.quarantine.count", { count: aside })}
        </a>
      )}
    </>
  );
}

const withoutPlace = ({ cursor: _, limit: __, ...filters }: ReportList["filters"]): Filters => filters;

const keptFilters = (filters: ReportList["filters"]): Record<string, string> => {
  const { q: _, ...kept } = Object.fromEntries(new URLSearchParams(queryOf(withoutPlace(filters))));
  return kept;
};

/** The reader's own views, and the way to keep this one. */
function useSaved({ saved, filters }: ReportList) {
  const { t, may } = useTools();
  const query = queryOf(withoutPlace(filters));
  const kept = saved.map((each) => ({
    label: each.name,
    href: each.filters ? `/reports?${each.filters}` : "/reports",
    active: each.filters === query,
  }));
  const current = saved.find((each) => each.filters === query);
  if (current)
    return [...kept, { label: t("inbox.saved.drop"), href: `/saved-views/${current.id}/drop`, active: false }];
  if (query === "" || !may("saved-view.save")) return kept;
  return [
    ...kept,
    { label: t("inbox.saved.keep"), href: `/saved-views/new?filters=${encodeURIComponent(query)}`, active: false },
  ];
}

function Rank({ row: { priority, climbed, opened_at, responded_at } }: { readonly row: ReportItem }) {
  const { t } = useTools();
  return (
    <>
      <Tag tone={priority <= 1 ? "waits" : "plain"}>{`P${priority}`}</Tag>
      {climbed > 0 && !opened_at && !responded_at && <span class="small quiet folded">{t("inbox.unopened")}</span>}
    </>
  );
}

function About({ row: { category, label, excerpt, more, campaign_id } }: { readonly row: ReportItem }) {
  const { t } = useTools();
  return (
    <>
      {label ?? t(`option.category.${category}`)}
      <br />
      <span class="small quiet excerpt" dir="auto">
        {excerpt}
      </span>
      {more > 0 && campaign_id !== null && (
        <a class="small folded" href={`/campaigns/${campaign_id}`}>
          {t(more >= FOLDED_MAX ? "inbox.more-alike.many" : "inbox.more-alike", { count: more })}
        </a>
      )}
    </>
  );
}
