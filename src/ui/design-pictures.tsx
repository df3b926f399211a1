import { useTools } from "../kernel/tools.ts";
import { Clock } from "./clock.tsx";
import { Figure, SERIES } from "./figure.tsx";
import { Lanes } from "./lanes.tsx";
import type { LaneClock, Stop } from "./lanes-places.ts";
import { Timeline } from "./timeline.tsx";

const at = (text: string) => Temporal.Instant.from(text);

/** The pictures that are ours: lanes, clocks, time, figures. */
export function DesignPictures() {
  return (
    <>
      <SampleClocks />
      <SampleTimeline />
      <SampleFigure />
    </>
  );
}

/** The life of a request, for the whole width of the page. */
export function SampleLanes() {
  const { t } = useTools();
  const stop = (side: Stop["side"], act: string, when: string, more: Partial<Stop> = {}): Stop => ({
    side,
    act: t(`ui.design.act.${act}`),
    at: at(when),
    ...more,
  });
  const stops: Stop[] = [
    stop("sender", "draft", "2026-11-12T05:40:00Z", { who: "S. Ramgoolam" }),
    stop("sender", "authorise", "2026-11-12T07:05:00Z", { who: "J. Appadoo" }),
    stop("sender", "send", "2026-11-12T07:06:00Z", { arrives: at("2026-11-12T07:06:04Z") }),
    stop("receiver", "acknowledge", "2026-11-12T07:31:00Z", { arrives: at("2026-11-12T07:31:03Z"), who: "M. Santos" }),
    stop("receiver", "preserve", "2026-11-13T01:12:00Z", { arrives: at("2026-11-13T01:12:05Z"), tone: "good" }),
    stop("sender", "ask", "2026-12-01T10:12:00Z", { arrives: null }),
  ];
  const clocks: LaneClock[] = [
    {
      side: "receiver",
      label: t("ui.design.clock.answer"),
      from: at("2026-11-12T07:31:00Z"),
      due: at("2026-11-14T07:31:00Z"),
      ended: at("2026-11-13T01:12:00Z"),
    },
    {
      side: "receiver",
      label: t("ui.design.clock.kept"),
      from: at("2026-11-13T01:12:00Z"),
      due: at("2027-01-12T01:12:00Z"),
    },
    {
      side: "sender",
      label: t("ui.design.clock.confirm"),
      from: at("2026-11-12T07:06:00Z"),
      due: at("2026-12-02T07:06:00Z"),
    },
  ];
  return (
    <section id="requests" class="picture">
      <h2>{t("ui.design.lanes")}</h2>
      <Lanes
        sender={{ name: "Aruna", office: t("ui.design.office.name") }}
        receiver={{ name: "Belmora", office: t("ui.design.office.peer") }}
        stops={stops}
        clocks={clocks}
      />
    </section>
  );
}

function SampleClocks() {
  const { t } = useTools();
  const rule = { cite: "CETS 185 Art. 29(7)", words: t("ui.design.provision"), href: "#law" };
  const manila = { zone: "Asia/Manila" };
  return (
    <section>
      <h2>{t("ui.design.clocks")}</h2>
      <div class="columns">
        <Clock
          label={t("ui.design.clock.kept")}
          started={at("2026-11-13T01:12:00Z")}
          due={at("2027-01-12T01:12:00Z")}
          peer={manila}
          rule={rule}
        />
        <Clock
          label={t("ui.design.clock.confirm")}
          started={at("2026-11-12T07:06:00Z")}
          due={at("2026-12-02T07:06:00Z")}
          peer={{ zone: "America/New_York" }}
        />
        <Clock
          label={t("ui.design.clock.answer")}
          started={at("2026-11-26T07:06:00Z")}
          due={at("2026-11-30T20:30:00Z")}
          peer={manila}
          rule={{ cite: "CETS 185 Art. 25(3)" }}
        />
        <Clock
          label={t("ui.design.clock.answer")}
          started={at("2026-11-12T07:31:00Z")}
          due={at("2026-11-14T07:31:00Z")}
          ended={at("2026-11-13T01:12:00Z")}
        />
        <Clock
          label={t("ui.design.clock.answer")}
          started={at("2026-11-20T07:31:00Z")}
          due={at("2026-12-24T07:31:00Z")}
          suspended={at("2026-11-28T01:12:00Z")}
        />
      </div>
    </section>
  );
}

function SampleTimeline() {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("ui.design.timeline")}</h2>
      <Timeline
        events={[
          { at: at("2026-11-12T05:40:00Z"), what: t("ui.design.act.draft"), who: "S. Ramgoolam" },
          {
            at: at("2026-11-12T07:05:00Z"),
            what: t("ui.design.act.authorise"),
            who: "J. Appadoo",
            detail: t("ui.design.long"),
            href: "#one",
          },
          { at: at("2026-11-13T01:12:00Z"), what: t("ui.design.act.preserve"), who: "M. Santos", tone: "good" },
          { at: at("2026-11-30T20:30:00Z"), what: t("ui.design.act.lapse"), tone: "late" },
        ]}
      />
    </section>
  );
}

function SampleFigure() {
  const { t } = useTools();
  const months = ["07", "08", "09", "10", "11"].map((month, index) => ({
    month: `2026-${month}`,
    sent: [41, 38, 52, 61, 57][index] ?? 0,
    median: [18, 22, 16, 11, 9][index] ?? 0,
  }));
  return (
    <section>
      <h2>{t("ui.design.figures")}</h2>
      <Figure
        title={t("ui.design.figure")}
        note={t("ui.design.figure.note")}
        draw={({ barY, lineY, ruleY }) => ({
          height: 220,
          marginLeft: 36,
          x: { label: null, type: "band", padding: 0.45 },
          y: { grid: true, label: null, ticks: 4 },
          marks: [
            barY(months, { x: "month", y: "sent", fill: SERIES[4], fillOpacity: 0.45 }),
            lineY(months, { x: "month", y: "median", stroke: SERIES[0], strokeWidth: 2, marker: "circle" }),
            ruleY([0], { stroke: "currentColor" }),
          ],
        })}
        table={{
          columns: [
            { label: t("ui.design.month") },
            { label: t("ui.design.sent"), end: true },
            { label: t("ui.design.median"), end: true },
          ],
          rows: months.map(({ month, sent, median }) => [month, sent, median]),
        }}
      />
    </section>
  );
}
