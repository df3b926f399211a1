/** How long one thing took, or has taken so far. */
export interface Duration {
  readonly milliseconds: number;
  /** False where it is still open: then it took at least this long (censored). */
  readonly ended: boolean;
}

/** One step of a survival curve: from `milliseconds` on, `share` of the things are still open. */
export interface SurvivalStep {
  readonly milliseconds: number;
  readonly share: number;
}

/**
 * The Kaplan–Meier estimate. Leaving out what is still open would flatter the slow: a request that waits since spring
 * counts for as long as it has waited.
 *
 * @source Kaplan and Meier 1958, product-limit estimate
 */
export function survival(durations: readonly Duration[]): SurvivalStep[] {
  const ordered = [...durations].sort((a, b) => a.milliseconds - b.milliseconds);
  const steps: SurvivalStep[] = [];
  let share = 1;
  let atRisk = ordered.length;
  for (const [milliseconds, together] of Map.groupBy(ordered, (each) => each.milliseconds)) {
    const ended = together.filter((each) => each.ended).length;
    if (ended > 0) {
      share *= 1 - ended / atRisk;
      steps.push({ milliseconds, share });
    }
    atRisk -= together.length;
  }
  return steps;
}

/** The time by which `portion` (0.5 for the median) has ended; `null` while fewer than that have. */
export function quantile(durations: readonly Duration[], portion: number): number | null {
  const open = 1 - portion;
  // The product of many fractions misses the exact share by a rounding error; a step counts as reached within it.
  return survival(durations).find(({ share }) => share <= open + 1e-9)?.milliseconds ?? null;
}

/** The median and the ninetieth percentile of each group, with how many ended and how many are still open. */
export function summary(durations: readonly Duration[]): {
  ended: number;
  open: number;
  median: number | null;
  p90: number | null;
} {
  const ended = durations.filter((each) => each.ended).length;
  return { ended, open: durations.length - ended, median: quantile(durations, 0.5), p90: quantile(durations, 0.9) };
}
