import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { beginOf } from "./release.ts";
import type { Cell, TableName } from "./tables.ts";
import { cellsIn } from "./views-population.ts";

/** What a month's release says, for other parts of the mission: every number as the public has it, `null` where it is withheld. */
export interface MonthFigures {
  readonly total: number | null;
  readonly categories: readonly { readonly category: string; readonly reports: number | null }[];
  /** Amounts in minor units. */
  readonly losses: readonly {
    readonly currency: string;
    readonly reports: number | null;
    readonly sum: number | null;
    readonly median: number | null;
  }[];
}

/** The figures of the month's release, published or waiting; `undefined` where there is none. */
export async function figuresOf(db: Database | Tx, month: string): Promise<MonthFigures | undefined> {
  const { rows } = await sql<Cell>`
    select c.indicator, c.measure, c.keys, c.value from statistics_cell c join statistics_release r on r.id = c.release_id
    where r.month = ${month} and c.indicator in ('month', 'category', 'loss') order by c.indicator, c.keys`.execute(db);
  return rows.length === 0 ? undefined : summed(rows);
}

/** The same for a month that is not over, counted now and under the same rule. */
export async function figuresNow(node: Node, month: Temporal.PlainYearMonth): Promise<MonthFigures> {
  const { zone } = node.config;
  const reports = sql`(select * from report where received_at >= ${beginOf(month, zone)}
    and received_at < ${beginOf(month.add({ months: 1 }), zone)} and quarantine is null)`;
  return summed(await cellsIn(node.db, reports, node.services.country.pack.reporting));
}

function summed(cells: readonly Cell[]): MonthFigures {
  const of = (indicator: TableName) => cells.filter((cell) => cell.indicator === indicator);
  const losses = Map.groupBy(of("loss"), ({ keys }) => keys[0] ?? "");
  const valueOf = (same: readonly Cell[], measure: Cell["measure"]): number | null =>
    same.find((cell) => cell.measure === measure)?.value ?? null;
  return {
    total: of("month")[0]?.value ?? null,
    categories: of("category").map(({ keys, value }) => ({ category: keys[0] ?? "", reports: value })),
    losses: [...losses].map(([currency, same]) => ({
      currency,
      reports: valueOf(same, "reports"),
      sum: valueOf(same, "sum"),
      median: valueOf(same, "median"),
    })),
  };
}
