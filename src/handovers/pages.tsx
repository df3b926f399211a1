import { trustedPeers } from "../exchange/slice.ts";
import type { ActForm, ActPage, Section } from "../kernel/page.ts";
import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { ReportRow } from "../reports/slice.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type HandoverRow, handoverSubject } from "./handover.ts";
import { handoverList, handoversOf, handoverView } from "./views.ts";

/** What goes to other countries' nodes and what they offer. */
export const handoversPage = page({
  path: "/handovers",
  view: handoverList,
  render: ({ items }) => <HandoversPage items={items} />,
});

function HandoversPage({ items }: { readonly items: readonly HandoverRow[] }) {
  const { t } = useTools();
  return (
    <DeskPage title={t("handovers.title")} lead={t("handovers.lead")}>
      <HandoverTable
        rows={items}
        empty={<EmptyState title={t("handovers.empty")}>{t("handovers.empty.hint")}</EmptyState>}
      />
    </DeskPage>
  );
}

function HandoverTable({
  rows,
  empty,
}: {
  readonly rows: readonly HandoverRow[];
  readonly empty: preact.ComponentChildren;
}) {
  const { t } = useTools();
  return (
    <Table
      caption={t("handovers.title")}
      rows={rows}
      id={({ id }) => id}
      href={({ id }) => `/handovers/${id}`}
      tone={({ side, state }) => (side === "receiver" && state === "offered" ? "waits" : undefined)}
      columns={[
        {
          key: "what",
          label: t("reports.col.category"),
          primary: true,
          cell: ({ category }) => t(`option.category.${category}`),
        },
        { key: "peer", label: t("handovers.peer"), cell: ({ side, peer }) => t(`handovers.${side}`, { peer }) },
        { key: "state", label: t("reports.col.state"), cell: ({ state }) => t(`state.${state}`) },
        { key: "at", label: t("handovers.offered-at"), cell: ({ offered_at: at }) => <When at={at} /> },
      ]}
      empty={empty}
    />
  );
}

/** One of them: the conditions stand before everything else. */
export const handoverPage = page({
  path: "/handovers/:id",
  view: handoverView,
  render: (row) => <HandoverPage row={row} />,
});

function HandoverPage({ row }: { readonly row: HandoverRow }) {
  const { t, acts } = useTools();
  const { side, peer, state, category, conditions, report_id: report } = row;
  const words = t(`option.category.${category}`);
  return (
    <DeskPage
      title={`${t("handovers.kicker")} – ${words}`}
      heading={words}
      kicker={t("handovers.kicker")}
      tags={<Tag tone={side === "receiver" && state === "offered" ? "waits" : "plain"}>{t(`state.${state}`)}</Tag>}
      trail={[{ label: t("handovers.title"), href: "/handovers" }]}
      side={<ActPanel acts={acts(handoverSubject, { ...row })} />}
      subject="handover"
    >
      <section>
        <h2>{t("field.handover.conditions")}</h2>
        <p class="said" dir="auto">
          {conditions}
        </p>
        {side === "receiver" && state === "offered" && <p class="quiet">{t("handovers.before")}</p>}
      </section>
      <Facts
        rows={[
          [t("handovers.peer"), t(`handovers.${side}`, { peer })],
          [t("handovers.offered-by"), row.offered_by],
          [t("handovers.offered-at"), <When at={row.offered_at} precision="long" />],
          row.answered_by !== null && [t("handovers.answered-by"), row.answered_by],
          row.answered_at !== null && [t("handovers.answered-at"), <When at={row.answered_at} precision="long" />],
          row.reason !== null && [t("field.handover.reason"), row.reason],
          row.handed_at !== null && [t("handovers.handed-at"), <When at={row.handed_at} precision="long" />],
          report !== null && [t("thing.report"), <a href={`/reports/${report}`}>{t("handovers.open-report")}</a>],
        ]}
      />
    </DeskPage>
  );
}

/** On the report's page: to whom it was offered, and the way to offer it. */
export const reportHandovers: Section = {
  on: "report",
  order: 20,
  read: handoversOf,
  render: (found: never, { may, t }, id) => {
    const rows: readonly HandoverRow[] = found;
    if (rows.length === 0 && !may("handover.offer")) return null;
    return (
      <>
        <div class="section-head">
          <h2 id="handovers">{t("handovers.section")}</h2>
          {may("handover.offer") && <a href={`/reports/${id}/handovers/new`}>{t("act.handover.offer")}</a>}
        </div>
        <HandoverTable rows={rows} empty={<p class="quiet">{t("handovers.section.none")}</p>} />
      </>
    );
  },
};

type Peers = Awaited<ReturnType<typeof trustedPeers>>;
/** Offering chooses among the countries that are peers, and says what goes over when. */
const offer: ActPage = {
  act: "handover.offer",
  prepare: ({ reader }) => trustedPeers(reader),
  render: (form: ActForm<ReportRow>, { t }, peers: Peers) => (
    <ActFormPage
      form={{ ...form, values: { conditions: t("handovers.usual-conditions"), ...form.values } }}
      before={<Notice>{t("handovers.two-steps")}</Notice>}
      choices={{
        to: peers.filter(({ kind }) => kind === "state").map(({ code, name }) => ({ value: code, label: name })),
      }}
    />
  ),
};
export const handoverActPages: readonly ActPage[] = [offer];
