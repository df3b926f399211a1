import type { Node } from "../kernel/node.ts";
import { basesFor, groundsOf, measureOf } from "../law/slice.ts";
import { askingOf } from "./basis.ts";
import type { RequestRow } from "./request.ts";

/** What of a request decides on which grounds it may be refused. */
type Refusable = Pick<RequestRow, "measure" | "data_category" | "particulars" | "peer" | "basis">;

/**
 * The grounds on which a request may be refused here: those of the closed list for its measure, without dual criminality where the table of
 * treaties of this node says that it is never a condition of that measure on that basis.
 *
 * @source CETS 185 Art. 27(7), Art. 29(4)
 */
export function groundsHere(row: Refusable, { node, now }: { readonly node: Node; readonly now: Temporal.Instant }) {
  const { treaties, country } = node.services;
  const on = now.toZonedDateTimeISO(country.pack.calendar.zone).toPlainDate();
  const own = basesFor(treaties, askingOf(row, { from: row.peer, to: node.code, on }));
  const basis = own.find(({ code }) => code === row.basis?.code) ?? own.find(({ applies }) => applies);
  return groundsOf(measureOf(row.measure).basis).filter(
    ({ code }) => code !== "dual-criminality" || basis?.needs?.dualCriminality !== "never",
  );
}
