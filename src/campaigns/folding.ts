/** Reports of a campaign from which the worklist shows one line for all of them. */
export const FOLD_MIN = 10;

/** Least urgent priority that is never folded away: what is owed within the hour is somebody's own matter. */
const OWN_MATTER = 1;

/** What folding looks at. */
export interface Foldable {
  readonly state: string;
  readonly priority: number;
  readonly reasons: readonly string[];
  readonly assignee: string | null;
  readonly case_id: string | null;
}

/** Reasons that a campaign's size cannot give: they are the report's own. */
const ALL_ALIKE = new Set(["category", "shared"]);

/**
 * True where a report says nothing of its own that would make it urgent, and nobody has taken it up: in a large campaign it is shown inside
 * of the campaign only. The step that many alike give to each other is not its own.
 */
export function isFoldable({ state, priority, reasons, assignee, case_id }: Foldable): boolean {
  const own = priority + (reasons.includes("shared") ? 1 : 0);
  return (
    state === "received" &&
    assignee === null &&
    case_id === null &&
    own > OWN_MATTER &&
    reasons.every((reason) => ALL_ALIKE.has(reason))
  );
}
