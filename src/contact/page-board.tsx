import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { placeOf, When } from "../ui/when.tsx";
import { UrgencyTag } from "../requests/slice.ts";
import { PeerTable } from "./page-directory.tsx";
import { Spans } from "./page-roster.tsx";
import { type Board, type BoardLine, boardView } from "./views-board.ts";

/** Seconds after which the board is read anew, where no program does it sooner. */
const REFRESH_SECONDS = 60;

/** The live board: what came, what waits, what runs out, how the line to each peer stands, and who is on duty. */
export const boardPage = page({
  path: "/board",
  view: boardView,
  render: (board, { t, node, now, zone }) => (
    <DeskPage
      title={t("board.title")}
      kicker={node.name}
      lead={
        <>
          <When at={now} precision="long" /> ({placeOf(zone)})
        </>
      }
      refreshSeconds={REFRESH_SECONDS}
      islands={["board"]}
      side={<Duty board={board} />}
    >
      <div data-board={board.mark}>
        <Warnings board={board} />
        <Lines
          caption={t("board.calls")}
          rows={board.calls}
          empty="board.calls.none"
          href={(id) => `/requests/${id}/script`}
        />
        <Lines caption={t("board.unread")} rows={board.unread} empty="board.unread.none" />
        <Drills board={board} />
        <Lines caption={t("board.waiting")} rows={board.waiting} empty="board.waiting.none" />
        <section>
          <h2>{t("board.peers")}</h2>
          <PeerTable peers={board.peers} wires />
        </section>
      </div>
    </DeskPage>
  ),
});

function Warnings({ board: { toSign, gaps } }: { readonly board: Board }) {
  const { t } = useTools();
  return (
    <>
      {toSign.map(({ id, holder }) => (
        <Notice key={id} tone="waits" title={t("board.to-sign", { holder })}>
          <p>
            <a href={`/shifts/${id}`}>{t("board.to-sign.read")}</a>
          </p>
        </Notice>
      ))}
      {gaps.length > 0 && (
        <Notice tone="late" title={t("roster.gaps")}>
          <Spans spans={gaps.slice(0, 5)} />
          <p>
            <a href="/shifts">{t("roster.title")}</a>
          </p>
        </Notice>
      )}
    </>
  );
}

function Lines({
  caption,
  rows,
  empty,
  href = (id) => `/requests/${id}`,
}: {
  readonly caption: string;
  readonly rows: readonly BoardLine[];
  readonly empty: "board.calls.none" | "board.unread.none" | "board.waiting.none";
  readonly href?: (id: string) => string;
}) {
  const { t, now, locale } = useTools();
  const isLate = ({ due_at }: BoardLine): boolean => due_at !== null && Temporal.Instant.compare(due_at, now) <= 0;
  return (
    <section>
      <h2>
        {caption} {rows.length > 0 && <span class="count">{rows.length}</span>}
      </h2>
      <Table<BoardLine>
        caption={caption}
        rows={rows}
        id={({ id }) => id}
        href={({ id }) => href(id)}
        tone={(row) => (isLate(row) || row.urgency === "emergency" ? "late" : undefined)}
        columns={[
          {
            key: "number",
            label: t("board.number"),
            primary: true,
            cell: ({ number }) => <span class="nowrap">{number}</span>,
          },
          { key: "measure", label: t("board.measure"), cell: ({ measure }) => `${measure} ${t(`measure.${measure}`)}` },
          {
            key: "peer",
            label: t("board.with"),
            cell: ({ side, peer_name: peer }) => t(side === "sender" ? "requests.to" : "requests.from", { peer }),
          },
          {
            key: "state",
            label: t("board.state"),
            cell: ({ state, urgency, side, seen }) => (
              <>
                {urgency !== "routine" && <UrgencyTag urgency={urgency} />} <Tag>{t(`state.${state}`)}</Tag>
                {side === "receiver" && seen > 0 && <span class="small quiet"> {t("board.seen", { seen })}</span>}
              </>
            ),
          },
          { key: "came", label: t("board.came"), cell: ({ arrived_at }) => <When at={arrived_at} /> },
          {
            key: "due",
            label: t("board.due"),
            cell: ({ due_at, due_rule }) =>
              due_at && due_rule ? (
                <>
                  {t(`clock.${due_rule}`)}
                  <br />
                  {durationInWords(due_at.epochMilliseconds - now.epochMilliseconds, locale)}
                </>
              ) : null,
          },
        ]}
        empty={<p class="quiet">{t(empty)}</p>}
      />
    </section>
  );
}

function Drills({ board: { drills } }: { readonly board: Board }) {
  const { t } = useTools();
  if (drills.length === 0) return null;
  return (
    <Notice tone="waits" title={t("board.drills")}>
      <ul>
        {drills.map(({ id, number, peer, due_at }) => (
          <li key={id}>
            <a href={`/drills/${id}`}>{t("board.drill", { number, peer })}</a> <When at={due_at} />
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Duty({ board: { onDuty } }: { readonly board: Board }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("board.on-duty")}</h2>
      {onDuty.length === 0 && <p class="late">{t("board.nobody")}</p>}
      <ul class="plain-list">
        {onDuty.map(({ id, holder, ends_at, state }) => (
          <li key={id}>
            <a href={`/shifts/${id}`}>{holder}</a>
            <br />
            <span class="small quiet">
              {t(state === "on-duty" ? "board.until" : "board.planned-until")} <When at={ends_at} />
            </span>
          </li>
        ))}
      </ul>
      <p>
        <a href="/shifts">{t("roster.title")}</a>
        <br />
        <a href="/contact-points">{t("points.title")}</a>
        <br />
        <a href="/drills">{t("drills.title")}</a>
      </p>
    </section>
  );
}
