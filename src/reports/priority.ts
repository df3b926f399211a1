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
  | "officer";

/** Hours within which a transfer can often still be stopped. */
export const TRANSFER_HOURS = 72;
/** Earlier reports with the same strong observable that lift a report by one step. */
export const SHARED_MIN = 5;

/** The priority and every reason that made it so, the deciding one first. */
export interface Ranked {
  readonly priority: Priority;
  readonly reasons: readonly PriorityReason[];
}

/** Ranks a report: what the category says, then what overrides it. */
export function rank(urgency: Urgency): Ranked {
  const { priority: ordinary, grave, urgentWhen } = CLASSIFICATION[urgency.category];
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
  return (urgency.sharing ?? 0) >= SHARED_MIN && base.priority > 0
    ? { priority: stepUp(base.priority), reasons: [...base.reasons, "shared"] }
    : base;
}

const stepUp = (priority: Priority): Priority => (priority > 0 ? ((priority - 1) as Priority) : priority);

/** Minutes within which a first answer is owed, by priority; `null` for intelligence that nobody waits for. */
export const FIRST_RESPONSE_MINUTES: Readonly<Record<Priority, number | null>> = {
  0: 15,
  1: 60,
  2: 24 * 60,
  3: 5 * 24 * 60,
  4: null,
};

/** When the first answer is owed; `null` where none is. */
export function firstResponseDue(priority: Priority, receivedAt: Temporal.Instant): Temporal.Instant | null {
  const minutes = FIRST_RESPONSE_MINUTES[priority];
  return minutes === null ? null : receivedAt.add({ minutes });
}
