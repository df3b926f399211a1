import { CLASSIFICATION, type Code, type Priority } from "./classification.ts";

/** What the rule of priority looks at. Absent answers count as no. */
export interface Urgency {
  readonly category: Code;
  readonly danger?: boolean | undefined;
  /** The victim, or one of them, is under 18. */
  readonly minor?: boolean | undefined;
  /** Hours since money left; absent where none did or nobody said. */
  readonly transferHours?: number | undefined;
  /** The attack is going on now. */
  readonly live?: boolean | undefined;
  /** It hits hospital, power, water, rescue, bank or government. */
  readonly essential?: boolean | undefined;
  /** The person suspected is or was a partner. */
  readonly partner?: boolean | undefined;
  /** Most earlier reports that share one strong observable with this one. */
  readonly sharing?: number | undefined;
}

/** Why a priority is what it is; each is a message key `report.reason.<reason>`. */
export type PriorityReason =
  | "category"
  | "danger"
  | "minor"
  | "recent-transfer"
  | "live-essential"
  | "live"
  | "partner"
  | "shared"
  | "unopened"
  | "escalated"
  | "officer";

/** Hours within which a transfer can often still be stopped. */
export const TRANSFER_HOURS = 72;
/** What a country's pack sets of the rule. */
export interface RankingLaw {
  /** How urgent the category is, before anything else is known; absent where the table's word holds. */
  readonly ordinary?: Priority | undefined;
  /** Earlier reports with the same strong observable that lift a report by one step. */
  readonly sharedMin: number;
}
/** Where a pack sets nothing. */
export const USUAL: RankingLaw = { sharedMin: 5 };

/** The priority and every reason that made it so, the deciding one first. */
export interface Ranked {
  readonly priority: Priority;
  readonly reasons: readonly PriorityReason[];
}

/** Ranks a report: what the category says, then what overrides it. */
export function rank(urgency: Urgency, { ordinary: own, sharedMin }: RankingLaw = USUAL): Ranked {
  const { priority, grave, urgentWhen } = CLASSIFICATION[urgency.category];
  const ordinary = own ?? priority;
  const overrides: (readonly [Priority, PriorityReason])[] = [];
  if (urgency.danger) overrides.push([0, "danger"]);
  if (urgency.minor && grave) overrides.push([0, "minor"]);
  if (urgency.transferHours !== undefined && urgency.transferHours < TRANSFER_HOURS)
    overrides.push([1, "recent-transfer"]);
  if (urgency.live && urgency.essential) overrides.push([1, "live-essential"]);
  if (urgency.live && urgentWhen === "live") overrides.push([1, "live"]);
  if (urgency.partner && urgentWhen === "partner") overrides.push([1, "partner"]);
  const applied = overrides.filter(([priority]) => priority < ordinary).sort(([a], [b]) => a - b);
  const [first] = applied;
  const base: Ranked = first
    ? { priority: first[0], reasons: applied.map(([, reason]) => reason) }
    : { priority: ordinary, reasons: ["category"] };
  return (urgency.sharing ?? 0) >= sharedMin && base.priority > 0
    ? { priority: stepUp(base.priority), reasons: [...base.reasons, "shared"] }
    : base;
}

/** One priority up, P0 at most. */
export const stepUp = (priority: Priority): Priority => (priority > 0 ? ((priority - 1) as Priority) : priority);

/** Minutes within which a first answer is owed, by priority; `null` for intelligence that nobody waits for. */
export const FIRST_RESPONSE_MINUTES: Readonly<Record<Priority, number | null>> = {
  0: 15,
  1: 60,
  2: 24 * 60,
  3: 5 * 24 * 60,
  4: null,
};

/** Minutes within which somebody should have opened a report, by priority; `null` for intelligence that nobody waits for. */
export const UNOPENED_MINUTES: Readonly<Record<Priority, number | null>> = {
  0: 5,
  1: 30,
  2: 8 * 60,
  3: 2 * 24 * 60,
  4: null,
};

/** When a report that nobody has opened climbs; `null` where it does not. */
export function climbsAt(priority: Priority, since: Temporal.Instant): Temporal.Instant | null {
  const minutes = UNOPENED_MINUTES[priority];
  return minutes === null ? null : since.add({ minutes });
}

/** What becomes of a report whose time passed unopened. */
export interface Climbed {
  readonly priority: Priority;
  /** It comes first in its priority, whatever else waits there. */
  readonly first: boolean;
  readonly reasons: readonly string[];
}

/** The first time it moves to the top of its priority, each further time one priority up; the reason is kept. */
export function climb(priority: Priority, reasons: readonly string[], times: number): Climbed {
  const next = times === 0 ? priority : stepUp(priority);
  return {
    priority: next,
    first: next === priority,
    reasons: reasons.includes("unopened") ? reasons : [...reasons, "unopened"],
  };
}

/** When the first answer is owed; `null` where none is. */
export function firstResponseDue(priority: Priority, receivedAt: Temporal.Instant): Temporal.Instant | null {
  const minutes = FIRST_RESPONSE_MINUTES[priority];
  return minutes === null ? null : receivedAt.add({ minutes });
}
