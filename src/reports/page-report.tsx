import type { ComponentChildren } from "preact";
import { isolated } from "../kernel/i18n.ts";
import { amountIn } from "../kernel/money.ts";
import { page } from "../kernel/page.ts";
import { type WithParts, withParts } from "../kernel/sections.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { Clock } from "../ui/clock.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Parts } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { Thread } from "../ui/thread.tsx";
import { Timeline } from "../ui/timeline.tsx";
import { When } from "../ui/when.tsx";
import { BASIS_NAMES } from "./law.ts";
import { Due } from "./due.tsx";
import { ESCALATION, FIRST_RESPONSE, reportSubject, type Transfer } from "./report.ts";
import { type ReportFound, reportPage } from "./views.ts";

/** One report: what it says, what is in it, what it hangs together with, what was done. */
export const reportDeskPage = page({
  path: "/reports/:id",
  view: withParts("report.page", reportSubject, reportPage),
  render: ({ file, parts }) => <ReportDeskPage report={file} parts={parts} />,
});

function ReportDeskPage({ report, parts }: { readonly report: ReportFound } & Pick<WithParts<ReportFound>, "parts">) {
  const { t } = useTools();
  const { reference, category, priority, state, late, quarantine } = report;
  const about = report.label ?? t(`option.category.${category}`);
  return (
    <DeskPage
      title={`${reference} – ${about}`}
      heading={about}
      kicker={
        <>
          {t("reports.kicker")} <span class="code-small">{reference}</span>
        </>
      }
      tags={
        <>
          <Tag tone={priority <= 1 ? "waits" : "plain"}>{t(`option.priority.${priority}`)}</Tag>{" "}
          <Tag>{t(`state.${state}`)}</Tag> {late && <Tag tone="late">{t("reports.late")}</Tag>}{" "}
          {quarantine !== null && state !== "closed" && <Tag tone="sealed">{t("reports.quarantined")}</Tag>}
        </>
      }
      trail={[{ label: t("reports.title"), href: "/reports" }]}
      side={<Side report={report} />}
      subject="report"
    >
      <Standing report={report} />
      <section>
        <h2>{t("reports.said")}</h2>
        {report.description ? (
          <p class="said" dir="auto">
            {report.description}
          </p>
        ) : (
          <p class="quiet">{t("reports.text-only")}</p>
        )}
        <Told facts={report.facts} />
      </section>
      <Observables report={report} />
      <Linked report={report} />
      <Parts of={report.id} parts={parts} />
      <Exchanged report={report} />
      <section>
        <h2>{t("reports.history")}</h2>
        <History history={report.history} />
      </section>
    </DeskPage>
  );
}

function Standing({ report }: { readonly report: ReportFound }) {
  const { t, locale } = useTools();
  const {
    reasons,
    received_at,
    channel,
    anonymous,
    offences,
    basis,
    likely,
    assignee_name,
    case_id,
    closed_reason,
    language,
  } = report;
  return (
    <Facts
      rows={[
        [
          t("reports.reason.title"),
          reasons
            .map((reason) =>
              reason === "shared"
                ? t("inbox.reason.shared", { count: report.sharedMin })
                : t(`report.reason.${reason}`),
            )
            .join("; "),
        ],
        [t("reports.first-answer"), <Due row={report} />],
        [
          t("reports.received"),
          <>
            <When at={received_at} precision="long" />, {t("reports.channel").toLowerCase()}{" "}
            {t(`report.channel.${channel}`)}
          </>,
        ],
        [
          t("reports.contact"),
          report.contact
            ? Object.values(report.contact).join(", ")
            : anonymous
              ? t("reports.anonymous")
              : t("reports.contact.kept"),
        ],
        [t("reports.consents"), <Consents report={report} />],
        report.withdrawn_at !== null && [t("reports.withdrawn"), <When at={report.withdrawn_at} precision="long" />],
        report.for_whom !== null && [t("reports.whom"), t(`option.whom.${report.for_whom}`)],
        report.age_band !== null && [t("reports.age"), t(`portal.age.${report.age_band}`)],
        report.loss_minor !== null &&
          report.loss_currency !== null && [
            t("reports.loss"),
            <span class="nowrap">
              {amountIn({ minor: report.loss_minor, currency: report.loss_currency }, locale)}
            </span>,
          ],
        [t("reports.language"), new Intl.DisplayNames([locale], { type: "language" }).of(language)],
        offences.length > 0
          ? [t("reports.offences"), offences.join("; ")]
          : likely.length > 0 && [t("reports.likely"), <span class="quiet">{likely.join("; ")}</span>],
        basis !== null && [t("reports.basis"), t(`option.basis.${BASIS_NAMES[basis]}`)],
        report.district_name !== null && [t("reports.district"), report.district_name],
        report.conditions !== null && [t("reports.conditions"), <span class="said">{report.conditions}</span>],
        [t("reports.col.officer"), assignee_name],
        case_id !== null && [t("reports.case"), <a href={`/cases/${case_id}`}>{t("reports.case")}</a>],
        closed_reason !== null && [t("reports.closed"), t(`option.reason.${closed_reason}`)],
      ]}
    />
  );
}

/** What the reporter has agreed to; it can be changed with the code at any time. */
function Consents({ report }: { readonly report: ReportFound }) {
  const { t } = useTools();
  const agreed = (["contact", "share", "handover"] as const).filter((each) => report[`consent_${each}`]);
  return agreed.length === 0 ? (
    <span class="quiet">{t("reports.consents.none")}</span>
  ) : (
    <>{agreed.map((each) => t(`reports.consent.${each}`)).join("; ")}</>
  );
}

/** The answers beside the text. An import's columns are shown by their own names. */
function Told({ facts }: { readonly facts: unknown }) {
  const { t, has } = useTools();
  if (typeof facts !== "object" || facts === null) return null;
  const { transfers, ...rest } = facts as Record<string, unknown>;
  const shown = (value: unknown): ComponentChildren => (value === true ? t("portal.yes") : String(value));
  const paid = Array.isArray(transfers) ? (transfers as readonly Transfer[]) : [];
  const rows = Object.entries(rest).map(
    ([name, value]) => [has(`field.report.${name}`) ? t(`field.report.${name}`) : name, shown(value)] as const,
  );
  if (rows.length + paid.length === 0) return null;
  return <Facts rows={[...rows, ...paid.map((each) => [t("reports.transfer"), <Paid transfer={each} />] as const)]} />;
}

/** Money that left: how much, where to, through whom, and when. */
function Paid({ transfer: { amount, currency, at, to, through, reference } }: { readonly transfer: Transfer }) {
  const whole = [amount, currency].filter((each) => each !== undefined).join(" ");
  const known = [whole, to, through, reference].filter((each) => each !== undefined && each !== "").join(", ");
  return (
    <>
      <bdi>{known}</bdi>
      {at !== undefined && (
        <>
          {known !== "" && ", "}
          <When at={Temporal.Instant.from(at)} />
        </>
      )}
    </>
  );
}

function Observables({ report: { observables } }: { readonly report: ReportFound }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("reports.observables")}</h2>
      <Table
        caption={t("reports.observables")}
        rows={observables}
        id={({ key }) => key}
        href={({ value }) => `/reports?q=${encodeURIComponent(value)}`}
        columns={[
          {
            key: "value",
            label: t("reports.observable"),
            primary: true,
            cell: ({ value }) => <span class="code-small breaks">{value}</span>,
          },
          { key: "type", label: t("reports.col.category"), cell: ({ type }) => t(`report.type.${type}`) },
          {
            key: "reports",
            label: t("reports.linked"),
            cell: ({ strong, hub, reports }) =>
              hub ? t("reports.hub") : strong ? t("reports.in-reports", { count: reports }) : t("reports.weak"),
          },
        ]}
        empty={<p class="quiet">{t("reports.observables.none")}</p>}
      />
    </section>
  );
}

function Linked({ report: { linked, reference, case_id } }: { readonly report: ReportFound }) {
  const { t, may } = useTools();
  const choosing = may("case.open");
  const table = (
    <Table
      caption={t("reports.linked")}
      rows={linked.items}
      id={({ reference: other }) => other}
      href={({ id }) => `/reports/${id}`}
      {...(choosing ? { before: { head: <span class="hidden">{t("cases.choose")}</span>, cell: choose(t) } } : {})}
      columns={[
        {
          key: "report",
          label: t("reports.col.report"),
          primary: true,
          cell: (row) => <span class="code-small">{row.reference}</span>,
        },
        {
          key: "category",
          label: t("reports.col.category"),
          cell: (row) => t(`option.category.${row.category}`),
        },
        {
          key: "why",
          label: t("reports.why"),
          cell: ({ shared, reason }) =>
            reason === null
              ? t("reports.why.shared", { what: shared.join(", ") })
              : t("reports.why.officer", { reason }),
        },
        { key: "state", label: t("reports.col.state"), cell: ({ state }) => t(`state.${state}`) },
        { key: "received", label: t("reports.received"), cell: ({ received_at }) => <When at={received_at} /> },
      ]}
    />
  );
  return (
    <section>
      <h2>
        {t("reports.linked")} <span class="count">{linked.total}</span>
      </h2>
      {linked.items.length === 0 ? (
        <p class="quiet">{t("reports.linked.total", { count: 0 })}</p>
      ) : !choosing ? (
        table
      ) : (
        <form method="get" action="/cases/new">
          {!case_id && <input type="hidden" name="reports" value={reference} />}
          {table}
          {linked.items.some((each) => !each.case_id) && (
            <p class="buttons">
              <button class="plain">{t("reports.from-selected")}</button>
            </p>
          )}
        </form>
      )}
    </section>
  );
}

/** Takes a linked report into the case that is opened; nothing where it is part of one already. */
const choose =
  (t: Tools["t"]) =>
  ({ reference, case_id }: ReportFound["linked"]["items"][number]) =>
    case_id ? (
      ""
    ) : (
      <input type="checkbox" name="reports" value={reference} aria-label={t("reports.select", { reference })} />
    );

function Exchanged({ report: { messages } }: { readonly report: ReportFound }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("reports.messages")}</h2>
      <Thread
        messages={messages.map(({ at, author, body }) => ({
          at,
          from: t(`reports.${author}`),
          own: author === "office",
          words: (
            <p class="said" dir="auto">
              {body}
            </p>
          ),
        }))}
      />
    </section>
  );
}

/** What was done, by whom, as the journal says it. */
export function History({ history }: { readonly history: ReportFound["history"] }) {
  const { t, has } = useTools();
  return (
    <Timeline
      events={history.map(({ act, at, by, office, change, state }) => {
        const remark = [change["reason"], change["note"], change["number"]].find(
          (each): each is string => typeof each === "string",
        );
        const words = remark && has(`option.reason.${remark}`) ? t(`option.reason.${remark}`) : remark;
        return {
          at,
          what: t(`act.${act}`),
          who: has(`actor.${by}`) ? t(`actor.${by}`) : office ? `${by}, ${office}` : nameOf(by, t),
          ...(words || state
            ? {
                detail: [state && has(`state.${state}`) ? t(`state.${state}`) : "", words ? isolated(words) : ""]
                  .filter((each) => each !== "")
                  .join(" – "),
              }
            : {}),
        };
      })}
    />
  );
}

/** Who acted, where it was no officer. */
function nameOf(by: string, t: (key: string) => string): string {
  if (by === "public" || by.startsWith("reporter:")) return t("reports.reporter");
  if (by.startsWith("system:")) return t("actor.node");
  return by;
}

function Side({ report }: { readonly report: ReportFound }) {
  const { t, acts, may } = useTools();
  const clock = report.clocks.find(({ rule }) => rule === FIRST_RESPONSE);
  const escalated = report.clocks.find(({ rule, ended_at }) => rule === ESCALATION && ended_at === null);
  return (
    <>
      {escalated && (
        <Clock label={t("reports.escalation")} due={escalated.due_at} started={escalated.starts_at} ended={undefined} />
      )}
      {clock && (
        <Clock
          label={t("reports.first-answer")}
          due={clock.due_at}
          started={clock.starts_at}
          ended={clock.ended_at ?? undefined}
        />
      )}
      <ActPanel acts={acts(reportSubject, report).filter(({ act }) => act.verb !== "identify" || !report.anonymous)}>
        {!report.case_id && report.state !== "closed" && may("case.open") && (
          <a href={`/cases/new?reports=${report.reference}`}>{t("reports.open-case")}</a>
        )}
      </ActPanel>
    </>
  );
}
