import type { DrillFigure } from "./views-drills.ts";
import type { EmergencyFigure, NoticeFigure } from "./figures-own.ts";
import type { GroundFigure, StepFigure, Volume } from "./figures.ts";

/** A column of a table: its words are `evaluation.column.<name>`, what it means `evaluation.define.<name>`. */
export interface Defined {
  readonly name: string;
  readonly unit: "name" | "requests" | "times" | "milliseconds" | "minutes" | "share";
  /** How it is computed, in the terms of the acts. */
  readonly formula: string;
  /** Where it is drawn from. */
  readonly source: string;
}

const JOURNAL = "journal of request: acts of both nodes, each at the time that its own node gives";
const OWN = "this node alone: what its own law wants done afterwards, of which the other node is not told";
const DRILLS = "drills, counted apart: none of them is a request";
const is = <Name extends string>(name: Name, unit: Defined["unit"], formula: string, source = JOURNAL) => ({
  name,
  unit,
  formula,
  source,
});

const group = is("group", "name", "value of the dimension asked for", "request as sent");
export const TABLES = {
  volumes: [
    group,
    is("requests", "requests", "count of requests with an act send in the period"),
    is("executed", "requests", "count of those that reached the state executed"),
    is("refused", "requests", "count of those that reached the state refused and not executed"),
    is(
      "withdrawn",
      "requests",
      "count of those withdrawn, or closed without an answer, and neither executed nor refused",
    ),
    is("open", "requests", "requests - executed - refused - withdrawn"),
    is("clarifications", "times", "sum of acts ask"),
    is("clarified", "requests", "count of requests with at least one act ask"),
    is("renewals", "times", "sum of acts extend"),
    is("lapses", "requests", "count of requests with an act lapse"),
    is("emergencies", "requests", "count of requests of urgency emergency, or of measure X9 or X10"),
    is("emergencies_executed", "requests", "count of emergencies that reached the state executed"),
    is("emergencies_refused", "requests", "count of emergencies that reached the state refused and not executed"),
    is(
      "emergencies_unconfirmed",
      "requests",
      "count of emergencies with neither an act authorise, nor an act confirm, nor an act validate that confirms",
    ),
    is("ordered", "requests", "count of requests with an act order"),
    is(
      "ordered_unvalidated",
      "requests",
      "count of requests with an act void, or an act validate that refuses, and no act validate that confirms",
    ),
  ] satisfies (Defined & { name: keyof Volume })[],
  steps: [
    group,
    is("step", "name", "state of the request; answer is the way from send to executed or refused"),
    is("ended", "requests", "count of stays in the step that ended other than by withdraw"),
    is("open", "requests", "count of stays that still last, or ended by withdraw (censored)"),
    is(
      "median",
      "milliseconds",
      "smallest t with S(t) <= 0.5, S the Kaplan-Meier estimate over ended and open stays; empty while there is none",
    ),
    is("p90", "milliseconds", "smallest t with S(t) <= 0.1, S as for median"),
    is("share", "share", "time spent in the step / time spent in all steps until executed, refused or now"),
  ] satisfies (Defined & { name: keyof StepFigure })[],
  grounds: [
    group,
    is("kind", "name", "refusal: of an act refuse; clarification: of an act ask"),
    is("ground", "name", "code of the closed list; empty where the act names none"),
    is("times", "times", "count of acts with that ground; a question about several things counts once under each"),
  ] satisfies (Defined & { name: keyof GroundFigure })[],
  emergencies: [
    group,
    is("emergencies", "requests", "as in volumes"),
    is("refused", "requests", "count of emergencies that reached the state refused and not executed"),
    is("unvalidated", "requests", "as ordered_unvalidated in volumes, of emergencies"),
    is("reviewed", "requests", "count of emergencies with an act review", OWN),
    is("not_justified", "requests", "count of emergencies whose review found not-justified", OWN),
    is("unreviewed", "requests", "count of emergencies with an act unreviewed and no act review", OWN),
    is("share", "share", "emergencies refused, unvalidated or not justified, each once / emergencies"),
  ] satisfies (Defined & { name: keyof EmergencyFigure })[],
  notices: [
    group,
    is("owed", "requests", "count of requests by which data came and whose person concerned must be told", OWN),
    is("in_time", "requests", "count of those told by the time that the law or the provider sets", OWN),
    is("late", "requests", "count of those told after it", OWN),
    is("overdue", "requests", "count of those not told when it is over", OWN),
  ] satisfies (Defined & { name: keyof NoticeFigure })[],
  drills: [
    is("group", "name", "code of the other node", DRILLS),
    is("direction", "name", "outgoing: this node began it", DRILLS),
    is("drills", "times", "count of drills sent in the period", DRILLS),
    is("answered", "times", "count of those answered by the time set", DRILLS),
    is("missed", "times", "count of those not answered by then, answered later or never", DRILLS),
    is("open", "times", "drills - answered - missed", DRILLS),
    is("receipt_median", "minutes", "nearest rank of the time from sending to receipt by the other node", DRILLS),
    is("answer_median", "minutes", "nearest rank of the time from sending to the answer, late ones too", DRILLS),
  ] satisfies (Defined & { name: keyof DrillFigure })[],
} as const;
export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];
