import { sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import { reportSubject } from "./report.ts";

/** Above so many reports a shared thing links nothing any more: it is a hub, and would tie everything to everything. */
export const HUB_MAX = 1_000;
const SHOWN_MAX = 50;

/** What was found in a report, and in how many reports each strong thing stands, counted up to `HUB_MAX`. */
export async function observablesOf(reader: Reader, id: string) {
  const { rows } = await sql<{
    type: string;
    value: string;
    key: string;
    strong: boolean;
    reports: number;
  }>`select o.type, o.value, o.key, o.strong,
      case when o.strong then (select count(*) from (select 1 from report_observable x where x.key = o.key and x.strong limit ${sql.lit(HUB_MAX + 1)}) as c) else 0 end as reports
    from report_observable o where o.report_id = ${id} order by o.strong desc, o.type, o.key`.execute(reader.db);
  return rows.map((row) => ({ ...row, hub: row.reports > HUB_MAX }));
}

/** A report linked with another, and why: what both hold, or an officer's word. */
export interface LinkedReport {
  readonly id: string;
  readonly reference: string;
  readonly state: string;
  readonly category: string;
  readonly priority: number;
  readonly received_at: Temporal.Instant;
  readonly case_id: string | null;
  /** What stands in both, as found. */
  readonly shared: readonly string[];
  /** An officer's reason, where an officer joined them. */
  readonly reason: string | null;
}

/**
 * The reports that share strong things with this one, hubs left out, and those that an officer joined; those that an officer
 * parted are left out. `total` counts all; `items` are the newest fifty, those with most in common first.
 */
export async function linkedOf(reader: Reader, id: string): Promise<{ items: readonly LinkedReport[]; total: number }> {
  const visible = reader.actor.kind === "reporter" ? sql`true` : reader.visible(reportSubject, { alias: "r" });
  const { rows } = await sql<LinkedReport & { total: number }>`with keys as (
      select o.key, o.value from report_observable o where o.report_id = ${id} and o.strong
        and (select count(*) from (select 1 from report_observable x where x.key = o.key and x.strong limit ${sql.lit(HUB_MAX + 1)}) as c) <= ${HUB_MAX}
    ), sharing as (
      select o.report_id, array_agg(k.value order by k.value) as shared from keys k join report_observable o on o.key = k.key and o.strong
      where o.report_id <> ${id} group by o.report_id
    ), joined as (
      select coalesce(s.report_id, l.other_id) as report_id, coalesce(s.shared, '{}') as shared, case when l.verdict = 'same' then l.reason end as reason
      from sharing s full join (select other_id, verdict, reason from report_link where report_id = ${id}) l on l.other_id = s.report_id
      where l.verdict is distinct from 'different'
    )
    select r.id, r.reference, r.state, r.category, r.priority, r.received_at, r.case_id, j.shared, j.reason, count(*) over () as total
    from joined j join report r on r.id = j.report_id where ${visible}
    order by (j.reason is not null) desc, cardinality(j.shared) desc, r.id desc limit ${sql.lit(SHOWN_MAX)}`.execute(
    reader.db,
  );
  return { items: rows.map(({ total: _, ...row }) => row), total: rows[0]?.total ?? 0 };
}
