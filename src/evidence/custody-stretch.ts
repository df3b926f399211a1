/** Events that a page shows at once: a list of years is as quick to open as one of days. */
export const EVENTS_SHOWN = 100;

/**
 * The stretch of the events that is shown, from the first place to the one before which it ends: from the wanted event on, else the
 * last ones. The first of all has the number 0.
 */
export function stretchOf(
  lines: readonly { readonly seq: number }[],
  event: number | undefined,
): { readonly from: number; readonly to: number } {
  const wanted = event === undefined ? -1 : lines.findIndex(({ seq }) => seq >= event);
  const last = Math.max(0, lines.length - EVENTS_SHOWN);
  const from = wanted < 0 ? last : Math.min(wanted, last);
  return { from, to: Math.min(lines.length, from + EVENTS_SHOWN) };
}
