import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

export type DrillState = "sent" | "answered" | "missed";

/**
 * A drill's life. It is a thing of its own and no request: it names no person, no data and no case, so nothing can be carried out of it,
 * and no figure of requests counts it.
 *
 * @source CETS 185 Art. 35
 */
// prettier-ignore
export const DRILL_LIFE = life<DrillState>()({
  reply: { by: "receiver", from: ["sent"], to: "answered", source: "CETS 185 Art. 35", late: ["missed"] },
  miss:  { by: "sender",   from: ["sent"], to: "missed" },
});

/** A drill as its table holds it. */
export interface DrillRow {
  readonly id: string;
  readonly number: string;
  readonly side: "sender" | "receiver";
  readonly peer: string;
  readonly state: DrillState;
  readonly text: string;
  readonly office: string | null;
  readonly started_by: string | null;
  readonly sent_at: Temporal.Instant;
  readonly due_at: Temporal.Instant;
  readonly received_at: Temporal.Instant | null;
  readonly answered_at: Temporal.Instant | null;
  readonly answered_by: string | null;
}

export const drillSubject = subject<DrillRow>()({
  name: "drill",
  plural: "drills",
  table: "drill",
  attributes: { state: "String", side: "String", peer: "String", office: "String" },
  life: DRILL_LIFE,
});

/** Clock of a drill's answer. */
export const DRILL_RULE = "drill.answer";
/** Minutes that one has to answer a drill where the sender says nothing else. */
export const DRILL_MINUTES = 30;

/**
 * What was done in the drills with one peer. Minutes from sending to receipt and to the answer, each moment as the node gives it at which it
 * happened: both nodes count the same.
 */
export interface DrillFigures {
  readonly peer: string;
  readonly drills: number;
  /** In time. */
  readonly answered: number;
  readonly missed: number;
  /** Whose time still runs. */
  readonly open: number;
  /** To receipt by the other node; `null` where none was received. */
  readonly receiptMinutes: number | null;
  /** To the answer, of those answered; `null` where none was. */
  readonly medianMinutes: number | null;
  readonly p90Minutes: number | null;
  readonly longestMinutes: number | null;
}

/** The value below which that part of sorted numbers lies: the nearest rank, so that it is always one that was measured. */
const ranked = (sorted: readonly number[], part: number): number | null =>
  sorted.length === 0 ? null : (sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null);

/** What of a drill is measured. */
export type Measured = Pick<DrillRow, "peer" | "sent_at" | "due_at" | "received_at" | "answered_at">;

/** Answered in time, or missed, or its time still runs: by its moments alone, which both nodes know alike. */
function outcomeOf({ due_at: due, answered_at: answered }: Measured, now: Temporal.Instant) {
  if (Temporal.Instant.compare(answered ?? now, due) > 0) return "missed";
  return answered ? "answered" : "open";
}

/** Figures of drills by peer, in the order of their codes. A late answer counts as missed and its time is still measured. */
export function drillFigures(drills: readonly Measured[], now: Temporal.Instant): DrillFigures[] {
  const after = ({ sent_at: sent }: Measured, at: Temporal.Instant | null): number[] =>
    at ? [Math.max(0, Math.round(at.since(sent).total("minutes") * 10) / 10)] : [];
  return [...Map.groupBy(drills, ({ peer }) => peer)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([peer, of]) => {
      const times = of.flatMap((each) => after(each, each.answered_at)).sort((a, b) => a - b);
      const receipts = of.flatMap((each) => after(each, each.received_at)).sort((a, b) => a - b);
      const count = (outcome: string) => of.filter((each) => outcomeOf(each, now) === outcome).length;
      return {
        peer,
        drills: of.length,
        answered: count("answered"),
        missed: count("missed"),
        open: count("open"),
        receiptMinutes: ranked(receipts, 0.5),
        medianMinutes: ranked(times, 0.5),
        p90Minutes: ranked(times, 0.9),
        longestMinutes: times.at(-1) ?? null,
      };
    });
}
