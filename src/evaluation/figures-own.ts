import { type Facts, isUnborne, isUnvalidated, outcomeOf } from "./facts.ts";
import { type Dimension, grouped } from "./figures.ts";

/** How the emergency way was used in one group, and how often nobody stood behind that use. */
export interface EmergencyFigure {
  readonly group: string;
  readonly emergencies: number;
  /** By whoever was asked. */
  readonly refused: number;
  /** Ordered ahead, and the validation refused or never given. */
  readonly unvalidated: number;
  /** Reviews by another person of this node, late ones too, and those of them that found no danger to life or safety. */
  readonly reviewed: number;
  readonly not_justified: number;
  /** Whose time for the review ran out in silence. */
  readonly unreviewed: number;
  /** Part of the emergencies that were refused, not validated or found not justified, each counted once; from 0 to 1. */
  readonly share: number;
}

/** The use of the emergency way by group, the largest group first; groups without emergencies are left out. */
export const emergencyFigures = (all: readonly Facts[], by: Dimension): EmergencyFigure[] =>
  grouped(
    all.filter(({ isEmergency }) => isEmergency),
    by,
  ).map(([group, facts]) => {
    const count = (is: (each: Facts) => boolean): number => facts.filter(is).length;
    return {
      group,
      emergencies: facts.length,
      refused: count((each) => outcomeOf(each) === "refused"),
      unvalidated: count(isUnvalidated),
      reviewed: count(({ review }) => review === "justified" || review === "not-justified"),
      not_justified: count(({ review }) => review === "not-justified"),
      unreviewed: count(({ review }) => review === "lapsed"),
      share: count(isUnborne) / facts.length,
    };
  });

/** Whether persons whose data was obtained were told, in one group. */
export interface NoticeFigure {
  readonly group: string;
  /** Those who are owed word, told or not. */
  readonly owed: number;
  readonly in_time: number;
  readonly late: number;
  /** Not told, and the time is out. */
  readonly overdue: number;
}

/** Whom this node had to tell, by group; groups in which nobody is owed word are left out. */
export const noticeFigures = (all: readonly Facts[], by: Dimension): NoticeFigure[] =>
  grouped(
    all.filter(({ notice }) => notice !== null),
    by,
  ).map(([group, facts]) => {
    const count = (notice: Facts["notice"]): number => facts.filter((each) => each.notice === notice).length;
    return { group, owed: facts.length, in_time: count("in-time"), late: count("late"), overdue: count("overdue") };
  });
