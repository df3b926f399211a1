import type { Section } from "../kernel/page.ts";
import { Table } from "../ui/table.tsx";
import { requestColumns } from "./columns.tsx";
import { type Listing, requestsOfCase } from "./views.ts";

/** The requests of a case, on its page. */
export const caseRequests: Section = {
  on: "case",
  order: 30,
  read: requestsOfCase,
  render: (found: never, { t, may }, id) => {
    const columns = requestColumns(t);
    return (
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
          columns={[columns.number, columns.measure, columns.peer, columns.state, columns.created]}
          empty={<p class="quiet">{t("requests.case-none")}</p>}
        />
      </section>
    );
  },
};
