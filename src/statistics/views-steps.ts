import { sql } from "../kernel/database.ts";
import { type Indicator, WAIT } from "./indicator.ts";
import { summary } from "./survival.ts";

interface Stay {
  readonly measure: string;
  readonly side: string;
  readonly peer: string;
  readonly state: string;
  readonly at: Temporal.Instant;
  readonly next_at: Temporal.Instant | null;
  readonly last: boolean;
}

/** States from which the life of a request goes no further: nobody waits in them. */
const ENDS = new Set(["denied", "refused", "withdrawn", "closed", "lapsed"]);

/**
 * How long requests stay in each state, by measure, side and peer. Drawn from the journal, so a step can't be counted that
 * was not taken; a request still in the state counts as open (censored).
 */
const requestSteps: Indicator = {
  id: "request-steps",
  columns: [
    { name: "measure", kind: "text", words: "measure" },
    { name: "side", kind: "text", words: "side" },
    { name: "peer", kind: "peer" },
    { name: "state", kind: "text", words: "state" },
    ...WAIT,
  ],
  plot: { labels: ["state", "measure"], value: "median" },
  read: async ({ db, now }) => {
    const { rows } = await sql<Stay>`
      select r.measure, r.side, r.peer, s.state, s.at, s.next_at, s.next_at is null as last
      from (
        select subject_id, record->'state'->>'to' as state, at, lead(at) over (partition by subject_id order by seq) as next_at
        from journal
        where subject_kind = 'request' and record->'state'->>'to' is distinct from record->'state'->>'from'
      ) s join request r on r.id = s.subject_id
      where s.state is not null`.execute(db);
    const waits = rows.filter(({ last, state }) => !(last && ENDS.has(state)));
    return [...Map.groupBy(waits, ({ measure, side, peer, state }) => [measure, side, peer, state].join("\0"))]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, stays]) => {
        const [measure = "", side = "", peer = "", state = ""] = key.split("\0");
        const durations = stays.map(({ at, next_at }) => ({
          milliseconds: (next_at ?? now).epochMilliseconds - at.epochMilliseconds,
          ended: next_at !== null,
        }));
        return { measure, side, peer, state, ...summary(durations) };
      });
  },
};

/** How long a reporter waits for the first answer, by priority. */
const firstResponse: Indicator = {
  id: "first-response",
  columns: [{ name: "priority", kind: "text", words: "option.priority" }, ...WAIT],
  plot: { labels: ["priority"], value: "median" },
  read: async ({ db, now }) => {
    const { rows } = await sql<{ priority: number; waited: number; ended: boolean }>`
      select priority, (extract(epoch from coalesce(responded_at, ${now}) - received_at) * 1000)::float8 as waited, responded_at is not null as ended
      from report where respond_by is not null and (responded_at is not null or state <> 'closed')`.execute(db);
    return [...Map.groupBy(rows, ({ priority }) => priority)]
      .sort(([a], [b]) => a - b)
      .map(([priority, each]) => ({
        priority: `${priority}`,
        ...summary(each.map(({ waited, ended }) => ({ milliseconds: Math.round(waited), ended }))),
      }));
  },
};

export const steps: readonly Indicator[] = [requestSteps, firstResponse];
