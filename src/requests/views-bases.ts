import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { trustedPeers } from "../exchange/slice.ts";
import {
  type Basis,
  basesFor,
  countriesOf,
  MEASURE_CODES,
  type MeasureCode,
  type Reach,
  REACHES,
  wantsTreaty,
} from "../law/slice.ts";
import { requestSubject } from "./request.ts";

/** How long it has taken so far on a basis: from sending to the answer, or to the refusal, of those that were answered. */
export interface Taken {
  readonly answered: number;
  readonly open: number;
  /** Median of those answered; `null` where none is. */
  readonly medianHours: number | null;
}
/** A basis, and how long it has taken. */
export type TimedBasis = Basis & { readonly taken: Taken };

interface TakenRow {
  readonly basis: string;
  readonly answered: number;
  readonly open: number;
  readonly median: number | null;
}

/** By basis: what this node has sent to that peer for that measure, as far as the reader may see it. */
async function takenBy(
  { db, visible }: Reader,
  { peer, measure }: { readonly peer: string; readonly measure: MeasureCode },
): Promise<ReadonlyMap<string, Taken>> {
  const { rows } = await sql<TakenRow>`
    select basis, count(hours)::int as answered, (count(*) - count(hours))::int as open, percentile_cont(0.5) within group (order by hours) as median
    from (
      select r.basis->>'code' as basis, extract(epoch from (coalesce(r.executed_at, j.at) - r.sent_at)) / 3600 as hours
      from request r left join lateral (
        select min(at) as at from journal where subject_kind = 'request' and subject_id = r.id and act = 'request.refuse'
      ) j on true
      where r.side = 'sender' and r.peer = ${peer} and r.measure = ${measure} and r.sent_at is not null and r.basis is not null
        and r.state <> 'withdrawn' and ${visible(requestSubject, { alias: "r" })}
    ) sent group by basis`.execute(db);
  return new Map(
    rows.map(({ basis, answered, open, median }) => [
      basis,
      { answered, open, medianHours: median === null ? null : Math.round(Number(median) * 10) / 10 },
    ]),
  );
}

const NOTHING: Taken = { answered: 0, open: 0, medianHours: null };

/** The bases for a measure between this node and a peer, each with how long it has taken so far. */
export async function timedBases(
  reader: Reader,
  {
    measure,
    to,
    category,
    from = reader.node.code,
    on,
  }: { measure: MeasureCode; to: string; category: Reach; from?: string; on?: Temporal.PlainDate },
): Promise<readonly TimedBasis[]> {
  const { treaties, country } = reader.node.services;
  const day = on ?? reader.now.toZonedDateTimeISO(country.pack.calendar.zone).toPlainDate();
  const found = basesFor(treaties, { measure, from, to, category, on: day });
  if (found.length === 0) return [];
  const taken = from === reader.node.code ? await takenBy(reader, { peer: to, measure }) : new Map<string, Taken>();
  return found.map((basis) => ({ ...basis, taken: taken.get(basis.code) ?? NOTHING }));
}

const code = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z][A-Z0-9]{1,7}$/);

/** On what basis one country can ask another for a measure on a day; from this node's country, today, where nothing else is said. */
export const basesView = view({
  name: "request.bases",
  path: "/bases",
  input: z.object({
    from: code.optional(),
    to: code.optional(),
    measure: z.enum(MEASURE_CODES).optional(),
    category: z.enum(REACHES).default("subscriber"),
    on: z.iso.date().optional(),
  }),
  read: async (reader, { to, measure, category, on, from = reader.node.code }) => {
    const { treaties, country } = reader.node.services;
    const day = on ?? reader.now.toZonedDateTimeISO(country.pack.calendar.zone).toPlainDate().toString();
    const known = new Map(countriesOf(treaties, reader.locale).map(({ code, name }) => [code, name]));
    known.set(reader.node.code, known.get(reader.node.code) ?? reader.node.name);
    for (const peer of await trustedPeers(reader)) known.set(peer.code, known.get(peer.code) ?? peer.name);
    const collator = new Intl.Collator(reader.locale);
    return {
      asked: { from, to: to ?? null, measure: measure ?? null, category, on: day },
      countries: [...known]
        .map(([each, name]) => ({ code: each, name }))
        .sort((a, b) => collator.compare(a.name, b.name)),
      measures: MEASURE_CODES.filter((each) => wantsTreaty(treaties, each)),
      items:
        to && measure
          ? await timedBases(reader, { from, to, measure, category, on: Temporal.PlainDate.from(day) })
          : [],
    };
  },
});
