import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { Reader } from "../kernel/view.ts";
import { Table } from "../ui/table.tsx";
import { When } from "../ui/when.tsx";
import { Standing } from "./card.tsx";
import { DisclosureStanding } from "./page-disclosure.tsx";
import { type Exhibit, exhibitsOf } from "./views.ts";
import { type DisclosureLine, disclosuresOf } from "./views-disclosure.ts";

interface Found {
  readonly exhibits: readonly Exhibit[];
  readonly disclosures: readonly DisclosureLine[];
}

/** What of a case is before the court, and what the defence was given, on the case's page. */
export const caseCourt: Section = {
  on: "case",
  order: 40,
  read: async (reader: Reader, id: string): Promise<Found> => ({
    exhibits: await exhibitsOf(reader, id),
    disclosures: await disclosuresOf(reader, id),
  }),
  render: (found: never, _tools, id) => <CaseCourt found={found} id={id} />,
};

function CaseCourt({ found: { exhibits, disclosures }, id }: { readonly found: Found; readonly id: string }) {
  const { t, may } = useTools();
  return (
    <>
      <div class="section-head">
        <h2 id="exhibits">
          {t("court.exhibits")} <span class="count">{exhibits.length}</span>
        </h2>
        <a href={`/cases/${id}/court`}>{t("court.view")}</a>
      </div>
      <Table<Exhibit>
        caption={t("court.exhibits")}
        rows={exhibits}
        id={({ id: exhibit }) => exhibit}
        href={({ id: exhibit }) => `/exhibits/${exhibit}`}
        columns={[
          {
            key: "mark",
            label: t("exhibits.col.mark"),
            primary: true,
            cell: ({ mark, title }) => (
              <>
                <span class="court-mark">{mark}</span> <span dir="auto">{title}</span>
              </>
            ),
          },
          { key: "item", label: t("court.item"), cell: ({ item }) => <span class="code-small nowrap">{item}</span> },
          { key: "party", label: t("field.exhibit.party"), cell: ({ party }) => t(`option.party.${party}`) },
          { key: "state", label: t("cases.col.state"), cell: ({ state }) => <Standing state={state} /> },
        ]}
        empty={<p class="quiet">{t("court.exhibits.none")}</p>}
      />
      {may("exhibit.list") && (
        <p>
          <a class="button plain" href={`/cases/${id}/exhibits/new`}>
            {t("act.exhibit.list")}
          </a>
        </p>
      )}
      <h2 id="disclosures">
        {t("disclosure.title")} <span class="count">{disclosures.length}</span>
      </h2>
      <Table<DisclosureLine>
        caption={t("disclosure.title")}
        rows={disclosures}
        id={({ id: each }) => each}
        href={({ id: each }) => `/disclosures/${each}`}
        columns={[
          {
            key: "number",
            label: t("disclosure.col.number"),
            primary: true,
            cell: ({ number }) => <span class="code-small nowrap">{number}</span>,
          },
          { key: "to", label: t("field.disclosure.to"), cell: ({ to }) => <span dir="auto">{to}</span> },
          {
            key: "counts",
            label: t("disclosure.items"),
            cell: ({ given, inspect, withheld }) => t("disclosure.counts", { given, inspect, withheld }),
          },
          { key: "state", label: t("cases.col.state"), cell: ({ state }) => <DisclosureStanding state={state} /> },
          {
            key: "at",
            label: t("disclosure.served"),
            cell: ({ served_at: at }) => at && <When at={at} precision="day" />,
          },
        ]}
        empty={<p class="quiet">{t("disclosure.none")}</p>}
      />
      {may("disclosure.prepare") && (
        <p>
          <a class="button plain" href={`/cases/${id}/disclosures/new`}>
            {t("act.disclosure.prepare")}
          </a>
        </p>
      )}
    </>
  );
}
