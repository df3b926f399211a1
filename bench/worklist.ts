import type { Officer } from "../src/kernel/actor.ts";
import { monotonic } from "../src/kernel/clock.ts";
import { sql } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import type { Measurement } from "./measurement.ts";
import { withNode } from "./node.ts";

const SMALL = 2_000;
const LARGE = 200_000;
const READS = 120;

/** Adds reports until there are `total`, spread over states, priorities and offices as work is. */
async function fill(node: Node, total: number, office: string): Promise<void> {
  await sql`insert into report (id, reference, state, category, priority, reasons, channel, language, description, anonymous, received_at, respond_by, turn_at, office, code)
    select gen_random_uuid(), 'R-' || lpad(n::text, 10, '0'), (array['received','received','triaged','assigned','closed'])[1 + n % 5], (array['F1','F2','F8','H3','A1'])[1 + n % 5],
      n % 5, array['category'], 'api', 'en', repeat('What happened to me on this day. ', 8), true, now() - make_interval(mins => n), now() - make_interval(mins => n - 1440),
      now() - make_interval(mins => n - 1440), case when n % 3 = 0 then ${office}::uuid when n % 3 = 1 then null else '00000000-0000-7000-8000-000000000000' end, sha256(n::text::bytea)
    from generate_series((select count(*) from report)::int + 1, ${total}::int) as n`.execute(node.db);
  await sql`insert into report_observable (report_id, type, value, key, strong)
    select id, 'phone', 'x', 'phone:+' || (hashtext(reference) % 5000)::text, true from report on conflict do nothing`.execute(
    node.db,
  );
  // As an office stands that has grown to it: what was written is on disk, and nothing is left for the housekeeper to do meanwhile.
  await sql`vacuum analyze report, report_observable`.execute(node.db);
  await sql`checkpoint`.execute(node.db);
}

/** The 95th percentile of reading the worklist's first page, with its counts, in milliseconds. */
async function p95(node: Node, officer: Officer): Promise<number> {
  const view = node.registry.views.get("report.list");
  if (!view) throw new Error("there is no worklist");
  const filters = [
    {},
    { state: "received" },
    { priority: "1" },
    { mine: "true" },
    { late: "true" },
    { category: "F8" },
  ];
  const times: number[] = [];
  for (let n = 0; n < READS + 24; n += 1) {
    const started = monotonic();
    await readView(view, readerOf(node, officer), filters[n % filters.length]);
    if (n >= 24) times.push(monotonic() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;
}

/** What the worklist costs with a hundred times the reports. */
export async function measureWorklist(): Promise<Measurement[]> {
  return withNode(async (node) => {
    const office = "00000000-0000-7000-8000-00000000000a";
    const officer: Officer = {
      kind: "officer",
      account: "00000000-0000-7000-8000-0000000000aa",
      name: "Officer",
      role: "investigator",
      locale: "en",
      via: "token",
      credential: office,
      steppedUpAt: null,
      office: { id: office, name: "Police", kind: "police", zone: "UTC" },
    };
    await fill(node, SMALL, office);
    const small = await p95(node, officer);
    await fill(node, LARGE, office);
    const large = await p95(node, officer);
    return [
      {
        name: "worklist with 200,000 reports, 95th percentile",
        value: large,
        unit: "ms",
        baseline: { name: "worklist with 2,000 reports, 95th percentile", value: small },
        ratio: large / small,
      },
    ];
  });
}
