import type { RawBuilder } from "kysely";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { withhold } from "./disclosure.ts";
import { lossCells, type LossRule, type Losses } from "./losses.ts";
import { type Cell, countsOf, type Group } from "./tables.ts";

/** How reports are counted: the country's districts and rule, and what breaks ties. */
export interface Counting {
  readonly districts: readonly { readonly code: string }[];
  readonly statistics: LossRule;
  readonly chance?: (edge: number) => number;
}

/** The cells of all tables over some reports, with what is withheld. `reports` is a FROM item whose columns are the report's. */
export async function cellsIn(
  db: Database | Tx,
  reports: RawBuilder<unknown>,
  { districts, statistics, chance }: Counting,
): Promise<Cell[]> {
  const counts = countsOf(
    await groupsIn(db, reports),
    districts.map(({ code }) => code),
  );
  const withheld = withhold(counts, { threshold: statistics.threshold, ...(chance ? { chance } : {}) });
  const losses = await lossesIn(db, reports);
  // Without the number of reports even the number of losses would tell it.
  const amounts = withheld.has(0) ? [] : losses.flatMap((each) => lossCells(each, statistics));
  return [
    ...counts.map(({ indicator, keys, value }, edge) => ({
      indicator,
      measure: "reports" as const,
      keys,
      value: withheld.has(edge) ? null : value,
    })),
    ...amounts,
  ];
}

async function groupsIn(db: Database | Tx, reports: RawBuilder<unknown>): Promise<Group[]> {
  const { rows } = await sql<Group>`
    select category, district, age_band, for_whom, count(*)::int as reports from ${reports} as r group by 1, 2, 3, 4`.execute(
    db,
  );
  return rows;
}

async function lossesIn(db: Database | Tx, reports: RawBuilder<unknown>): Promise<Losses[]> {
  const { rows } = await sql<Record<Exclude<keyof Losses, "reports">, string> & { reports: number }>`
    select currency, count(*)::int as reports, sum(minor)::text as sum,
      (percentile_disc(0.5) within group (order by minor))::text as median,
      max(minor)::text as largest, coalesce(max(minor) filter (where place = 2), 0)::text as second
    from (
      select loss_currency as currency, loss_minor as minor,
        row_number() over (partition by loss_currency order by loss_minor desc, id) as place
      from ${reports} as r where loss_minor > 0 and loss_currency is not null
    ) as each group by currency order by currency`.execute(db);
  return rows.map(({ currency, reports: count, sum, median, largest, second }) => ({
    currency,
    reports: count,
    sum: BigInt(sum),
    median: BigInt(median),
    largest: BigInt(largest),
    second: BigInt(second),
  }));
}
