import { sql } from "../kernel/database.ts";
import { type Indicator, WAIT } from "./indicator.ts";
import { summary } from "./survival.ts";

/**
 * How long a report waits until an officer first opens it, and how many climbed because nobody had. What waits aside (quarantine,
 * folded into its campaign) nobody is to open by itself; what nobody has opened yet counts as open (censored).
 */
const timeToOpen: Indicator = {
  id: "time-to-open",
  columns: [{ name: "priority", kind: "text", words: "option.priority" }, ...WAIT, { name: "climbed", kind: "count" }],
  plot: { labels: ["priority"], value: "median" },
  read: async ({ db, now }) => {
    const { rows } = await sql<{ priority: number; waited: number; ended: boolean; climbed: boolean }>`
      select priority, (extract(epoch from coalesce(opened_at, ${now}) - received_at) * 1000)::float8 as waited,
        opened_at is not null as ended, climbed > 0 as climbed
      from report where quarantine is null and not folded and (opened_at is not null or state <> 'closed')`.execute(db);
    return [...Map.groupBy(rows, ({ priority }) => priority)]
      .sort(([a], [b]) => a - b)
      .map(([priority, each]) => {
        const { ended, open, median, p90 } = summary(
          each.map((one) => ({ milliseconds: Math.round(one.waited), ended: one.ended })),
        );
        return { priority: `${priority}`, ended, open, climbed: each.filter((one) => one.climbed).length, median, p90 };
      });
  },
};

/** What was put aside as one of a flood, or by an officer: how much waits for a person, and how much was closed as junk. */
const quarantined: Indicator = {
  id: "quarantined",
  columns: [
    { name: "reason", kind: "text", words: "statistics.quarantine" },
    { name: "waiting", kind: "count" },
    { name: "junk", kind: "count" },
  ],
  plot: { labels: ["reason"], value: "waiting" },
  read: async ({ db }) => {
    const { rows } = await sql<{ reason: string; waiting: number; junk: number }>`
      select quarantine as reason, count(*) filter (where state <> 'closed')::int as waiting, count(*) filter (where state = 'closed')::int as junk
      from report where quarantine is not null group by 1 order by 2 desc, 1`.execute(db);
    return rows;
  },
};

/** Reports that are shown inside of their campaign only, because they are one of many alike. */
const folded: Indicator = {
  id: "folded",
  columns: [
    { name: "category", kind: "text", words: "option.category" },
    { name: "reports", kind: "count" },
  ],
  plot: { labels: ["category"], value: "reports" },
  read: async ({ db }) => {
    const { rows } = await sql<{ category: string; reports: number }>`
      select category, count(*)::int as reports from report where folded group by 1 order by 2 desc, 1`.execute(db);
    return rows;
  },
};

/** How long an institution takes to answer a notice; those without an answer count as open, unless they were withdrawn. */
const holdAnswers: Indicator = {
  id: "hold-answers",
  columns: [{ name: "institution", kind: "text" }, ...WAIT],
  plot: { labels: ["institution"], value: "median" },
  read: async ({ db, now, node }) => {
    const { rows } = await sql<{ institution: string | null; waited: number; ended: boolean }>`
      select institution, (extract(epoch from coalesce(answered_at, ${now}) - sent_at) * 1000)::float8 as waited, answered_at is not null as ended
      from hold where sent_at is not null and (answered_at is not null or state not in ('withdrawn', 'over'))`.execute(
      db,
    );
    const names = new Map(node.services.country.pack.reporting.institutions.map(({ code, name }) => [code, name]));
    return [...Map.groupBy(rows, ({ institution }) => institution ?? "")]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([institution, each]) => ({
        institution: names.get(institution) ?? institution,
        ...summary(each.map(({ waited, ended }) => ({ milliseconds: Math.round(waited), ended }))),
      }));
  },
};

/** Campaigns by where they stand: how many, how many reports they hold, and the largest. */
const campaigns: Indicator = {
  id: "campaigns",
  columns: [
    { name: "state", kind: "text", words: "state" },
    { name: "campaigns", kind: "count" },
    { name: "reports", kind: "count" },
    { name: "largest", kind: "count" },
  ],
  plot: { labels: ["state"], value: "campaigns" },
  read: async ({ db }) => {
    const { rows } = await sql<{ state: string; campaigns: number; reports: number; largest: number }>`
      select state, count(*)::int as campaigns, sum(reports)::int as reports, max(reports) as largest
      from campaign group by 1 order by 2 desc, 1`.execute(db);
    return rows;
  },
};

/** Warnings to the public, by where they stand. */
const alerts: Indicator = {
  id: "alerts",
  columns: [
    { name: "state", kind: "text", words: "state" },
    { name: "alerts", kind: "count" },
  ],
  plot: { labels: ["state"], value: "alerts" },
  read: async ({ db }) => {
    const { rows } = await sql<{ state: string; alerts: number }>`
      select state, count(*)::int as alerts from alert group by 1 order by 2 desc, 1`.execute(db);
    return rows;
  },
};

export const inboxFigures: readonly Indicator[] = [timeToOpen, quarantined, folded, campaigns, alerts, holdAnswers];
