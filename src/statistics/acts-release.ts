import { createHash, createHmac } from "node:crypto";
import canonicalize from "canonicalize";
import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { isWorkingDay } from "../law/slice.ts";
import { beginOf, LIFE, releaseSubject, type ReleaseRow } from "./release.ts";
import type { Cell } from "./tables.ts";
import { cellsIn } from "./views-population.ts";

const act = actsOn<ReleaseRow, keyof typeof LIFE>(releaseSubject);
const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "month-form");
/** Rows in one statement. */
const AT_ONCE = 2_000;

interface Counted {
  readonly cells: readonly Cell[];
  readonly digest: Buffer;
}

/**
 * Marks the reports of the month, and those of earlier ones that came too late for theirs, as counted here and nowhere else.
 * What waits in quarantine is not counted; once a person lets it out, the next release counts it.
 */
async function take(tx: Tx, id: string, month: string, zone: string): Promise<void> {
  const of = Temporal.PlainYearMonth.from(month);
  const { first } = await tx
    .selectFrom("statistics_release")
    .select(({ fn }) => fn.min("month").as("first"))
    .executeTakeFirstOrThrow();
  const from = Temporal.PlainYearMonth.from(String(first ?? month));
  await sql`insert into statistics_counted (report_id, release_id)
    select r.id, ${id} from report r
    where r.received_at >= ${beginOf(from, zone)} and r.received_at < ${beginOf(of.add({ months: 1 }), zone)} and r.quarantine is null
      and not exists (select 1 from statistics_counted c where c.report_id = r.id)`.execute(tx);
}

/** Counts what was taken, and withholds what would tell of anybody. */
async function countIn(tx: Tx, id: string, node: Node): Promise<Counted> {
  const key = createHmac("sha256", node.services.secret).update(`statistics ${id}`).digest();
  const cells = await cellsIn(
    tx,
    sql`(select r.* from statistics_counted c join report r on r.id = c.report_id where c.release_id = ${id})`,
    {
      ...node.services.country.pack.reporting,
      chance: (edge) => createHmac("sha256", key).update(String(edge)).digest().readUInt32BE(0) / 2 ** 32,
    },
  );
  return {
    cells,
    digest: createHash("sha256")
      .update(canonicalize(asJson({ cells })) ?? "")
      .digest(),
  };
}

async function keep(tx: Tx, id: string, cells: readonly Cell[]): Promise<void> {
  for (let at = 0; at < cells.length; at += AT_ONCE)
    await tx
      .insertInto("statistics_cell")
      .values(cells.slice(at, at + AT_ONCE).map((cell) => ({ ...cell, keys: [...cell.keys], release_id: id })))
      .execute();
}

const saidOf = (month: string, { cells, digest }: Counted) => ({
  month,
  cells: cells.length,
  withheld: cells.filter(({ value }) => value === null).length,
  digest: digest.toString("hex"),
});

/** Counts a month that is over. Done by the node itself, on the first working day after it. */
export const draft = creates(releaseSubject, "draft", {
  state: "draft",
  audience: "internal",
  input: z.strictObject({ month: monthSchema }),
  attributes: ({ month }) => ({ month }),
  apply: async (tx, _under, { month }, { id, now, node }: Context) => {
    const { threshold, dominance } = node.services.country.pack.reporting.statistics;
    const { zone } = node.config;
    await tx
      .insertInto("statistics_release")
      .values({
        id,
        month,
        state: "draft",
        zone,
        threshold,
        dominance,
        drafted_at: now,
        cells: 0,
        withheld: 0,
        digest: Buffer.alloc(32),
      })
      .execute();
    return count(tx, { id, month, zone }, { node, now });
  },
});

async function count(
  tx: Tx,
  { id, month, zone }: Pick<ReleaseRow, "id" | "month" | "zone">,
  { node, now }: Pick<Context, "node" | "now">,
) {
  await take(tx, id, month, zone);
  const counted = await countIn(tx, id, node);
  await keep(tx, id, counted.cells);
  const { cells, withheld } = saidOf(month, counted);
  await tx
    .updateTable("statistics_release")
    .set({ cells, withheld, digest: counted.digest, drafted_at: now })
    .where("id", "=", id)
    .execute();
  return saidOf(month, counted);
}

/** Counts the month anew before it goes out: after categories were corrected, say. The rule is the pack's of today. */
const redraft = act("redraft", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    const { threshold, dominance } = context.node.services.country.pack.reporting.statistics;
    await tx.deleteFrom("statistics_cell").where("release_id", "=", row.id).execute();
    await tx.deleteFrom("statistics_counted").where("release_id", "=", row.id).execute();
    await tx.updateTable("statistics_release").set({ threshold, dominance }).where("id", "=", row.id).execute();
    return count(tx, row, context);
  },
});

/** Puts the release before the public, for ever. What is withheld was decided by the rule when it was drafted, and nobody can weaken it here. */
export const publish = act("publish", {
  input: z.strictObject({}),
  apply: async (tx, row, _input, { actor, now }) => {
    await tx
      .updateTable("statistics_release")
      .set({ published_at: now, published_by: actor.kind === "officer" ? actor.name : null })
      .where("id", "=", row.id)
      .execute();
    return { month: row.month, digest: row.digest.toString("hex") };
  },
});

export const releaseActs = [draft, redraft, publish] as const;

/** Months that one run of the job goes back at most. */
const MONTHS_BACK = 24;

/** Drafts every month that is over and has no release, the oldest first, once its successor's first working day has begun. */
export async function draftDue(node: Node): Promise<void> {
  const latest = lastDue(node);
  let month = await nextMonth(node, latest.subtract({ months: MONTHS_BACK - 1 }));
  if (!month) return;
  for (; Temporal.PlainYearMonth.compare(month, latest) <= 0; month = month.add({ months: 1 }))
    await perform({ node, actor: system("statistics"), act: draft, input: { month: month.toString() } });
}

/** The month after the last release; where there is none, that of the first report, but none before `back`. `undefined` where there is no report. */
async function nextMonth(node: Node, back: Temporal.PlainYearMonth): Promise<Temporal.PlainYearMonth | undefined> {
  const { last } = await node.db
    .selectFrom("statistics_release")
    .select(({ fn }) => fn.max("month").as("last"))
    .executeTakeFirstOrThrow();
  if (last) return Temporal.PlainYearMonth.from(String(last)).add({ months: 1 });
  const { first } = await node.db
    .selectFrom("report")
    .select(({ fn }) => fn.min("received_at").as("first"))
    .executeTakeFirstOrThrow();
  if (!first) return undefined;
  return laterMonth(first.toZonedDateTimeISO(node.config.zone).toPlainDate().toPlainYearMonth(), back);
}

const laterMonth = (a: Temporal.PlainYearMonth, b: Temporal.PlainYearMonth) =>
  Temporal.PlainYearMonth.compare(a, b) >= 0 ? a : b;

/** The last month that is over and after whose end a working day has begun, by the country's calendar. */
export function lastDue(node: Node): Temporal.PlainYearMonth {
  const { calendar } = node.services.country.pack;
  const today = node.clock().toZonedDateTimeISO(node.config.zone).toPlainDate();
  return lastOver(today, (day) => isWorkingDay(day, calendar));
}

/** The last month after whose end a working day has begun. */
export function lastOver(
  today: Temporal.PlainDate,
  isWorked: (day: Temporal.PlainDate) => boolean,
): Temporal.PlainYearMonth {
  const month = today.toPlainYearMonth();
  for (let day = month.toPlainDate({ day: 1 }); Temporal.PlainDate.compare(day, today) <= 0; day = day.add({ days: 1 }))
    if (isWorked(day)) return month.subtract({ months: 1 });
  return month.subtract({ months: 2 });
}
