import { z } from "zod";
import { monotonic } from "../kernel/clock.ts";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { type ReportRow, reportSubject } from "../reports/slice.ts";
import { arrival } from "./arrivals.ts";
import { filterFields, type Filters } from "./filters.ts";
import { LISTED, wantedBy } from "./views-list.ts";

/** Longest that a call waits for news, in seconds: below what lines in between take for dead. */
const WAIT_MAX = 25;
const NEWS_MAX = 50;
/** Reports bear the moment before they are committed: one that was slow may come to light so many seconds later. */
const OVERLAP_SECONDS = 10;
const instant = z.iso.datetime({ offset: true }).transform((text) => Temporal.Instant.from(text));

/** A report that has come, as it is announced. */
type Arrived = Pick<ReportRow, "id" | "reference" | "priority" | "category" | "received_at">;
export interface News {
  readonly items: readonly Arrived[];
  /** Ask with this the next time. */
  readonly at: Temporal.Instant;
}

/** Whether something that this reader's list shows has come since `after`: answers as soon as it has, or after `wait` seconds. */
export const reportNews = view({
  name: "report.news",
  path: "/reports/news",
  subject: reportSubject,
  input: z.object({
    ...filterFields,
    after: instant,
    /** References that the asker has already, so that the overlap is not told twice. */
    seen: z.string().max(2_000).default(""),
    wait: z.coerce.number().int().min(0).max(WAIT_MAX).default(0),
  }),
  read: async (reader, { after, seen, wait, ...filters }): Promise<News> => {
    const known = new Set(seen.split(","));
    const until = monotonic() + wait * 1_000;
    for (;;) {
      const at = reader.node.clock();
      const left = until - monotonic();
      const looked = new AbortController();
      // It listens before it looks, so that nothing can come between the two unheard.
      const waking = left > 0 ? arrival(reader.node, left, looked.signal) : undefined;
      const items = (await newsOf(reader, filters, after)).filter(({ reference }) => !known.has(reference));
      if (items.length > 0 || !waking) {
        looked.abort();
        return { items, at };
      }
      await waking;
    }
  },
});

async function newsOf(reader: Reader, filters: Filters, after: Temporal.Instant): Promise<Arrived[]> {
  const since = after.subtract({ seconds: OVERLAP_SECONDS });
  const { rows } = await sql<Arrived>`select r.id, r.reference, r.priority, r.category, r.received_at from report r
    where ${wantedBy(reader, filters)} and ${LISTED} and r.received_at >= ${since} order by r.priority, r.id desc limit ${sql.lit(NEWS_MAX)}`.execute(
    reader.db,
  );
  return rows;
}
