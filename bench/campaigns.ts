import type { Officer } from "../src/kernel/actor.ts";
import { env } from "node:process";
import { sql } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import { sealTold } from "../src/reports/told.ts";
import { measured, type Measurement, p95 } from "./measurement.ts";
import { withNode } from "./node.ts";

const SMALL = 50_000;
/** A hundred times as many is what is asked for; a quicker run may ask for less. */
const LARGE = Number(env["COMITY_BENCH_REPORTS"] ?? 5_000_000);
const READS = 60;
const WARM = 20;
/** Reports of one campaign, and of one wording. */
const CAMPAIGN = 500;
const WORDING = 10;
const OFFICE = "00000000-0000-7000-8000-00000000000a";
const AT_ONCE = 250_000;

const OFFICER: Officer = {
  kind: "officer",
  account: "00000000-0000-7000-8000-0000000000aa",
  name: "Officer",
  role: "investigator",
  locale: "en",
  via: "token",
  credential: OFFICE,
  steppedUpAt: null,
  office: { id: OFFICE, name: "Police", kind: "police", zone: "UTC" },
};

/** Adds reports from number `from` to number `to`: each holds a number of its own and one that its campaign shares, and half of them are another's to read. */
async function fill(node: Node, from: number, to: number): Promise<void> {
  for (let low = from; low <= to; low += AT_ONCE) {
    const high = Math.min(to, low + AT_ONCE - 1);
    const id = sql`('01900000-0000-7' || lpad(to_hex(n / 65536), 3, '0') || '-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
    // A campaign's reports come among those of others, as they do.
    const campaign = sql`(n % greatest(1, ${sql.lit(Math.ceil(to / CAMPAIGN))}))`;
    await sql`insert into report (id, reference, state, category, priority, reasons, channel, language, anonymous, received_at, respond_by, turn_at, office, code, campaign_id, district, loss_minor, loss_currency)
      select ${id}, 'R-' || lpad((n / 100000)::text, 5, '0') || '-' || lpad((n % 100000)::text, 5, '0'), (array['received','triaged','assigned','closed'])[1 + n % 4], (array['F1','F2','F8'])[1 + n % 3], n % 5, array['category'],
        'api', 'en', true, now() - make_interval(secs => n % 2592000), null, now(), case when n % 2 = 0 then ${OFFICE}::uuid end, sha256(n::text::bytea),
        ('02000000-0000-7000-8000-' || lpad(to_hex(${sql.lit(from)} * 16 + ${campaign}), 12, '0'))::uuid, (array['north','south','harbour'])[1 + n % 3], case when n % 4 = 0 then 5000 end, case when n % 4 = 0 then 'MUR' end
      from generate_series(${low}::int, ${high}::int) as n`.execute(node.db);
    await sql`insert into report_observable (report_id, type, value, key, strong)
      select ${id}, 'phone', '+230' || k, 'phone:+230' || k, true from generate_series(${low}::int, ${high}::int) as n
        cross join lateral (values ('o' || n), ('c' || ${sql.lit(from)} || '-' || ${campaign})) as v(k)`.execute(
      node.db,
    );
    await sql`insert into report_signature (report_id, wording_id) select ${id}, 1 + n / ${sql.lit(WORDING)} from generate_series(${low}::int, ${high}::int) as n`.execute(
      node.db,
    );
  }
  await sql`insert into campaign (id, number, name, state, category, priority, reports, week, first_at, last_at, made_at, losses, categories)
    select campaign_id, 'K-2026-' || lpad((row_number() over (order by campaign_id) + ${from})::text, 9, '0'), 'shared', 'active', 'F8', 1, n, n % 90, first_at, last_at, now(), '{}', '{}'
    from (select campaign_id, count(*) as n, min(received_at) as first_at, max(received_at) as last_at from report
      where id >= ('01900000-0000-7' || lpad(to_hex(${from}::int / 65536), 3, '0') || '-8000-' || lpad(to_hex(${from}::int), 12, '0'))::uuid group by 1) as c`.execute(
    node.db,
  );
  await sql`vacuum analyze report, report_observable, report_signature, campaign`.execute(node.db);
  await sql`checkpoint`.execute(node.db);
}

interface Sample {
  readonly campaigns: readonly string[];
  readonly pairs: readonly { readonly a: string; readonly b: string }[];
  readonly reports: readonly string[];
}

/** Campaigns and pairs of reports that are read; only what is read needs words. */
async function sample(node: Node): Promise<Sample> {
  const { rows } = await sql<{
    id: string;
    campaign_id: string;
    reference: string;
  }>`select r.id, r.campaign_id, r.reference from (select id from campaign order by md5(id::text) limit 40) as c
    cross join lateral (select id, campaign_id, reference from report r where r.campaign_id = c.id order by received_at desc limit ${sql.lit(CAMPAIGN)}) as r`.execute(
    node.db,
  );
  for (const { id } of rows)
    await sql`update report set told = ${sealTold(node, id, { description: `Somebody called and asked for the code of my bank card, saying that ${id.slice(-4)} was blocked.`, facts: {} })} where id = ${id}`.execute(
      node.db,
    );
  await sql`vacuum analyze report`.execute(node.db);
  const groups = [...Map.groupBy(rows, (row) => row.campaign_id).values()];
  return {
    campaigns: groups.map(([first]) => first?.campaign_id ?? ""),
    pairs: groups.map((group) => ({ a: group[0]?.reference ?? "", b: group.at(-1)?.reference ?? "" })),
    reports: groups.flatMap((group) => group.slice(0, 1).map(({ id }) => id)),
  };
}

/** 95th percentiles in milliseconds, by what is read. */
async function readings(node: Node): Promise<Record<string, number>> {
  const { campaigns, pairs, reports } = await sample(node);
  const read = (name: string, input: (n: number) => object) => {
    const view = node.registry.views.get(name);
    if (!view) throw new Error(`there is no view ${name}`);
    let n = 0;
    return async () => {
      n += 1;
      await readView(view, readerOf(node, OFFICER), input(n));
    };
  };
  const parts: Readonly<Record<string, () => Promise<void>>> = {
    "campaign page": read("campaign.read", (n) => ({ id: campaigns[n % campaigns.length] })),
    "list of campaigns": read("campaign.list", (n) => ({ sort: ["growth", "size", "recent"][n % 3] })),
    "why two reports are linked": read("campaign.why", (n) => ({ ...pairs[n % pairs.length] })),
    "report with its links": read("report.read", (n) => ({ id: reports[n % reports.length] })),
    "search by what is shared": read("campaign.list", (n) => ({ q: `+230c${n}` })),
  };
  const found: Record<string, number> = {};
  for (const [name, work] of Object.entries(parts)) {
    await p95(work, WARM);
    found[name] = await p95(work, READS);
  }
  return found;
}

/** What links and campaigns cost with a hundred times the reports. */
export async function measureCampaigns(): Promise<Measurement[]> {
  return withNode(async (node) => {
    await fill(node, 1, SMALL);
    const small = await readings(node);
    await fill(node, SMALL + 1, LARGE);
    const large = await readings(node);
    return Object.entries(large).map(([name, value]) =>
      measured(`${name}, ${LARGE.toLocaleString("en")} reports, 95th percentile`, value, "ms", {
        name: `the same, ${SMALL.toLocaleString("en")} reports`,
        value: small[name] ?? 0,
      }),
    );
  });
}
