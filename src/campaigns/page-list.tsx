import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { CODES } from "../reports/slice.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type Filter, Worklist } from "../ui/worklist.tsx";
import { type CampaignItem, campaignList, type CampaignList, COUNT_MAX, type ListInput, SORTS } from "./views.ts";

/** The list of campaigns: what grows most first. */
export const campaignsPage = page({
  path: "/campaigns",
  view: campaignList,
  render: (list) => <CampaignsPage list={list} />,
});

type Change = Readonly<Record<string, string | undefined>>;
function query({ cursor: _, limit: __, ...filters }: ListInput, change: Change): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== false && !(name === "sort" && value === "growth"))
      made.set(name, String(value));
  return made.size > 0 ? `?${made.toString()}` : "";
}
const listHref = (filters: ListInput, change: Change): string => `/campaigns${query(filters, change)}`;

/** A count that stopped at its bound says so. */
export const bounded = (n: number, t: Tools["t"]): string =>
  n > COUNT_MAX ? t("campaigns.more-than", { count: COUNT_MAX }) : t("campaigns.count", { count: n });

/** What a campaign is called: its name, or the words that its reports begin with. */
export const titleOf = ({ name, excerpt }: Pick<CampaignItem, "name" | "excerpt">, t: Tools["t"]): string =>
  name !== "" ? name : excerpt === "" ? t("campaigns.nameless") : t("campaigns.worded", { words: excerpt });

function CampaignsPage({ list: { items, next, filters } }: { readonly list: CampaignList }) {
  const { t } = useTools();
  const { q, cursor, sort: _, ...kept } = filters;
  const isFiltered = q !== undefined || Object.keys(kept).some((name) => name !== "limit");
  return (
    <DeskPage title={t("campaigns.title")} lead={t("campaigns.lead")}>
      <Worklist
        caption={t("campaigns.title")}
        filters={useFilters(filters)}
        search={{ name: "q", value: q ?? "", label: t("campaigns.search"), keep: keep(filters) }}
        rows={items}
        id={({ number }) => number}
        href={({ id }) => `/campaigns/${id}`}
        columns={[
          {
            key: "campaign",
            label: t("campaigns.col.campaign"),
            primary: true,
            cell: (row) => (
              <>
                <span class="code-small">{row.number}</span> <bdi class="breaks">{titleOf(row, t)}</bdi>
              </>
            ),
          },
          {
            key: "priority",
            label: t("reports.col.priority"),
            cell: ({ priority }) => <Tag tone={priority <= 1 ? "waits" : "plain"}>{`P${priority}`}</Tag>,
          },
          {
            key: "category",
            label: t("reports.col.category"),
            cell: ({ category }) => t(`option.category.${category}`),
          },
          { key: "reports", label: t("campaigns.col.reports"), end: true, cell: ({ reports }) => bounded(reports, t) },
          {
            key: "week",
            label: t("campaigns.col.week"),
            end: true,
            cell: ({ week }) => (week > 0 ? bounded(week, t) : ""),
          },
          {
            key: "last",
            label: t("campaigns.col.last"),
            whole: true,
            cell: ({ last_at }) => <When at={last_at} precision="day" />,
          },
          { key: "state", label: t("campaigns.col.state"), cell: ({ state }) => t(`state.${state}`) },
        ]}
        exports={[
          { label: "CSV", href: `/api/v1/campaigns.csv${query(filters, {})}` },
          { label: "JSON", href: `/api/v1/campaigns${query(filters, {})}` },
        ]}
        empty={
          <EmptyState title={t(isFiltered ? "campaigns.empty" : "campaigns.none")}>
            {t(isFiltered ? "campaigns.empty.hint" : "campaigns.none.hint")}
          </EmptyState>
        }
        {...(next ? { next: listHref(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: listHref(filters, {}) } : {})}
      />
    </DeskPage>
  );
}

const keep = ({ cursor: _, limit: __, q: ___, ...filters }: ListInput): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filters).flatMap(([name, value]) =>
      value === undefined || value === false ? [] : [[name, String(value)]],
    ),
  );

function useFilters(filters: ListInput): Filter[] {
  const { t } = useTools();
  const { state, growing, money, sort, category } = filters;
  const chip = (label: string, change: Change, active: boolean) => ({ label, href: listHref(filters, change), active });
  return [
    {
      label: t("campaigns.sort"),
      options: SORTS.map((each) => chip(t(`campaigns.sort.${each}`), { sort: each }, each === sort)),
    },
    {
      label: t("campaigns.col.state"),
      options: [
        chip(
          t("campaigns.chip.all"),
          { state: undefined, growing: undefined, money: undefined, category: undefined },
          !state && !growing && !money && !category,
        ),
        chip(t("campaigns.chip.growing"), { growing: growing ? undefined : "true" }, growing === true),
        chip(t("campaigns.chip.money"), { money: money ? undefined : "true" }, money === true),
        ...(["active", "closed"] as const).map((each) =>
          chip(t(`campaigns.chip.${each}`), { state: each === state ? undefined : each }, each === state),
        ),
      ],
    },
    ...(category && CODES.includes(category)
      ? [
          {
            label: t("reports.col.category"),
            options: [chip(t(`option.category.${category}`), { category: undefined }, true)],
          },
        ]
      : []),
  ];
}
