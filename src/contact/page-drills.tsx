import { page } from "../kernel/page.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { type DrillFigures, type DrillRow, type DrillState, drillSubject } from "./drill.ts";
import { drillList, drillView, type Named } from "./views.ts";

const named = ({ peer, peer_name }: { readonly peer: string; readonly peer_name: string }): string =>
  peer_name === peer ? peer : `${peer_name} (${peer})`;

const TONES: Readonly<Record<DrillState, Tone>> = { sent: "waits", answered: "good", missed: "late" };

/** Drills, and what they showed in a year. */
export const drillsPage = page({
  path: "/drills",
  view: drillList,
  render: ({ items, next, figures, year }, { t, may }) => (
    <DeskPage
      title={t("drills.title")}
      lead={t("drills.lead")}
      trail={[{ href: "/board", label: t("board.title") }]}
      {...(may("drill.start") ? { action: { href: "/drills/new", label: t("act.drill.start") } } : {})}
    >
      <section>
        <h2>{t("drills.report", { year: String(year) })}</h2>
        <Table<Named<DrillFigures>>
          caption={t("drills.report", { year: String(year) })}
          rows={figures}
          id={({ peer }) => peer}
          columns={[
            { key: "peer", label: t("board.with"), primary: true, cell: (row) => named(row) },
            { key: "drills", label: t("drills.count"), end: true, cell: ({ drills }) => drills },
            { key: "answered", label: t("state.drill.answered"), end: true, cell: ({ answered }) => answered },
            { key: "missed", label: t("state.drill.missed"), end: true, cell: ({ missed }) => missed },
            {
              key: "receipt",
              label: t("drills.receipt"),
              end: true,
              cell: ({ receiptMinutes }) => receiptMinutes ?? "–",
            },
            { key: "median", label: t("drills.median"), end: true, cell: ({ medianMinutes }) => medianMinutes ?? "–" },
            { key: "p90", label: t("drills.p90"), end: true, cell: ({ p90Minutes }) => p90Minutes ?? "–" },
            {
              key: "longest",
              label: t("drills.longest"),
              end: true,
              cell: ({ longestMinutes }) => longestMinutes ?? "–",
            },
          ]}
          empty={<p class="quiet">{t("drills.report.none")}</p>}
        />
        <p>
          <a href={`/drills?year=${year - 1}`}>{t("drills.year", { year: String(year - 1) })}</a> ·{" "}
          <a href={`/drills?year=${year + 1}`}>{t("drills.year", { year: String(year + 1) })}</a> ·{" "}
          <a href={`/api/v1/drills/report?year=${year}`}>CSV</a>
        </p>
      </section>
      <section>
        <h2>{t("drills.all")}</h2>
        <Worklist<Named<DrillRow>>
          caption={t("drills.all")}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/drills/${id}`}
          columns={[
            {
              key: "number",
              label: t("board.number"),
              primary: true,
              cell: ({ number }) => <span class="nowrap">{number}</span>,
            },
            {
              key: "peer",
              label: t("board.with"),
              whole: true,
              cell: ({ side, ...row }) => t(side === "sender" ? "requests.to" : "requests.from", { peer: named(row) }),
            },
            { key: "sent", label: t("emergency.sent"), cell: ({ sent_at }) => <When at={sent_at} /> },
            {
              key: "state",
              label: t("board.state"),
              cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.drill.${state}`)}</Tag>,
            },
            {
              key: "answer",
              label: t("drills.answered"),
              cell: ({ answered_at }) => answered_at && <When at={answered_at} />,
            },
          ]}
          {...(next ? { next: `/drills?cursor=${next}` } : {})}
          empty={<EmptyState title={t("drills.none")}>{t("drills.none.hint")}</EmptyState>}
        />
      </section>
    </DeskPage>
  ),
});

/** One drill. */
export const drillPage = page({
  path: "/drills/:id",
  view: drillView,
  render: (drill, { t, acts }) => (
    <DeskPage
      title={t("drills.one", { number: drill.number })}
      heading={drill.number}
      kicker={t("drills.kicker")}
      tags={<Tag tone={TONES[drill.state]}>{t(`state.drill.${drill.state}`)}</Tag>}
      trail={[
        { href: "/board", label: t("board.title") },
        { href: "/drills", label: t("drills.title") },
      ]}
      subject="drill"
      side={
        <ActPanel
          acts={acts(drillSubject, { ...drill }).filter(({ act }) => act.verb !== "reply" || drill.side === "receiver")}
        />
      }
    >
      <Notice>{t("drills.only")}</Notice>
      <Facts
        rows={[
          [t("board.with"), t(drill.side === "sender" ? "requests.to" : "requests.from", { peer: named(drill) })],
          [t("drills.text"), drill.text],
          [t("emergency.sent"), <When at={drill.sent_at} precision="long" />],
          drill.received_at && [t("drills.received"), <When at={drill.received_at} precision="long" />],
          [t("clock.drill.answer"), <When at={drill.due_at} precision="long" />],
          drill.answered_at && [
            t("drills.answered"),
            <>
              {drill.answered_by}, <When at={drill.answered_at} precision="long" />
            </>,
          ],
        ]}
      />
    </DeskPage>
  ),
});
