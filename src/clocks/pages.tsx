import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Table } from "../ui/table.tsx";
import { When } from "../ui/when.tsx";
import { clockColumns } from "./columns.tsx";
import { type Foreseen, forecastView } from "./views-forecast.ts";
import { comingInWords } from "./words.ts";

/** What will happen when: warnings and what runs out, in order, on our clock and on theirs. It prints as it stands. */
export const clocksPage = page({
  path: "/clocks",
  view: forecastView,
  render: (foreseen, { t, url }) => {
    const asked = new URLSearchParams(url.split("?")[1] ?? "");
    return (
      <DeskPage title={t("clocks.title")} lead={t("clocks.lead")}>
        <form method="get" action="/clocks" class="ask-figures">
          <p>
            <label for="until">{t("clocks.until")}</label>
            <input id="until" name="until" type="date" value={asked.get("until") ?? ""} />
          </p>
          <p>
            <label for="request">{t("clocks.number")}</label>
            <input id="request" name="request" value={asked.get("request") ?? ""} maxLength={60} dir="ltr" />
          </p>
          <p>
            <button type="submit">{t("clocks.show")}</button>
          </p>
        </form>
        <p>
          {t("clocks.shown-until")} <When at={foreseen.until} />
        </p>
        <Coming foreseen={foreseen} />
        {foreseen.standing.length > 0 && <Standing foreseen={foreseen} />}
      </DeskPage>
    );
  },
});

function Coming({ foreseen: { items } }: { readonly foreseen: Foreseen }) {
  const tools = useTools();
  const { t, has } = tools;
  const rows = items.map((item, index) => ({ ...item, index }));
  const columns = clockColumns(t, ({ clock }: (typeof rows)[number]) => clock);
  return (
    <Table
      caption={t("clocks.title")}
      rows={rows}
      id={({ index }) => `${index}`}
      href={({ clock: { plural, id } }) => `/${plural}/${id}`}
      tone={({ what }) => (what === "runs-out" ? "late" : undefined)}
      columns={[
        columns.thing,
        columns.moment("at", t("clocks.at"), ({ at }) => at),
        {
          key: "there",
          label: t("clocks.there"),
          cell: ({ at, clock: { peerZone } }) => (peerZone ? <When at={at} zone={peerZone} /> : null),
        },
        columns.rule,
        { key: "what", label: t("clocks.what"), cell: (coming) => comingInWords(coming, { t, has }) },
        {
          key: "source",
          label: t("clocks.source"),
          cell: ({ clock: { source } }) => (source === "office practice" ? t("clock.office-practice") : source),
        },
      ]}
      empty={<EmptyState title={t("clocks.none")} />}
    />
  );
}

function Standing({ foreseen: { standing } }: { readonly foreseen: Foreseen }) {
  const { t } = useTools();
  const columns = clockColumns(t, (clock: (typeof standing)[number]) => clock);
  return (
    <section>
      <h2>{t("clocks.standing")}</h2>
      <Table
        caption={t("clocks.standing")}
        rows={standing}
        id={({ id, rule }) => `${id} ${rule}`}
        href={({ plural, id }) => `/${plural}/${id}`}
        columns={[
          columns.thing,
          columns.rule,
          columns.moment("since", t("clocks.since"), ({ suspendedAt }) => suspendedAt),
        ]}
        empty={null}
      />
    </section>
  );
}
