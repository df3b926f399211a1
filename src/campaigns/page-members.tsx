import { useTools } from "../kernel/tools.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Pagination } from "../ui/pagination.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type CampaignFound, SAMPLE_MAX } from "./views-campaign.ts";

interface Of {
  readonly file: CampaignFound;
}

const WORDS_SHOWN = 600;

/** The wordings that were met most, each with one report that has it. */
export function Variants({ file: { variants, figures } }: Of) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("campaigns.variants")}</h2>
      <p class="quiet small">
        {t("campaigns.variants.hint")}
        {figures.total > SAMPLE_MAX && ` ${t("campaigns.newest", { count: SAMPLE_MAX })}`}
      </p>
      <Table
        caption={t("campaigns.variants")}
        rows={variants}
        id={({ report }) => report}
        columns={[
          {
            key: "words",
            label: t("campaigns.words"),
            primary: true,
            cell: ({ words }) => (
              <bdi class="said">
                {words.length > WORDS_SHOWN ? `${words.slice(0, WORDS_SHOWN).toWellFormed()}…` : words}
              </bdi>
            ),
          },
          {
            key: "n",
            label: t("campaigns.col.reports"),
            end: true,
            cell: ({ n }) => t("campaigns.count", { count: n }),
          },
          {
            key: "example",
            label: t("campaigns.example"),
            whole: true,
            cell: ({ reference, report }) => (
              <a class="code-small" href={`/reports/${report}`}>
                {reference}
              </a>
            ),
          },
        ]}
        empty={<p class="quiet">{t("campaigns.variants.none")}</p>}
      />
    </section>
  );
}

/** What stands in its reports: what several share, and behind a fold what only one has. */
export function Observables({ file: { observables, figures } }: Of) {
  const { t } = useTools();
  const [shared, single] = [observables.filter(({ n }) => n > 1), observables.filter(({ n }) => n === 1)];
  return (
    <section>
      <h2>{t("campaigns.observables")}</h2>
      {figures.total > SAMPLE_MAX && <p class="quiet small">{t("campaigns.newest", { count: SAMPLE_MAX })}</p>}
      {shared.length > 0 ? <Things things={shared} /> : <p class="quiet">{t("campaigns.observables.none")}</p>}
      {single.length > 0 && (
        <details>
          <summary class="small">{t("campaigns.observables.single")}</summary>
          <Things things={single} />
        </details>
      )}
    </section>
  );
}

function Things({ things }: { readonly things: CampaignFound["observables"] }) {
  const { t } = useTools();
  return (
    <Table
      caption={t("campaigns.observables")}
      rows={things}
      id={({ key }) => key}
      href={({ value }) => `/reports?q=${encodeURIComponent(value)}`}
      columns={[
        {
          key: "value",
          label: t("reports.observable"),
          primary: true,
          cell: ({ value }) => <span class="code-small breaks">{value}</span>,
        },
        { key: "type", label: t("campaigns.kind"), cell: ({ type }) => t(`report.type.${type}`) },
        { key: "n", label: t("campaigns.col.reports"), end: true, cell: ({ n }) => t("campaigns.count", { count: n }) },
        {
          key: "tie",
          label: t("campaigns.ties"),
          cell: ({ strong, hub, n }) =>
            hub ? <Tag>{t("campaigns.hub")}</Tag> : !strong ? t("reports.weak") : n > 1 ? t("campaigns.joins") : "",
        },
      ]}
    />
  );
}

/** The cases that its reports are part of, as far as the reader may read them. */
export function CampaignCases({ file: { cases } }: Of) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("campaigns.cases")}</h2>
      <Table
        caption={t("campaigns.cases")}
        rows={cases}
        id={({ number }) => number}
        href={({ id }) => `/cases/${id}`}
        columns={[
          {
            key: "case",
            label: t("cases.col.case"),
            primary: true,
            cell: ({ number, title }) => (
              <>
                <span class="code-small">{number}</span> {title}
              </>
            ),
          },
          { key: "state", label: t("cases.col.state"), cell: ({ state }) => t(`state.${state}`) },
          {
            key: "reports",
            label: t("campaigns.col.reports"),
            end: true,
            cell: ({ reports }) => t("campaigns.count", { count: reports }),
          },
        ]}
        empty={<p class="quiet">{t("campaigns.cases.none")}</p>}
      />
    </section>
  );
}

/** The reports themselves, the newest first; two of them can be compared, and some taken out. */
export function Members({ file: { members, id, cursor } }: Of) {
  const { t, may } = useTools();
  const table = (
    <Table
      caption={t("campaigns.members")}
      rows={members.items}
      id={({ reference }) => reference}
      href={({ id: report }) => `/reports/${report}`}
      {...(may("campaign.split")
        ? {
            before: {
              head: <span class="hidden">{t("ui.tick")}</span>,
              cell: ({ reference }: (typeof members.items)[number]) => (
                <input
                  type="checkbox"
                  name="reports"
                  value={reference}
                  aria-label={t("reports.select", { reference })}
                />
              ),
            },
          }
        : {})}
      columns={[
        {
          key: "report",
          label: t("reports.col.report"),
          primary: true,
          cell: ({ reference }) => <span class="code-small">{reference}</span>,
        },
        { key: "priority", label: t("reports.col.priority"), cell: ({ priority }) => `P${priority}` },
        {
          key: "about",
          label: t("campaigns.words"),
          cell: ({ excerpt }) => <bdi class="small excerpt">{excerpt}</bdi>,
        },
        { key: "received", label: t("reports.received"), cell: ({ received_at }) => <When at={received_at} /> },
        {
          key: "state",
          label: t("reports.col.state"),
          cell: ({ state, folded }) => (
            <>
              {t(`state.${state}`)}
              {folded && (
                <>
                  <br />
                  <span class="quiet small">{t("campaigns.folded")}</span>
                </>
              )}
            </>
          ),
        },
      ]}
      empty={<EmptyState title={t("campaigns.members.none")} />}
    />
  );
  return (
    <section id="reports">
      <h2>{t("campaigns.members")}</h2>
      {may("campaign.split") && members.items.length > 0 ? (
        <form method="get" action={`/campaigns/${id}/split`}>
          {table}
          <p class="buttons">
            <button class="plain">{t("campaigns.split-selected")}</button>
            <button class="plain" formaction="/campaigns/why">
              {t("campaigns.compare-selected")}
            </button>
          </p>
        </form>
      ) : (
        table
      )}
      <Pagination
        next={
          members.next === undefined ? undefined : `/campaigns/${id}?cursor=${encodeURIComponent(members.next)}#reports`
        }
        first={cursor === undefined ? undefined : `/campaigns/${id}#reports`}
      />
    </section>
  );
}
