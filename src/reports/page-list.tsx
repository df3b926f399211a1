import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type Filter, Worklist } from "../ui/worklist.tsx";
import { COUNT_MAX, type ListInput, type ReportItem, reportList, type ReportList } from "./views.ts";

/** The worklist of reports: what is most urgent first, then what is owed next. */
export const reportsPage = page({ path: "/reports", view: reportList, render: (list) => <ReportsPage list={list} /> });

/** The address of the list with these filters. */
export function listHref(
  { cursor: _, limit: __, ...filters }: ListInput,
  change: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== false) query.set(name, String(value));
  const text = query.toString();
  return text ? `/reports?${text}` : "/reports";
}

function ReportsPage({ list }: { readonly list: ReportList }) {
  const { t } = useTools();
  const { items, next, filters } = list;
  const { q, cursor } = filters;
  return (
    <DeskPage title={t("reports.title")} lead={t("reports.lead")}>
      <Worklist
        caption={t("reports.title")}
        filters={useFilters(list)}
        search={{ name: "q", value: q ?? "", label: t("reports.search"), keep: keptFilters(filters) }}
        rows={items}
        id={({ reference }) => reference}
        href={({ id }) => `/reports/${id}`}
        tone={({ late }) => (late ? "late" : undefined)}
        columns={[
          {
            key: "report",
            label: t("reports.col.report"),
            primary: true,
            cell: ({ reference }) => <span class="code-small">{reference}</span>,
          },
          {
            key: "priority",
            label: t("reports.col.priority"),
            cell: ({ priority }) => <Tag tone={priority <= 1 ? "waits" : "plain"}>{`P${priority}`}</Tag>,
          },
          { key: "category", label: t("reports.col.category"), cell: (row) => <About row={row} /> },
          { key: "due", label: t("reports.col.due"), whole: true, cell: (row) => <Due row={row} /> },
          { key: "state", label: t("reports.col.state"), whole: true, cell: ({ state }) => t(`state.${state}`) },
          { key: "officer", label: t("reports.col.officer"), cell: ({ assignee_name }) => assignee_name ?? "" },
        ]}
        empty={<EmptyState title={t("reports.empty")}>{t("reports.empty.hint")}</EmptyState>}
        {...(next ? { next: listHref(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: listHref(filters, {}) } : {})}
      />
    </DeskPage>
  );
}

const keptFilters = ({ state, priority, mine, late }: ListInput): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ state, priority, mine, late }).flatMap(([name, value]) =>
      value === undefined || value === false ? [] : [[name, String(value)]],
    ),
  );

const STATES = ["received", "triaged", "assigned", "in-case", "closed"] as const;
function useFilters({ filters, counts }: ReportList): Filter[] {
  const { t } = useTools();
  // A bounded count is told as such: "500" would be read as exactly that many.
  const counted = (name: string, words: string) => {
    const count = counts[name];
    if (count === undefined) return { label: words };
    return count >= COUNT_MAX ? { label: `${words} ${COUNT_MAX}+` } : { label: words, count };
  };
  const { state, priority, mine, late } = filters;
  return [
    {
      label: t("reports.col.state"),
      options: [
        {
          ...counted("open", t("reports.chip.open")),
          href: listHref(filters, { state: undefined, mine: undefined, late: undefined }),
          active: !state && !mine && !late,
        },
        {
          ...counted("mine", t("reports.chip.mine")),
          href: listHref(filters, { mine: mine ? undefined : "true" }),
          active: mine === true,
        },
        {
          label: t("reports.chip.late"),
          href: listHref(filters, { late: late ? undefined : "true" }),
          active: late === true,
        },
        ...STATES.map((each) => ({
          ...counted(each, t(`reports.chip.${each}`)),
          href: listHref(filters, { state: each === state ? undefined : each }),
          active: each === state,
        })),
      ],
    },
    {
      label: t("reports.col.priority"),
      options: [0, 1, 2, 3, 4].map((each) => ({
        ...counted(`p${each}`, `P${each}`),
        href: listHref(filters, { priority: each === priority ? undefined : String(each) }),
        active: each === priority,
      })),
    },
  ];
}

function About({ row: { category, excerpt } }: { readonly row: ReportItem }) {
  const { t } = useTools();
  return (
    <>
      {t(`option.category.${category}`)}
      <br />
      <span class="small quiet excerpt">{excerpt}</span>
    </>
  );
}

/** When the first answer is owed: in words, and late in colour as well. */
export function Due({
  row: { respond_by, responded_at, late },
}: {
  readonly row: Pick<ReportItem, "respond_by" | "responded_at" | "late">;
}) {
  const { t } = useTools();
  if (responded_at) return <span class="quiet">{t("reports.answered")}</span>;
  if (!respond_by) return <span class="quiet">{t("reports.none-owed")}</span>;
  return (
    <>
      {late && <Tag tone="late">{t("reports.late")}</Tag>} <When at={respond_by} />
    </>
  );
}
