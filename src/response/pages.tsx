import { page, type Section } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { dayOf, momentOf, When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import type { Check, Outcome } from "./checks.ts";
import { requestColumns } from "../requests/slice.ts";
import { type HoldingRow, holdingSubject } from "./holding.ts";
import type { Telling } from "./user-notice.ts";
import { type Desk, deskOf, holdingList, holdingView, type NoticeLine, noticeList } from "./views.ts";

const TONES: Readonly<Record<Outcome, Tone>> = { proven: "good", stated: "plain", failed: "late", absent: "waits" };

/** Whether the user may be told, in a sentence. */
function tellingWords(telling: Telling, tools: Pick<Tools, "t" | "locale" | "zone" | "now">): string {
  const { t } = tools;
  if (telling.answer === "told") return t("response.told", { at: momentOf(telling.at, tools, "short") });
  if (telling.answer === "allowed") return t("response.may-tell");
  const { why, until } = telling;
  return t(`response.not-yet.${why}`, { until: until ? momentOf(until, tools, "short") : "" });
}

/** On a provider's page of a request: what of its legal basis is proven and by whom, and whether the user may be told. */
export const basisSection: Section = {
  on: "request",
  order: 5,
  read: deskOf,
  render: (found: never, tools) => {
    const desk = found as Desk | undefined;
    if (!desk) return null;
    const { t } = tools;
    return (
      <>
        <h2>{t("response.basis")}</h2>
        <p class="quiet">{t("response.basis.lead")}</p>
        <Checks checks={desk.checks} />
        <Facts
          rows={[
            [t("response.user"), tellingWords(desk.telling, tools)],
            [
              t("response.tell-by"),
              desk.telling.answer !== "told" && desk.tellBy && <When at={desk.tellBy} precision="long" />,
            ],
          ]}
        />
      </>
    );
  },
};

/** What a check says, with its day as one reads it. */
const spoken = (values: Check["values"], locale: string): Record<string, string> =>
  values["until"]
    ? {
        ...values,
        until: dayOf(values["until"], locale),
      }
    : { ...values };

function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const { t, locale } = useTools();
  return (
    <Table<Check>
      caption={t("response.basis")}
      rows={checks}
      id={({ name }) => name}
      tone={({ outcome }) => (outcome === "failed" ? "late" : undefined)}
      columns={[
        { key: "name", label: t("response.check"), primary: true, cell: ({ name }) => t(`response.check.${name}`) },
        {
          key: "outcome",
          label: t("response.outcome"),
          whole: true,
          cell: ({ outcome }) => <Tag tone={TONES[outcome]}>{t(`response.outcome.${outcome}`)}</Tag>,
        },
        {
          key: "by",
          label: t("response.by"),
          cell: ({ by, name, outcome, values }) => (
            <>
              {outcome !== "absent" && t(`response.by.${by}`)}
              <br />
              <span class="small quiet" dir="auto">
                {outcome === "absent" || (name === "held" && outcome === "proven")
                  ? null
                  : t(`response.says.${name}`, spoken(values, locale))}
              </span>
            </>
          ),
        },
      ]}
      empty={null}
    />
  );
}

/** Whom to tell, and what stands against it. */
export const noticesPage = page({
  path: "/user-notices",
  view: noticeList,
  render: ({ items }, tools) => {
    const { t, url } = tools;
    const columns = requestColumns(t);
    const chosen = new URLSearchParams(url.split("?")[1] ?? "").get("answer");
    return (
      <DeskPage title={t("response.notices")} lead={t("response.notices.lead")}>
        <Worklist<NoticeLine>
          caption={t("response.notices")}
          filters={[
            {
              label: t("response.user"),
              options: [
                { label: t("requests.any"), href: "/user-notices", active: chosen === null },
                ...(["allowed", "late", "forbidden", "told"] as const).map((each) => ({
                  label: t(`response.filter.${each}`),
                  href: `/user-notices?answer=${each}`,
                  active: chosen === each,
                })),
              ],
            },
          ]}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/requests/${id}`}
          tone={({ telling, isLate }) => (isLate ? "late" : telling.answer === "allowed" ? "waits" : undefined)}
          columns={[
            columns.number,
            columns.measure,
            { key: "peer", label: t("requests.with"), cell: ({ peer, peer_name }) => `${peer_name} (${peer})` },
            { key: "state", label: t("request.state"), cell: ({ state }) => t(`state.${state}`) },
            { key: "telling", label: t("response.user"), cell: ({ telling }) => tellingWords(telling, tools) },
            {
              key: "by",
              label: t("response.tell-by"),
              cell: ({ tellBy, isLate }) =>
                tellBy && (
                  <>
                    <When at={tellBy} /> {isLate && <Tag tone="late">{t("response.late")}</Tag>}
                  </>
                ),
            },
          ]}
          empty={<EmptyState title={t("response.notices.none")}>{t("response.notices.none.hint")}</EmptyState>}
        />
      </DeskPage>
    );
  },
});

/** What the provider has said it holds. */
export const holdingsPage = page({
  path: "/holdings",
  view: holdingList,
  render: ({ items }, { t, may }) => (
    <DeskPage
      title={t("response.holdings")}
      lead={t("response.holdings.lead")}
      subject="holding"
      {...(may("holding.declare") ? { action: { href: "/holdings/new", label: t("act.holding.declare") } } : {})}
    >
      <Table<HoldingRow>
        caption={t("response.holdings")}
        rows={items}
        id={({ id }) => id}
        href={({ id }) => `/holdings/${id}`}
        columns={[
          { key: "what", label: t("field.holding.description"), primary: true, cell: ({ description }) => description },
          {
            key: "category",
            label: t("field.holding.category"),
            cell: ({ category }) => t(`option.category.${category}`),
          },
          { key: "days", label: t("response.kept"), cell: ({ kept_days }) => kept(kept_days, t) },
          { key: "state", label: t("request.state"), cell: ({ state }) => t(`state.holding.${state}`) },
        ]}
        empty={<EmptyState title={t("response.holdings.none")}>{t("response.holdings.none.hint")}</EmptyState>}
      />
    </DeskPage>
  ),
});

const kept = (days: number | null, t: Tools["t"]): string =>
  days === null ? t("response.kept.always") : t("response.kept.days", { days });

/** One kind of data that is held. */
export const holdingPage = page({
  path: "/holdings/:id",
  view: holdingView,
  render: (row, { t, acts }) => (
    <DeskPage
      title={row.description}
      kicker={t("response.holdings")}
      trail={[{ href: "/holdings", label: t("response.holdings") }]}
      subject="holding"
      side={<ActPanel acts={acts(holdingSubject, { ...row })} />}
    >
      <Facts
        rows={[
          [t("field.holding.category"), t(`option.category.${row.category}`)],
          [t("response.kept"), kept(row.kept_days, t)],
          [t("response.declared"), <When at={row.declared_at} precision="long" />],
          [t("request.state"), t(`state.holding.${row.state}`)],
        ]}
      />
    </DeskPage>
  ),
});
