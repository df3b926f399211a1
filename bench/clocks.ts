import type { Officer } from "../src/kernel/actor.ts";
import { sql } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import { sweep } from "../src/kernel/sweep.ts";
import { countIn } from "../src/requests/views.ts";
import { type Measurement, measured, p95 } from "./measurement.ts";
import { withNode } from "./node.ts";

const SMALL = 1_000;
const LARGE = 100_000;
/** Clocks of each request, all of them running: ten times as many as requests. */
const CLOCKS = 10;
const FILLED_AT_ONCE = 20_000;
const READS = 120;
const UNCOUNTED = 24;
/** Minutes that are swept one by one. */
const MINUTES = 30;
const OFFICE = "00000000-0000-7000-8000-00000000000a";

const officer = (role: Officer["role"], kind: Officer["office"]["kind"]): Officer => ({
  kind: "officer",
  account: "00000000-0000-7000-8000-0000000000aa",
  name: "Officer",
  role,
  locale: "en",
  via: "token",
  credential: OFFICE,
  steppedUpAt: null,
  office: { id: OFFICE, name: "Police", kind, zone: "UTC" },
});

/** Adds requests until there are `total`, spread over states, sides, measures, peers and offices, each with its clocks, due within ninety days. */
async function fill({ db }: Node, from: number, total: number): Promise<void> {
  for (let first = from + 1; first <= total; first += FILLED_AT_ONCE)
    await sql`with r as (
      insert into request (id, number, side, measure, peer, data_category, urgency, state, offence, facts, necessity, proportionality, custodian, data, particulars, authority, office, drafted_by, created_at, sent_at, received_at)
      select gen_random_uuid(), 'XA-2026-' || lpad(n::text, 8, '0'), case when n % 2 = 0 then 'sender' else 'receiver' end, (array['P29','M31','D30','C35','P16'])[1 + (n / 2) % 5], (array['XB','XC','XD','XP'])[1 + (n / 10) % 4],
        (array['subscriber','traffic','content'])[1 + (n / 3) % 3], (array['routine','routine','urgent','emergency'])[1 + (n / 7) % 4],
        case when n % 2 = 0 then (array['draft','submitted','authorised','sent','delivered','acknowledged','clarification','accepted','executing','executed'])[1 + (n / 2) % 10]
          else (array['delivered','acknowledged','clarification','postponed','accepted','executing','partly-executed','executed'])[1 + (n / 2) % 8] end,
        'Computer-related fraud, s. 11', 'Facts', 'Necessity', 'Proportionality', 'Meridian', '[]', '{}', '{"zone":"Asia/Manila"}',
        case when n % 2 = 1 then null when n % 3 = 0 then ${OFFICE}::uuid else '00000000-0000-7000-8000-00000000000b' end, null, now() - make_interval(secs => n), now() - make_interval(secs => n), now() - make_interval(secs => n)
      from generate_series(${first}::int, ${Math.min(total, first + FILLED_AT_ONCE - 1)}::int) as n returning id),
    c as (
      insert into deadline (id, subject_kind, subject_id, rule, starts_at, due_at, warn_minutes, escalate_minutes, wakes_at, warned_minutes, detail)
      select gen_random_uuid(), 'request', t.id, t.rule, now() - interval '100 days', t.due, '{10080,2880,1440,60}', 1440,
        case when t.left > interval '7 days' then t.due - interval '7 days' when t.left > interval '2 days' then t.due - interval '2 days' when t.left > interval '1 day' then t.due - interval '1 day'
          when t.left > interval '1 hour' then t.due - interval '1 hour' else t.due end,
        case when t.left > interval '7 days' then null when t.left > interval '2 days' then 10080 when t.left > interval '1 day' then 2880 when t.left > interval '1 hour' then 1440 else 60 end, '{"source":"office practice","zone":"Asia/Manila"}'
      from (select r.id, rule, left_, now() + left_ as due, left_ as left from r
        cross join unnest((array['request.preservation','request.execute','request.acknowledge','request.confirm','bench.1','bench.2','bench.3','bench.4','bench.5','bench.6'])[1:${sql.lit(CLOCKS)}]) as rule
        cross join lateral (select make_interval(secs => 1 + floor(random() * 90 * 86400) + length(rule) * 0) as left_) as s) as t
      returning id, due_at)
    insert into deadline_warning (deadline_id, term, ahead_minutes, at, raised_at)
    select c.id, 1, ahead, c.due_at - make_interval(mins => ahead), now() from c cross join unnest('{10080,2880,1440,60}'::int[]) as ahead where c.due_at - make_interval(mins => ahead) <= now()`.execute(
      db,
    );
  await sql`vacuum analyze request, deadline, deadline_warning`.execute(db);
  await sql`checkpoint`.execute(db);
}

/** What somebody waits for who opens a worklist: its page, its filters, the counts beside it, and the desk's first page with its clocks. */
async function worklists(node: Node, who: Officer): Promise<number> {
  const list = node.registry.views.get("request.list");
  const desk = node.registry.views.get("clock.desk");
  if (!list || !desk) throw new Error("there is no worklist");
  const reader = () => readerOf(node, who);
  const works = [
    ...[
      {},
      { box: "outgoing" },
      { box: "incoming" },
      { box: "to-answer" },
      { box: "to-send" },
      { measure: "M31" },
      { peer: "XB" },
      { warned: "true" },
      { state: "executing" },
    ].map((filter) => () => readView(list, reader(), filter)),
    () => readView(desk, reader(), {}),
    () => Promise.all((["to-decide", "to-send", "to-answer"] as const).map((box) => countIn(box)(reader()))),
  ];
  let n = 0;
  const next = () => works[n++ % works.length]?.() ?? Promise.resolve();
  await p95(next, UNCOUNTED);
  return p95(next, READS);
}

/** Minutes ahead of the machine's clock up to which all is swept. */
let swept = 0;

/** The longest of some minutes' sweeps, in milliseconds: what warned or ran out in each of them is warned of, and lapses. */
async function longestSweep(node: Node): Promise<number> {
  const begin = node.clock();
  const at = (minute: number) => sweep.run({ ...node, clock: () => begin.add({ minutes: minute }) });
  // What ran out while all was being filled, and in the hours that were swept before.
  await at(swept);
  let longest = 0;
  for (let minute = 1; minute <= MINUTES; minute += 1) {
    const started = performance.now();
    await at(swept + minute);
    longest = Math.max(longest, performance.now() - started);
  }
  swept += MINUTES + 10;
  return longest;
}

/** What a hundred times the requests and their clocks cost: the worklists, and the minute's sweep. */
export async function measureClocks(): Promise<Measurement[]> {
  return withNode(async (node) => {
    const who = {
      investigator: officer("investigator", "police"),
      "duty officer": officer("duty-officer", "contact-point"),
    };
    await fill(node, 0, SMALL);
    const small = {
      investigator: await worklists(node, who.investigator),
      "duty officer": await worklists(node, who["duty officer"]),
    };
    const smallSweep = await longestSweep(node);
    await fill(node, SMALL, LARGE);
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from deadline where ended_at is null and fired_at is null`.execute(node.db);
    const large = {
      investigator: await worklists(node, who.investigator),
      "duty officer": await worklists(node, who["duty officer"]),
    };
    const largeSweep = await longestSweep(node);
    const clocks = rows[0]?.n ?? 0;
    const named = `${LARGE.toLocaleString("en")} open requests and ${clocks.toLocaleString("en")} clocks`;
    const fewer = `${SMALL.toLocaleString("en")} requests and ${(SMALL * CLOCKS).toLocaleString("en")} clocks`;
    return [
      ...(["investigator", "duty officer"] as const).map((role) =>
        measured(`worklists of the ${role} with ${named}, 95th percentile`, large[role], "ms", {
          name: `the same with ${fewer}`,
          value: small[role],
        }),
      ),
      measured(`the minute's sweep with ${named}, longest of ${MINUTES}`, largeSweep, "ms", {
        name: `the same with ${fewer}`,
        value: smallSweep,
      }),
    ];
  });
}
