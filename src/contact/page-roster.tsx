import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { ActPanel } from "../ui/act-panel.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { momentOf, placeOf, When } from "../ui/when.tsx";
import { type ShiftState, shiftSubject, type Span } from "./shift.ts";
import { type RosterShift, rosterView, shiftView } from "./views-shift.ts";

const TONES: Readonly<Record<ShiftState, Tone>> = {
  planned: "plain",
  "on-duty": "good",
  "handed-over": "waits",
  signed: "plain",
  cancelled: "plain",
};

/** Spans of time, one a line. */
export function Spans({ spans }: { readonly spans: readonly Span[] }) {
  const { t } = useTools();
  return (
    <ul>
      {spans.map(({ from, until }) => (
        <li key={from.toString()}>
          <When at={from} /> {t("roster.to")} <When at={until} />
        </li>
      ))}
    </ul>
  );
}

/** Who is on duty in two weeks, and when nobody is. */
export const rosterPage = page({
  path: "/shifts",
  view: rosterView,
  render: ({ shifts, gaps, from, until }, { t, may, zone }) => {
    const week = (days: number) =>
      `/shifts?from=${from.toZonedDateTimeISO(zone).toPlainDate().add({ days }).toString()}`;
    return (
      <DeskPage
        title={t("roster.title")}
        lead={t("roster.lead", { place: placeOf(zone) })}
        trail={[{ href: "/board", label: t("board.title") }]}
        subject="shift"
        {...(may("shift.plan") ? { action: { href: "/shifts/new", label: t("act.shift.plan") } } : {})}
      >
        {gaps.length > 0 && (
          <Notice tone="late" title={t("roster.gaps")}>
            <Spans spans={gaps} />
          </Notice>
        )}
        <p class="roster-weeks">
          <a href={week(-7)}>{t("roster.earlier")}</a> <When at={from} precision="day" /> –{" "}
          <When at={until} precision="day" /> <a href={week(7)}>{t("roster.later")}</a>
        </p>
        <Table<RosterShift>
          caption={t("roster.title")}
          rows={shifts}
          id={({ id }) => id}
          href={({ id }) => `/shifts/${id}`}
          columns={[
            { key: "holder", label: t("roster.holder"), primary: true, cell: ({ holder }) => holder },
            { key: "from", label: t("roster.from"), whole: true, cell: ({ starts_at }) => <When at={starts_at} /> },
            { key: "until", label: t("roster.until"), whole: true, cell: ({ ends_at }) => <When at={ends_at} /> },
            {
              key: "state",
              label: t("board.state"),
              cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.shift.${state}`)}</Tag>,
            },
          ]}
          empty={<p class="quiet">{t("roster.none")}</p>}
        />
      </DeskPage>
    );
  },
});

/** One shift, with what was handed over and who signed. */
export const shiftPage = page({
  path: "/shifts/:id",
  view: shiftView,
  render: (shift, { t, acts, locale, zone, now }) => (
    <DeskPage
      title={t("roster.shift", {
        holder: shift.holder,
        from: momentOf(shift.starts_at, { locale, zone, now }, "short"),
      })}
      heading={shift.holder}
      kicker={t("roster.kicker")}
      tags={<Tag tone={TONES[shift.state]}>{t(`state.shift.${shift.state}`)}</Tag>}
      trail={[
        { href: "/board", label: t("board.title") },
        { href: "/shifts", label: t("roster.title") },
      ]}
      subject="shift"
      side={<ActPanel acts={acts(shiftSubject, { ...shift })} />}
    >
      <Facts
        rows={[
          [t("roster.from"), <When at={shift.starts_at} precision="long" />],
          [t("roster.until"), <When at={shift.ends_at} precision="long" />],
          shift.begun_at && [t("roster.begun"), <When at={shift.begun_at} precision="long" />],
          shift.handed_at && [
            t("roster.handed"),
            <>
              {shift.holder} → {shift.next_holder}, <When at={shift.handed_at} precision="long" />
            </>,
          ],
          shift.signed_at && [
            t("roster.signed"),
            <>
              {shift.signer}, <When at={shift.signed_at} precision="long" />
            </>,
          ],
          [t("roster.note"), shift.note && <span class="said">{shift.note}</span>],
        ]}
      />
      {shift.note !== null && (
        <section>
          <h2>
            {t("roster.open")} <span class="count">{shift.open.length}</span>
          </h2>
          {shift.open.length === 0 ? (
            <p class="quiet">{t("roster.open.none")}</p>
          ) : (
            <ul>
              {shift.open.map(({ number, id }) => (
                <li key={number}>{id ? <a href={`/requests/${id}`}>{number}</a> : number}</li>
              ))}
            </ul>
          )}
        </section>
      )}
    </DeskPage>
  ),
});
