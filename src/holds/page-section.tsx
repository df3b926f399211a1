import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Table } from "../ui/table.tsx";
import { holdSubject } from "./hold.ts";
import { type HoldItem, holdsOfReport } from "./views.ts";
import { Asked, By, Standing, To } from "./words.tsx";

/** The notices of a report, on its page: whoever may send one is one step from doing so. */
export const reportHolds: Section = {
  on: "report",
  order: 10,
  read: holdsOfReport,
  render: (found: never, { may, t }, id) => {
    const rows: readonly HoldItem[] = found;
    if (rows.length === 0 && !may("hold.draft")) return null;
    return (
      <>
        <div class="section-head">
          <h2 id="holds">{t("holds.section")}</h2>
          {may("hold.draft") && <a href={`/reports/${id}/holds/new`}>{t("act.hold.draft")}</a>}
        </div>
        <Table<HoldItem>
          caption={t("holds.section")}
          rows={rows}
          id={({ number }) => number}
          href={(row) => `/holds/${row.id}`}
          columns={[
            {
              key: "hold",
              label: t("holds.col.notice"),
              primary: true,
              cell: ({ number }) => <span class="code-small nowrap">{number}</span>,
            },
            { key: "to", label: t("holds.col.to"), cell: (row) => <To row={row} /> },
            { key: "amount", label: t("holds.amount"), end: true, whole: true, cell: (row) => <Asked row={row} /> },
            { key: "state", label: t("holds.col.state"), cell: (row) => <Standing state={row.state} /> },
            { key: "by", label: t("holds.col.by"), cell: (row) => <By row={row} /> },
            { key: "next", label: t("holds.col.next"), cell: (row) => <Next row={row} /> },
          ]}
          empty={<p class="quiet">{t("holds.section.none")}</p>}
        />
      </>
    );
  },
};

/** The one thing to be done next, where this reader may do it. */
function Next({ row }: { readonly row: HoldItem }) {
  const { t, acts } = useTools();
  const offered = acts(holdSubject, { ...row }).filter(({ allowed }) => allowed);
  const wanted = ["approve", "send", "answer"]
    .map((verb) => offered.find(({ act }) => act.verb === verb))
    .find((each) => each !== undefined);
  return wanted ? <a href={wanted.href}>{t(`act.${wanted.act.name}`)}</a> : "";
}
