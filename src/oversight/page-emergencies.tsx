import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { EmergencyFigure } from "../evaluation/slice.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { Table } from "../ui/table.tsx";
import { When } from "../ui/when.tsx";
import { emergencyUse } from "./views-emergencies.ts";

const COUNTS = ["emergencies", "refused", "unvalidated", "reviewed", "not_justified", "unreviewed"] as const;

function Figures({
  caption,
  by,
  rows,
  named = (group) => group,
}: {
  readonly caption: string;
  readonly by: string;
  readonly rows: readonly EmergencyFigure[];
  readonly named?: (group: string) => string;
}) {
  const { t, locale } = useTools();
  return (
    <section>
      <h2>{caption}</h2>
      <Table<EmergencyFigure>
        caption={caption}
        rows={rows}
        id={({ group }) => group}
        tone={({ share }) => (share > 0 ? "late" : undefined)}
        columns={[
          { key: "group", label: by, primary: true, cell: ({ group }) => named(group) || t("evaluation.unsaid") },
          ...COUNTS.map((name) => ({
            key: name,
            label: t(`evaluation.column.${name}`),
            end: true,
            cell: (row: EmergencyFigure) => row[name],
          })),
          {
            key: "share",
            label: t("oversight.emergencies.share"),
            end: true,
            cell: ({ share }) => share.toLocaleString(locale, { style: "percent" }),
          },
        ]}
        empty={<p class="quiet">{t("oversight.emergencies.none")}</p>}
      />
    </section>
  );
}

/** How the emergency way was used, and how often nobody stood behind that: by office, by whoever was asked, and by who asked us. */
export const emergencyUsePage = page({
  path: "/oversight/emergencies",
  view: emergencyUse,
  render: ({ from, until, offices, peers, incoming, names }, { t }) => {
    const named = (code: string) => {
      const name = names.get(code);
      return name ? t("requests.peer", { name, code }) : code;
    };
    const query = new URLSearchParams({ from: from.toString(), until: until.toString() });
    return (
      <DeskPage
        title={t("oversight.emergencies")}
        lead={t("evaluation.emergencies.hint")}
        trail={[{ href: "/oversight", label: t("oversight.title") }]}
      >
        <form method="get" action="/oversight/emergencies" class="ask-figures">
          {(["from", "until"] as const).map((name) => (
            <p key={name}>
              <label for={`f-${name}`}>{t(`evaluation.filter.${name}`)}</label>
              <input id={`f-${name}`} type="date" name={name} value={(name === "from" ? from : until).toString()} />
            </p>
          ))}
          <p>
            <button type="submit">{t("evaluation.filter.show")}</button>
          </p>
        </form>
        <p>
          <When at={from} /> – <When at={until} />
        </p>
        <Figures caption={t("oversight.emergencies.offices")} by={t("evaluation.by.office")} rows={offices} />
        <Figures caption={t("oversight.emergencies.peers")} by={t("evaluation.by.peer")} rows={peers} named={named} />
        <Figures
          caption={t("oversight.emergencies.incoming")}
          by={t("evaluation.by.peer")}
          rows={incoming}
          named={named}
        />
        <p class="small">
          {t("statistics.download")} <a href={`/api/v1/oversight/emergencies/csv?${query}`}>CSV</a>
        </p>
      </DeskPage>
    );
  },
});
