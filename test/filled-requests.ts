import { sql } from "../src/kernel/database.ts";
import type { Officer } from "../src/kernel/actor.ts";
import type { Node } from "../src/kernel/node.ts";

/** Clocks of each request, all of them open: ten times as many as requests. */
export const CLOCKS = 10;
const FILLED_AT_ONCE = 20_000;
/** The office of those who read. */
export const OFFICE = "00000000-0000-7000-8000-00000000000a";
/** An office that has drafted next to nothing, and is given nothing to carry out. */
export const SMALL_OFFICE = "00000000-0000-7000-8000-0000000000f1";
/** Who reads, and has drafted a few. */
export const ACCOUNT = "00000000-0000-7000-8000-0000000000aa";

/** A number below `below` that belongs to the n-th request and to nothing else of it: what is spread by different seeds does not go together. */
const spread = (seed: number, below: number) =>
  sql`(abs(hashint4extended(n, ${sql.lit(seed)}) % ${sql.lit(below)}))::int`;

/** Adds open requests until there are `total`, spread over states, sides, measures, peers, offices and all that lists ask for, each with its clocks, due within ninety days. */
export async function fillRequests(
  { db }: Pick<Node, "db">,
  { from, total, clocks = CLOCKS }: { readonly from: number; readonly total: number; readonly clocks?: number },
): Promise<void> {
  for (let first = from + 1; first <= total; first += FILLED_AT_ONCE)
    await sql`with s as materialized (
      select n, case when ${spread(1, 10)} < 6 then 'sender' else 'receiver' end as side, ${spread(2, 1_000)} as k, ${spread(3, 1_000)} as l, ${spread(4, 1_000)} as m, ${spread(5, 1_000)} as o
      from generate_series(${first}::int, ${Math.min(total, first + FILLED_AT_ONCE - 1)}::int) as n
    ), t as materialized (
      select *, case when side = 'sender' then (array['draft','submitted','authorised','sent','sent','delivered','delivered','acknowledged','acknowledged','clarification','accepted','accepted','executing','executing','partly-executed','executed'])[1 + ${spread(6, 16)}]
          else (array['delivered','acknowledged','acknowledged','clarification','postponed','accepted','accepted','executing','partly-executed','executed'])[1 + ${spread(6, 10)}] end as state,
        case when side = 'sender' then (array['P29','P29','M31','M31','D30','P16','O18b','C35','S19','SP26'])[1 + ${spread(7, 10)}] else (array['P29','P29','M31','M31','D30','C35'])[1 + ${spread(7, 6)}] end as measure
      from s
    ), r as (
      insert into request (id, number, side, measure, peer, data_category, urgency, state, offence, facts, necessity, proportionality, custodian, data, particulars, authority, office, drafted_by, amended_by, assigned_office, assigned_name, case_id, bundle,
        terms_state, terms, translations, intrusive, validation, notification, halts, created_at, sent_at, received_at, executed_at)
      select gen_random_uuid(), 'XA-2026-' || lpad(n::text, 8, '0'), side, measure, (array['XB','XC','XD','XP'])[1 + ${spread(8, 4)}], (array['subscriber','traffic','content'])[1 + ${spread(9, 3)}],
        case when l < 50 then 'emergency' when l < 250 then 'urgent' else 'routine' end, state,
        'Computer-related fraud, s. 11', repeat('Facts of it. ', 30), repeat('Necessity. ', 10), repeat('Proportionality. ', 10), 'Meridian', '[{"category":"traffic","description":"Connections","identifiers":["198.51.100.7"]}]', '{}', '{"zone":"Asia/Manila"}',
        case when side = 'receiver' then null when n % 997 = 1 then ${SMALL_OFFICE}::uuid when k < 200 then ${OFFICE}::uuid else ('00000000-0000-7000-8000-0000000001' || lpad((k % 40)::text, 2, '0'))::uuid end,
        case when side = 'sender' and m < 10 then ${ACCOUNT}::uuid end, case when side = 'sender' and state not in ('draft', 'submitted', 'authorised') and m between 10 and 20 then gen_random_uuid() end,
        case when side = 'receiver' and k < 50 then ${OFFICE}::uuid when side = 'receiver' and k < 400 then ('00000000-0000-7000-8000-0000000001' || lpad((k % 40)::text, 2, '0'))::uuid end, case when side = 'receiver' and k < 400 then 'Office' end,
        case when side = 'sender' then ('00000000-0000-7000-8000-' || lpad((n / 4)::text, 12, '0'))::uuid end, case when o < 20 then ('00000000-0000-7000-8000-' || lpad((n / 1000)::text, 12, '0'))::uuid end,
        case when o between 20 and 50 then 'proposed' when o between 51 and 90 then 'agreed' end, case when o between 51 and 54 then '[{"code":"purpose","sought":"2026-01-01T00:00:00Z"}]' when o between 20 and 90 then '[{"code":"purpose"}]' else '[]' end::jsonb,
        case when o between 100 and 140 then '[{"language":"fr","due":"2026-12-01"}]' when o between 141 and 250 then '[{"language":"fr","due":"2026-12-01","received_at":"2026-11-01"}]' else '[]' end::jsonb,
        m > 900, case when m > 995 then 'lapsed' when m > 990 then 'due' when m > 960 then 'confirmed' end, case when m between 800 and 830 then 'due' when m between 831 and 840 then 'delayed' when m between 841 and 860 then 'told' end, case when m = 700 then '{XA}' else '{}' end::text[],
        now() - make_interval(secs => n), case when state not in ('draft', 'submitted', 'authorised') or side = 'receiver' then now() - make_interval(secs => n) end, case when side = 'receiver' then now() - make_interval(secs => n) end,
        case when state = 'executed' then now() - make_interval(secs => n / 2) end
      from t returning id, side, state, urgency, sent_at, drafted_by, created_at),
    e as (
      insert into emergency_use (request_id, sent_by, sent_at, before_authorisation, review_due, reviewed_at, verdict)
      select id, null, sent_at, false, sent_at + interval '7 days', case when v > 1 then now() end, case when v > 2 then 'justified' when v = 2 then 'not-justified' when v = 1 then 'lapsed' end
      from (select *, floor(random() * 10) as v from r where side = 'sender' and urgency = 'emergency' and sent_at is not null) as u),
    c as (
      insert into deadline (id, subject_kind, subject_id, rule, starts_at, due_at, warn_minutes, escalate_minutes, suspended_at, fired_at, wakes_at, warned_minutes, detail)
      select gen_random_uuid(), 'request', t.id, t.rule, now() - interval '100 days', t.due, '{10080,2880,1440,60}', 1440,
        case when t.fate < 0.03 then now() - interval '1 day' end, case when t.due < now() then t.due end,
        case when t.left > interval '7 days' then t.due - interval '7 days' when t.left > interval '2 days' then t.due - interval '2 days' when t.left > interval '1 day' then t.due - interval '1 day'
          when t.left > interval '1 hour' then t.due - interval '1 hour' else t.due end,
        case when t.left > interval '7 days' then null when t.left > interval '2 days' then 10080 when t.left > interval '1 day' then 2880 when t.left > interval '1 hour' then 1440 else 60 end, '{"source":"office practice","zone":"Asia/Manila"}'
      from (select r.id, rule, left_, now() + left_ as due, left_ as left, random() as fate from r
        cross join unnest((array['request.preservation','request.execute','request.acknowledge','request.confirm','request.notification','request.validation','bench.3','bench.4','bench.5','bench.6'])[1:${sql.lit(clocks)}]) as rule
        cross join lateral (select case when abs(hashtextextended(r.id::text || rule, 0) % 500) = 0 then make_interval(days => -5) else make_interval(secs => 1 + floor(random() * 90 * 86400) + length(rule) * 0) end as left_) as s) as t
      returning id, due_at)
    insert into deadline_warning (deadline_id, term, ahead_minutes, at, raised_at)
    select c.id, 1, ahead, c.due_at - make_interval(mins => ahead), now() from c cross join unnest('{10080,2880,1440,60}'::int[]) as ahead where c.due_at - make_interval(mins => ahead) <= now()`.execute(
      db,
    );
  await sql`vacuum analyze request, deadline, deadline_warning, emergency_use`.execute(db);
  await sql`checkpoint`.execute(db);
}

/** An officer of an office of those requests. */
export const officer = (role: Officer["role"], kind: Officer["office"]["kind"], office = OFFICE): Officer => ({
  kind: "officer",
  account: ACCOUNT,
  name: "Officer",
  role,
  locale: "en",
  via: "token",
  credential: OFFICE,
  steppedUpAt: null,
  office: { id: office, name: "Office", kind, zone: "UTC" },
});
