import { type Duration, quantile, survival, type SurvivalStep } from "../statistics/slice.ts";
import {
  answerOf,
  type Facts,
  isOrdered,
  isUnconfirmed,
  isUnvalidated,
  outcomeOf,
  STEP_NAMES,
  staysOf,
  type Step,
  timesOf,
} from "./facts.ts";

/** By what requests are told apart. */
export const DIMENSIONS = ["measure", "peer", "office", "provider", "article", "category", "direction"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What became of the requests of one group. */
export interface Volume {
  readonly group: string;
  readonly requests: number;
  readonly executed: number;
  readonly refused: number;
  readonly withdrawn: number;
  readonly open: number;
  /** Times that whoever was asked asked back, and requests in which that happened. */
  readonly clarifications: number;
  readonly clarified: number;
  readonly renewals: number;
  readonly lapses: number;
  readonly emergencies: number;
  readonly emergencies_executed: number;
  readonly emergencies_refused: number;
  /** Emergencies that nobody authorised before, and confirmed or validated afterwards. */
  readonly emergencies_unconfirmed: number;
  /** Ordered before they were authorised, and those of them that nobody validated. */
  readonly ordered: number;
  readonly ordered_unvalidated: number;
}

/** How long one step took in one group; `answer` is the way from sending to the answer. */
export interface StepFigure {
  readonly group: string;
  readonly step: Step | "answer";
  readonly ended: number;
  /** Those that still wait in it, or were taken back in it. */
  readonly open: number;
  /** Milliseconds; `null` while fewer than half, or nine in ten, have ended. */
  readonly median: number | null;
  readonly p90: number | null;
  /** Part of all time spent until the answer, from 0 to 1; `null` for the whole way. */
  readonly share: number | null;
}

/** How often one ground was given in one group. */
export interface GroundFigure {
  readonly group: string;
  readonly kind: "refusal" | "clarification";
  readonly ground: string;
  readonly times: number;
}

/** Requests by the values of one dimension, the largest group first; those of the same size by name. */
export const grouped = (all: readonly Facts[], by: Dimension): [group: string, facts: Facts[]][] =>
  [...Map.groupBy(all, (facts) => facts[by])].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));

const count = (all: readonly Facts[], is: (facts: Facts) => boolean): number => all.filter(is).length;
const sum = (all: readonly Facts[], of: (facts: Facts) => number): number =>
  all.reduce((total, each) => total + of(each), 0);

export function volumes(all: readonly Facts[], by: Dimension): Volume[] {
  return grouped(all, by).map(([group, facts]) => {
    const urgent = facts.filter(({ isEmergency }) => isEmergency);
    return {
      group,
      requests: facts.length,
      executed: count(facts, (each) => outcomeOf(each) === "executed"),
      refused: count(facts, (each) => outcomeOf(each) === "refused"),
      withdrawn: count(facts, (each) => outcomeOf(each) === "withdrawn"),
      open: count(facts, (each) => outcomeOf(each) === "open"),
      clarifications: sum(facts, (each) => timesOf(each, "ask")),
      clarified: count(facts, (each) => timesOf(each, "ask") > 0),
      renewals: sum(facts, (each) => timesOf(each, "extend")),
      // A node that was restored from a backup says it again: it lapsed once.
      lapses: count(facts, (each) => timesOf(each, "lapse") > 0),
      emergencies: urgent.length,
      emergencies_executed: count(urgent, (each) => outcomeOf(each) === "executed"),
      emergencies_refused: count(urgent, (each) => outcomeOf(each) === "refused"),
      emergencies_unconfirmed: count(urgent, isUnconfirmed),
      ordered: count(facts, isOrdered),
      ordered_unvalidated: count(facts, isUnvalidated),
    };
  });
}

/** How long each step took, as a list of lengths: those of the whole way under `answer`. */
export function durations(facts: readonly Facts[], now: Temporal.Instant): ReadonlyMap<Step | "answer", Duration[]> {
  const lengths = new Map<Step | "answer", Duration[]>();
  const add = (step: Step | "answer", { milliseconds, ended }: Duration) =>
    lengths.set(step, [...(lengths.get(step) ?? []), { milliseconds, ended }]);
  for (const step of STEP_NAMES) lengths.set(step, []);
  lengths.set("answer", []);
  for (const each of facts) {
    for (const stay of staysOf(each, now)) lengths.get(stay.step)?.push(stay);
    const answer = answerOf(each, now);
    if (answer) add("answer", answer);
  }
  return lengths;
}

export function stepFigures(all: readonly Facts[], by: Dimension, now: Temporal.Instant): StepFigure[] {
  return grouped(all, by).flatMap(([group, facts]) => {
    const lengths = durations(facts, now);
    const time = (step: Step) => (lengths.get(step) ?? []).reduce((total, { milliseconds }) => total + milliseconds, 0);
    const whole = STEP_NAMES.reduce((total, step) => total + time(step), 0);
    return [...lengths].flatMap(([step, each]): StepFigure[] => {
      if (each.length === 0) return [];
      const ended = each.filter((one) => one.ended).length;
      return [
        {
          group,
          step,
          ended,
          open: each.length - ended,
          median: quantile(each, 0.5),
          p90: quantile(each, 0.9),
          share: step === "answer" || whole === 0 ? null : time(step) / whole,
        },
      ];
    });
  });
}

export function groundFigures(all: readonly Facts[], by: Dimension): GroundFigure[] {
  return grouped(all, by).flatMap(([group, facts]) => {
    const given = facts.flatMap(({ done }) =>
      done.flatMap(({ act, said }): { kind: GroundFigure["kind"]; ground: string }[] => {
        if (act === "refuse") return [{ kind: "refusal", ground: text(said?.["ground"]) }];
        if (act === "ask") return topicsOf(said?.["about"]).map((ground) => ({ kind: "clarification", ground }));
        return [];
      }),
    );
    return [...Map.groupBy(given, ({ kind, ground }) => `${kind}\0${ground}`).values()]
      .map((same) => ({ group, kind: same[0]?.kind ?? "refusal", ground: same[0]?.ground ?? "", times: same.length }))
      .sort((a, b) =>
        a.kind < b.kind ? 1 : a.kind > b.kind ? -1 : b.times - a.times || (a.ground < b.ground ? -1 : 1),
      );
  });
}

/** What a question is about: one thing or several, each counted. */
const topicsOf = (about: unknown): string[] =>
  Array.isArray(about) && about.length > 0 ? about.map(text) : [text(about)];

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** How a group's requests wait: the part of them that still does, by time. */
export interface Waiting {
  readonly group: string;
  readonly steps: readonly SurvivalStep[];
  readonly requests: number;
  /** The longest anybody has waited, in milliseconds: no further does the curve say anything. */
  readonly longest: number;
}

export const waitings = (
  all: readonly Facts[],
  { by, step, now }: { readonly by: Dimension; readonly step: Step | "answer"; readonly now: Temporal.Instant },
): Waiting[] =>
  grouped(all, by).flatMap(([group, facts]): Waiting[] => {
    const lengths = durations(facts, now).get(step) ?? [];
    if (lengths.length === 0) return [];
    return [
      {
        group,
        steps: survival(lengths),
        requests: lengths.length,
        longest: Math.max(...lengths.map(({ milliseconds }) => milliseconds)),
      },
    ];
  });

/** The share of them that still waits at a time; `null` where nobody has been watched for as long. */
export const stillWaiting = ({ steps, longest }: Waiting, milliseconds: number): number | null =>
  milliseconds > longest && steps.at(-1)?.share !== 0
    ? null
    : (steps.findLast((step) => step.milliseconds <= milliseconds)?.share ?? 1);

/** The step in which a group's requests spend the most time; `null` where none has spent any. */
export function slowest(figures: readonly StepFigure[], group: string): StepFigure | null {
  const steps = figures.filter((each) => each.group === group && each.share !== null && each.share > 0);
  return steps.toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0))[0] ?? null;
}
