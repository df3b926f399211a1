import type { Node } from "../kernel/node.ts";
import { type Basis, basesFor } from "../law/slice.ts";
import { askingOf } from "./basis.ts";
import type { RequestRow } from "./request.ts";

/** What the table of treaties of this node is asked of a request that came to it. */
export type Based = Pick<RequestRow, "measure" | "data_category" | "particulars" | "peer" | "basis">;

/**
 * The instrument on which a request came, as this node's own table has it on that day: the one that it names, else the first that applies.
 * `undefined` where none does.
 *
 * @source CETS 185 Art. 25(4)
 */
export function basisHere(
  row: Based,
  { node, now }: { readonly node: Node; readonly now: Temporal.Instant },
): Basis | undefined {
  const { treaties, country } = node.services;
  const on = now.toZonedDateTimeISO(country.pack.calendar.zone).toPlainDate();
  const own = basesFor(treaties, askingOf(row, { from: row.peer, to: node.code, on }));
  return own.find(({ code }) => code === row.basis?.code) ?? own.find(({ applies }) => applies);
}
