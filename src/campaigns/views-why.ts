import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { reportSubject, type TellingRow, toldIn } from "../reports/slice.ts";
import { campaignSubject } from "./campaign.ts";
import { HUB_MAX } from "./joining.ts";
import { exactLikeness, SHINGLES_MIN, shinglesOf, wordingOf } from "./wording.ts";

/** Longest chain that is looked for, and reports that are looked at in doing so. */
const STEPS_MAX = 8;
const VISITED_MAX = 3_000;
/** Reports that one shared thing leads to, at most. */
const LED_MAX = 200;

/** As it was typed: what is no reference finds nothing, and stays in its box. */
const reference = z.string().trim().max(60).optional();

/** What ties two reports: the same thing, wording alike, an officer's word. */
export type Tie =
  | { readonly by: "observable"; readonly type: string; readonly value: string }
  | { readonly by: "wording"; readonly share: number }
  | { readonly by: "officer"; readonly reason: string };
/** One step of a chain: from one report to the next. */
export interface Step {
  readonly from: string;
  readonly to: string;
  readonly tie: Tie;
}

interface Side extends TellingRow {
  readonly reference: string;
  readonly campaign_id: string | null;
  readonly category: string;
  readonly received_at: Temporal.Instant;
}

/** Why two reports are linked, or are not: what both hold, how alike their words are, what officers said, and else the chain between them. */
export const whyLinked = view({
  name: "campaign.why",
  path: "/campaigns/why",
  subject: campaignSubject,
  // Two ticked rows of a list come as `reports` twice.
  input: z.object({
    a: reference,
    b: reference,
    reports: z.union([z.string().max(60), z.array(z.string().max(60)).max(200)]).optional(),
  }),
  read: async (reader, { reports, ...given }) => {
    const [first, second] = [reports ?? []].flat();
    const [a, b] = [given.a ?? first, given.b ?? second].map((each) => each?.toUpperCase());
    if (a === undefined || b === undefined) return { asked: { a, b }, pair: null };
    const { rows } =
      await sql<Side>`select r.id, r.reference, r.campaign_id, r.category, r.received_at, r.told, r.description, r.facts from report r
      where r.reference in (${a}, ${b}) and ${reader.visible(reportSubject, { alias: "r" })}`.execute(reader.db);
    const [left, right] = [rows.find((row) => row.reference === a), rows.find((row) => row.reference === b)];
    if (!left || !right || left === right) return { asked: { a, b }, pair: null };
    return { asked: { a, b }, pair: await pairOf(reader, left, right) };
  },
});
export type WhyFound = NonNullable<Awaited<ReturnType<typeof whyLinked.read>>>;

async function pairOf(reader: Reader, left: Side, right: Side) {
  const [said, saidOther] = [toldIn(reader.node, left).description, toldIn(reader.node, right).description];
  const [wording, wordingOther] = [wordingOf(said), wordingOf(saidOther)];
  const [shared, word, alike] = await Promise.all([
    sharedBy(reader, left.id, right.id),
    wordOn(reader, left.id, right.id),
    alikeBy(reader, left.id, right.id),
  ]);
  const together = left.campaign_id !== null && left.campaign_id === right.campaign_id;
  const direct = shared.some(({ hub, strong }) => strong && !hub) || word?.verdict === "same" || alike;
  const side = ({ id, reference: name, category, received_at, campaign_id }: Side, words: string) => ({
    id,
    reference: name,
    category,
    received_at,
    campaign_id,
    words,
  });
  return {
    left: side(left, said),
    right: side(right, saidOther),
    together,
    shared,
    word,
    /** How much of the wording both have in common, 0 to 1. */
    share: exactLikeness(wording, wordingOther),
    /** True where the wording alone joins them. */
    alike,
    short: Math.min(shinglesOf(wording).size, shinglesOf(wordingOther).size) < SHINGLES_MIN,
    chain:
      together && !direct && left.campaign_id !== null
        ? await chainBetween(reader, { campaign: left.campaign_id, from: left, to: right })
        : [],
    direct,
  };
}

async function sharedBy({ db }: Reader, a: string, b: string) {
  const { rows } = await sql<{
    type: string;
    value: string;
    strong: boolean;
    hub: boolean;
  }>`select o.type, o.value, o.strong,
      o.strong and (select count(*) from (select 1 from report_observable x where x.key = o.key and x.strong limit ${sql.lit(HUB_MAX + 1)}) as c) > ${HUB_MAX} as hub
    from report_observable o join report_observable p on p.key = o.key and p.report_id = ${b} where o.report_id = ${a} order by o.strong desc, o.key`.execute(
    db,
  );
  return rows;
}

/** An officer's word on the pair; `null` where there is none. */
async function wordOn({ db }: Reader, a: string, b: string) {
  const { rows } = await sql<{
    verdict: string;
    reason: string;
    at: Temporal.Instant;
  }>`select verdict, reason, at from report_link where report_id = ${a} and other_id = ${b}`.execute(db);
  return rows[0] ?? null;
}

async function alikeBy({ db }: Reader, a: string, b: string): Promise<boolean> {
  const { rows } =
    await sql`select 1 from report_signature s join report_signature t on t.report_id = ${b} join wording w on w.id = s.wording_id
    where s.report_id = ${a} and w.signature is not null and (s.wording_id = t.wording_id
      or exists (select 1 from wording_near n where n.wording_id = s.wording_id and n.other_id = t.wording_id))`.execute(
      db,
    );
  return rows.length > 0;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly reference: string;
  readonly by: Tie["by"];
  readonly type: string | null;
  readonly value: string | null;
  readonly equal: number | null;
}

/** The shortest chain from one report of a campaign to another, over reports that the reader may read; empty where none of `STEPS_MAX` is found. */
async function chainBetween(
  reader: Reader,
  { campaign, from, to }: { campaign: string; from: Side; to: Side },
): Promise<Step[]> {
  const names = new Map([[from.id, from.reference]]);
  const came = new Map<string, Edge>();
  let edge = [from.id];
  for (let step = 0; step < STEPS_MAX && edge.length > 0 && names.size < VISITED_MAX; step += 1) {
    const found = await edgesFrom(reader, campaign, edge);
    const next: string[] = [];
    for (const each of found) {
      if (names.has(each.to)) continue;
      names.set(each.to, each.reference);
      came.set(each.to, each);
      next.push(each.to);
    }
    if (came.has(to.id)) return walked(came, names, to.id);
    edge = next;
  }
  return [];
}

function walked(came: ReadonlyMap<string, Edge>, names: ReadonlyMap<string, string>, end: string): Step[] {
  const steps: Step[] = [];
  for (let at = came.get(end); at; at = came.get(at.from))
    steps.unshift({ from: names.get(at.from) ?? "", to: at.reference, tie: tieOf(at) });
  return steps;
}

const tieOf = ({ by, type, value, equal }: Edge): Tie =>
  by === "observable"
    ? { by, type: type ?? "", value: value ?? "" }
    : by === "wording"
      ? { by, share: (equal ?? 0) / 128 }
      : { by, reason: value ?? "" };

/** What leads on from these reports within the campaign. */
async function edgesFrom(reader: Reader, campaign: string, ids: readonly string[]): Promise<Edge[]> {
  const { rows } = await sql<Edge>`with f as (select unnest(${ids}::uuid[]) as id),
    e as (
      select f.id as "from", x.report_id as "to", 'observable' as by, o.type, o.value, null::int as equal from f
        join report_observable o on o.report_id = f.id and o.strong
        cross join lateral (select y.report_id from report_observable y where y.key = o.key and y.strong limit ${sql.lit(LED_MAX)}) as x
        where (select count(*) from (select 1 from report_observable z where z.key = o.key and z.strong limit ${sql.lit(HUB_MAX + 1)}) as c) <= ${HUB_MAX}
      union all select f.id, l.other_id, 'officer', null, l.reason, null from f join report_link l on l.report_id = f.id and l.verdict = 'same'
      union all select f.id, x.report_id, 'wording', null, null, n.equal from f join report_signature s on s.report_id = f.id
        join wording w on w.id = s.wording_id and w.signature is not null
        cross join lateral (select s.wording_id as id, 128 as equal union all select other_id, near.equal from wording_near near where near.wording_id = s.wording_id) as n
        cross join lateral (select t.report_id from report_signature t where t.wording_id = n.id limit ${sql.lit(LED_MAX)}) as x
    )
    select distinct on (e."to") e.*, r.reference from e join report r on r.id = e."to"
    where r.campaign_id = ${campaign} and ${reader.visible(reportSubject, { alias: "r" })} order by e."to", e.by, e.equal desc limit ${sql.lit(VISITED_MAX)}`.execute(
    reader.db,
  );
  return rows;
}
