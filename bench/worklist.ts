import type { Officer } from "../src/kernel/actor.ts";
import { monotonic } from "../src/kernel/clock.ts";
import { environment } from "../src/kernel/config.ts";
import { sql } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import type { Measurement } from "./measurement.ts";
import { withNode } from "./node.ts";

const SMALL = 50_000;
/** As many as a country has open after years. `COMITY_BENCH_REPORTS` asks for fewer where there is no time to make them. */
const LARGE = Number(environment()["COMITY_BENCH_REPORTS"] ?? 5_000_000);
const READS = 165;
/** Rows written by one statement. */
const FILLED_AT_ONCE = 250_000;

/** Adds reports until there are `total`, spread over states, priorities and offices as work is. */
async function fill(node: Node, from: number, total: number, office: string): Promise<void> {
  for (let first = from + 1; first <= total; first += FILLED_AT_ONCE)
    await sql`insert into report (id, reference, state, category, priority, reasons, channel, language, description, anonymous, received_at, respond_by, responded_at, opened_at, turn_at, office, assignee, district,
        loss_minor, loss_currency, age_band, code, quarantine, pattern)
      select gen_random_uuid(), 'R-' || lpad(n::text, 10, '0'), (array['received','received','triaged','assigned','closed'])[1 + n % 5], (array['F1','F2','F8','H3','A1'])[1 + n % 5],
        n % 5, array['category'], (array['portal','api','batch'])[1 + (n / 3) % 3], (array['en','en','fr'])[1 + (n / 7) % 3], 'What happened to me on this day.', true, now() - make_interval(secs => n), case when n % 5 < 4 then now() - make_interval(secs => n) + interval '1 day' end,
        case when n % 5 > 1 then now() - make_interval(secs => n - 60) end, case when n % 2 = 0 then now() - make_interval(secs => n - 30) end,
        now() - make_interval(secs => n) + interval '1 day', case when n % 3 = 0 then ${office}::uuid when n % 3 = 1 then null else '00000000-0000-7000-8000-000000000000' end,
        case when n % 1000 = 3 then ${OFFICER}::uuid end, (array['north','south','islands'])[1 + (n / 11) % 3], case when n % 20 = 0 then 5000 end, case when n % 20 = 0 then 'MUR' end,
        case when n % 50 = 0 then '13-17' end, sha256(n::text::bytea), case when n % 100 = 7 then 'flood' end, case when n % 100 = 7 then sha256((n % 9)::text::bytea) end
      from generate_series(${first}::int, ${Math.min(total, first + FILLED_AT_ONCE - 1)}::int) as n`.execute(node.db);
  // As an office stands that has grown to it: what was written is on disk, and nothing is left for the housekeeper to do meanwhile.
  await sql`vacuum analyze report`.execute(node.db);
  await sql`checkpoint`.execute(node.db);
}

/** First readings, while what is read comes to memory. */
const UNCOUNTED = 33;
const OFFICER = "00000000-0000-7000-8000-0000000000aa";

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
    { unopened: "true" },
    { district: "islands" },
    { channel: "batch" },
    { language: "fr" },
    { money: "true" },
    { child: "true" },
  ];
  const times: number[] = [];
  for (let n = 0; n < READS + UNCOUNTED; n += 1) {
    const started = monotonic();
    await readView(view, readerOf(node, officer), filters[n % filters.length]);
    if (n >= UNCOUNTED) times.push(monotonic() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;
}

/** What the worklist costs with a hundred times the reports. */
export async function measureWorklist(): Promise<Measurement[]> {
  return withNode(async (node) => {
    const office = "00000000-0000-7000-8000-00000000000a";
    const officer: Officer = {
      kind: "officer",
      account: OFFICER,
      name: "Officer",
      role: "investigator",
      locale: "en",
      via: "token",
      credential: office,
      steppedUpAt: null,
      office: { id: office, name: "Police", kind: "police", zone: "UTC" },
    };
    await fill(node, 0, SMALL, office);
    const small = await p95(node, officer);
    await fill(node, SMALL, LARGE, office);
    const large = await p95(node, officer);
    return [
      {
        name: `worklist with ${LARGE.toLocaleString("en")} reports, 95th percentile`,
        value: large,
        unit: "ms",
        baseline: { name: `worklist with ${SMALL.toLocaleString("en")} reports, 95th percentile`, value: small },
        ratio: large / small,
      },
    ];
  });
}
