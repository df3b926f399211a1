import type { Pair } from "./brief.ts";

/** How a number changed, with how sure one may be of it. */
export type Change = "clearly-more" | "clearly-fewer" | "perhaps-more" | "perhaps-fewer" | "same" | "unknown";

/** Beyond so many standard errors a change is hardly chance: in one of twenty months where nothing changed it would be said wrongly. */
const CLEAR = 2;
/** Within so many nobody would call it a change. */
const SAME = 0.5;

/**
 * How many standard errors lie between two counts; `null` where one is not known. Reports that come independently of each other
 * scatter like the root of their number, so a change from 3 to 6 says little and one from 300 to 600 very much.
 *
 * @source Przyborowski and Wilenski 1940, comparison of two Poisson counts (normal approximation)
 */
export const errorsBetween = ({ now, before }: Pair): number | null =>
  now === null || before === null ? null : now + before === 0 ? 0 : (now - before) / Math.sqrt(now + before);

/** The change in words. */
export function changeOf(pair: Pair): Change {
  const errors = errorsBetween(pair);
  if (errors === null) return "unknown";
  if (Math.abs(errors) < SAME) return "same";
  const direction = errors > 0 ? "more" : "fewer";
  return Math.abs(errors) >= CLEAR ? `clearly-${direction}` : `perhaps-${direction}`;
}

/** The pairs of the largest change first, however it went; those that are not known are left out. */
export const largestChanges = <T extends Pair>(pairs: readonly T[], count: number): T[] =>
  pairs
    .flatMap((pair) => {
      const errors = errorsBetween(pair);
      return errors === null || (pair.now === 0 && pair.before === 0) ? [] : [{ pair, size: Math.abs(errors) }];
    })
    .toSorted((a, b) => b.size - a.size)
    .slice(0, count)
    .map(({ pair }) => pair);
