import { sql } from "../kernel/database.ts";
import { decimalOf } from "../kernel/money.ts";
import type { Indicator } from "./indicator.ts";

interface Sums {
  readonly month: string;
  readonly currency: string;
  readonly notices: number;
  readonly asked: number;
  readonly held: number;
  readonly returned: number;
}

/** Money that institutions were asked to hold, held, and gave back: sums of one currency each, never added across them. */
export const holds: Indicator = {
  id: "holds",
  columns: [
    { name: "month", kind: "month" },
    { name: "currency", kind: "text" },
    { name: "notices", kind: "count" },
    { name: "asked", kind: "text" },
    { name: "held", kind: "text" },
    { name: "returned", kind: "text" },
  ],
  plot: { labels: ["month", "currency"], value: "notices" },
  read: async ({ db, node }) => {
    const { rows } =
      await sql<Sums>`select to_char(sent_at at time zone ${node.config.zone}, 'YYYY-MM') as month, currency,
        count(*)::int as notices, coalesce(sum(amount_minor), 0)::bigint as asked, coalesce(sum(held_minor), 0)::bigint as held,
        coalesce(sum(returned_minor), 0)::bigint as returned
      from hold where sent_at is not null and state <> 'withdrawn' group by 1, 2 order by 1, 2`.execute(db);
    return rows.map(({ month, currency, notices, ...sums }) => {
      const decimal = (minor: number) => decimalOf({ minor: Number(minor), currency });
      return {
        month,
        currency,
        notices,
        asked: decimal(sums.asked),
        held: decimal(sums.held),
        returned: decimal(sums.returned),
      };
    });
  },
};
