import type { ComponentChildren } from "preact";
import { page } from "../kernel/page.ts";
import { type WithParts, withParts } from "../kernel/sections.ts";
import { useTools } from "../kernel/tools.ts";
import { History } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Parts } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { Timeline } from "../ui/timeline.tsx";
import { When } from "../ui/when.tsx";
import { caseSubject } from "./case.ts";
import { caseFile, type CaseFound } from "./views.ts";

/** The page that says at a glance where everything of a case stands. */
export const casePage = page({
  path: "/cases/:id",
  view: withParts("case.page", caseSubject, caseFile),
  render: ({ file, parts }) => <CasePage file={file} parts={parts} />,
});

function CasePage({ file, parts }: WithParts<CaseFound>) {
  const { t } = useTools();
  const { number, title, state, priority, id } = file;
  return (
    <DeskPage
      title={`${number} – ${title}`}
      heading={title}
      kicker={
        <>
          {t("cases.kicker")} <span class="code-small">{number}</span>
        </>
      }
      tags={
        <>
          <Tag tone={priority <= 1 ? "waits" : "plain"}>{t(`option.priority.${priority}`)}</Tag>{" "}
          <Tag>{t(`state.${state}`)}</Tag>
        </>
      }
      trail={[{ label: t("cases.title"), href: "/cases" }]}
      side={<Side file={file} />}
      subject="case"
    >
      <Steps file={file} />
      <Standing file={file} />
      <Reports file={file} />
      <Parts of={id} parts={parts} />
      <People file={file} />
      <section>
        <h2>{t("cases.notes")}</h2>
        {file.notes.length === 0 ? (
          <p class="quiet">{t("cases.notes.none")}</p>
        ) : (
          <Timeline
            events={file.notes.map(({ at, author, body }) => ({
              at,
              what: author,
              detail: <p class="said">{body}</p>,
            }))}
          />
        )}
      </section>
      <section>
        <h2>{t("cases.history")}</h2>
        <History history={file.history} />
      </section>
    </DeskPage>
  );
}

/** The road of a case: which stations it has passed and when, and where it stands now. */
function Steps({ file }: { readonly file: CaseFound }) {
  const { t } = useTools();
  const stations = [
    ["open", file.opened_at],
    ["referred", file.referred_at],
    ["charged", file.charged_at],
    ["adjudicated", file.adjudicated_at],
    ["closed", file.closed_at],
  ] as const;
  return (
    <ol class="stations" aria-label={t("cases.stands")}>
      {stations.map(([station, at]) => (
        <li
          key={station}
          class={at ? "passed" : undefined}
          {...(station === file.state ? { "aria-current": "step" } : {})}
        >
          <b>{t(`cases.step.${station}`)}</b> {at ? <When at={at} precision="day" /> : <span class="quiet">–</span>}
        </li>
      ))}
    </ol>
  );
}

function Standing({ file }: { readonly file: CaseFound }) {
  const { t, has } = useTools();
  const { offences, office_name, lead_name, outcome, clocks } = file;
  const running = clocks.filter(({ ended_at }) => ended_at === null);
  const outcomeWords = (each: string): ComponentChildren =>
    has(`option.outcome.${each}`) ? t(`option.outcome.${each}`) : t(`option.reason.${each}`);
  return (
    <Facts
      rows={[
        [
          t("cases.offences"),
          offences.length > 0 ? offences.join("; ") : <span class="quiet">{t("cases.offences.none")}</span>,
        ],
        [t("cases.lead-officer"), lead_name && `${lead_name}, ${office_name}`],
        outcome !== null && [t("cases.outcome"), outcomeWords(outcome)],
        ...running.map(
          ({ rule, due_at }) =>
            [
              has(`clock.${rule}`) ? t(`clock.${rule}`) : t("cases.clocks"),
              <When at={due_at} precision="long" />,
            ] as const,
        ),
      ]}
    />
  );
}

function Reports({ file: { reports } }: { readonly file: CaseFound }) {
  const { t } = useTools();
  return (
    <section>
      <h2>
        {t("cases.reports")} <span class="count">{reports.length}</span>
      </h2>
      <Table
        caption={t("cases.reports")}
        rows={reports}
        id={({ reference }) => reference}
        href={({ id }) => `/reports/${id}`}
        columns={[
          {
            key: "report",
            label: t("cases.reports"),
            primary: true,
            cell: ({ reference }) => <span class="code-small">{reference}</span>,
          },
          { key: "priority", label: t("cases.priority"), cell: ({ priority }) => `P${priority}` },
          {
            key: "about",
            label: t("reports.col.category"),
            cell: ({ category, excerpt }) => (
              <>
                {t(`option.category.${category}`)}
                <br />
                <span class="small quiet excerpt" dir="auto">
                  {excerpt}
                </span>
              </>
            ),
          },
          { key: "received", label: t("reports.received"), cell: ({ received_at }) => <When at={received_at} /> },
          { key: "state", label: t("cases.col.state"), whole: true, cell: ({ state }) => t(`state.${state}`) },
        ]}
        empty={<p class="quiet">{t("cases.reports.none")}</p>}
      />
    </section>
  );
}

function People({ file: { people } }: { readonly file: CaseFound }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("cases.people")}</h2>
      {people.length === 0 ? (
        <p class="quiet">{t("cases.people.none")}</p>
      ) : (
        <Facts
          rows={people.map(({ name, role, note }) => [
            t(`option.role.${role}`),
            <>
              {name}
              {note && (
                <>
                  <br />
                  <span class="small quiet">{note}</span>
                </>
              )}
            </>,
          ])}
        />
      )}
    </section>
  );
}

function Side({ file }: { readonly file: CaseFound }) {
  const { acts } = useTools();
  return <ActPanel acts={acts(caseSubject, file)} />;
}
