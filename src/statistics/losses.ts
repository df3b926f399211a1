import type { Cell } from "./tables.ts";

/** What was lost in one currency within a month; amounts in minor units. */
export interface Losses {
  readonly currency: string;
  readonly reports: number;
  readonly sum: bigint;
  /** The lower of the two in the middle, where there are two. */
  readonly median: bigint;
  readonly largest: bigint;
  /** 0 where there is one alone. */
  readonly second: bigint;
}

/** Under what rule amounts are shown. */
export interface LossRule {
  /** Fewer reports are withheld. */
  readonly threshold: number;
  /** Percent to which nobody may be able to tell the largest loss: the p of the p% rule. */
  readonly dominance: number;
}

const SUM_FIGURES = 3;
const MEDIAN_FIGURES = 2;

/**
 * The three figures of a currency. The sum is withheld where whoever lost second most could tell the largest loss to within
 * `dominance` percent; the median where it would tell them so together with the sum, or where fewer than twice `threshold` reported a loss.
 * Sums are rounded to three figures and medians to two, so that neither is anybody's own amount.
 *
 * @source Hundepool et al. 2012, Statistical Disclosure Control, ch. 4.2 (p% rule)
 */
export function lossCells(losses: Losses, { threshold, dominance }: LossRule): Cell[] {
  const { currency, reports, sum, median } = losses;
  const enough = reports >= threshold;
  const mayMedian = reports >= 2 * threshold && isSafe(losses, dominance, true);
  const maySum = enough && isSafe(losses, dominance, false);
  const cell = (measure: Cell["measure"], value: bigint | null): Cell => ({
    indicator: "loss",
    measure,
    keys: [currency],
    value: value === null || value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value),
  });
  return [
    cell("reports", enough ? BigInt(reports) : null),
    cell("sum", maySum ? rounded(sum, SUM_FIGURES) : null),
    cell("median", mayMedian ? rounded(median, MEDIAN_FIGURES) : null),
  ];
}

/** True where the rest beside the two largest is wide enough; of the rest, a known median makes a part known. */
function isSafe({ reports, sum, median, largest, second }: Losses, dominance: number, medianKnown: boolean): boolean {
  const rest = sum - largest - second;
  const above = reports - Math.ceil(reports / 2) - 1;
  const known = medianKnown ? median * BigInt(Math.max(0, above)) : 0n;
  return (rest - known) * 100n >= largest * BigInt(dominance);
}

/** To so many significant figures, halves up. */
function rounded(value: bigint, figures: number): bigint {
  const digits = String(value).length;
  if (digits <= figures) return value;
  const unit = 10n ** BigInt(digits - figures);
  return ((value + unit / 2n) / unit) * unit;
}
