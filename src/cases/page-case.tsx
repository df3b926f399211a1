import type { ComponentChildren } from "preact";
import type { Section } from "../kernel/page.ts";
import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { type Reader, view } from "../kernel/view.ts";
import { History } from "../reports/slice.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { Timeline } from "../ui/timeline.tsx";
import { When } from "../ui/when.tsx";
import { caseSubject } from "./case.ts";
import { caseFile, type CaseFound } from "./views.ts";

/** A part that another slice puts on the case's page, with what it found. */
interface Part {
  readonly section: Section;
  readonly found: unknown;
}

/** The case and the parts of the other slices, read together. */
const withParts = view({
  ...{ name: "case.page", subject: caseSubject },
  input: caseFile.input,
  read: async (reader, input): Promise<{ file: CaseFound; parts: readonly Part[] } | undefined> => {
    const file = await caseFile.read(reader, input);
    return file ? { file, parts: await partsOf(reader, file.id) } : undefined;
  },
});

function partsOf(reader: Reader, id: string): Promise<Part[]> {
  const sections = reader.node.registry.slices
    .flatMap((slice): readonly Section[] => slice.sections ?? [])
    .filter(({ on }) => on === caseSubject.name);
  return Promise.all(
    sections
      .sort((a, b) => a.order - b.order)
      .map(async (section) => ({ section, found: await section.read(reader, id) })),
  );
}

/** The page that says at a glance where everything of a case stands. */
export const casePage = page({
  path: "/cases/:id",
  view: withParts,
  render: ({ file, parts }, tools) => <CasePage file={file} parts={parts} tools={tools} />,
});

function CasePage({
  file,
  parts,
  tools,
}: {
  readonly file: CaseFound;
  readonly parts: readonly Part[];
  readonly tools: Tools;
}) {
  const { t } = tools;
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
      {parts.map(({ section, found }, index) => (
        <section key={index}>{section.render(found as never, tools, id)}</section>
      ))}
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
                <span class="small quiet excerpt">{excerpt}</span>
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
