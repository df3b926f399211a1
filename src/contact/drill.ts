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

/** What one peer did in the drills of a year. Minutes are measured here: from sending to the moment at which the answer was known. */
export interface DrillFigures {
  readonly peer: string;
  readonly drills: number;
  readonly answered: number;
  readonly missed: number;
  /** Of those answered; `null` where none was. */
  readonly medianMinutes: number | null;
  readonly p90Minutes: number | null;
  readonly longestMinutes: number | null;
}

/** The value below which that part of sorted numbers lies: the nearest rank, so that it is always one that was measured. */
const ranked = (sorted: readonly number[], part: number): number | null =>
  sorted.length === 0 ? null : (sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null);

type Measured = Pick<DrillRow, "peer" | "state" | "sent_at" | "answered_at">;

/** Figures of drills by peer, in the order of their codes. A late answer counts as missed and its time is still measured. */
export function drillFigures(drills: readonly Measured[]): DrillFigures[] {
  const minutes = ({ sent_at, answered_at }: Measured): number[] =>
    answered_at ? [Math.round(answered_at.since(sent_at).total("minutes") * 10) / 10] : [];
  return [...Map.groupBy(drills, ({ peer }) => peer)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([peer, of]) => {
      const times = of.flatMap(minutes).sort((a, b) => a - b);
      return {
        peer,
        drills: of.length,
        answered: of.filter(({ state }) => state === "answered").length,
        missed: of.filter(({ state }) => state === "missed").length,
        medianMinutes: ranked(times, 0.5),
        p90Minutes: ranked(times, 0.9),
        longestMinutes: times.at(-1) ?? null,
      };
    });
}
