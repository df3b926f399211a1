import type { Section } from "../kernel/page.ts";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { toneOf } from "./page-list.tsx";
import { type Listing, requestsOfCase } from "./views.ts";

/** The requests of a case, on its page. */
export const caseRequests: Section = {
  on: "case",
  order: 30,
  read: requestsOfCase,
  render: (found: never, { t, may }, id) => (
    <section id="requests">
      <div class="section-head">
        <h2>{t("requests.case-section")}</h2>
        {may("request.draft") && (
          <>
            <a class="button act" href={`/cases/${id}/emergency`}>
              {t("emergency.button")}
            </a>
            <a href={`/cases/${id}/requests/new`}>{t("act.request.draft")}</a>
          </>
        )}
      </div>
      <Table<Listing>
        caption={t("requests.case-section")}
        rows={found}
        id={(row) => row.id}
        href={(row) => `/requests/${row.id}`}
        columns={[
          {
            key: "number",
            label: t("requests.number"),
            primary: true,
            cell: ({ number }) => <span class="nowrap">{number}</span>,
          },
          {
            key: "measure",
            label: t("field.request.measure"),
            cell: ({ measure }) => `${measure} ${t(`measure.${measure}`)}`,
          },
          {
            key: "peer",
            label: t("requests.with"),
            whole: true,
            cell: ({ peer_name: peer, side }) => t(side === "sender" ? "requests.to" : "requests.from", { peer }),
          },
          {
            key: "state",
            label: t("request.state"),
            cell: ({ state }) => <Tag tone={toneOf(state)}>{t(`state.${state}`)}</Tag>,
          },
          { key: "created", label: t("requests.drafted"), cell: ({ created_at }) => <When at={created_at} /> },
        ]}
        empty={<p class="quiet">{t("requests.case-none")}</p>}
      />
    </section>
  ),
};
