import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { allowanceOf, dayOf, type Meter, minuteOf, type Quota } from "./meter.ts";

/** Reports of one client in one transaction. Single ones count against the minute too; a batch is paced by the node. */
export interface Count {
  readonly single: number;
  readonly batch: number;
}
/** How many of them the quotas allow, and what the others are told. */
export interface Granted extends Count {
  readonly refusal: (isSingle: boolean) => Refusal;
}

/**
 * Holds the client's meter until the end of the transaction and says how many of the reports that wait its quotas allow.
 * What was then really written is told by `countTaken`, in the same transaction: a report counts once it is durable.
 */
export async function grant(tx: Tx, client: string, wanted: Count, now: Temporal.Instant): Promise<Granted> {
  await sql`insert into client_meter (client_id, day, minute) values (${client}, ${dayOf(now)}, ${minuteOf(now)}) on conflict do nothing`.execute(
    tx,
  );
  const { rows } = await sql<
    Meter & Quota
  >`select m.day, m.day_taken, m.minute, m.minute_taken, c.day_quota, c.minute_quota
    from client_meter m join client c on c.id = m.client_id where m.client_id = ${client} for update of m`.execute(tx);
  const [row] = rows;
  if (!row) throw new Refusal("not-found", "not-found");
  const { day, minute } = allowanceOf(row, row, now);
  const single = Math.min(wanted.single, day.left, minute.left);
  const batch = Math.min(wanted.batch, day.left - single);
  const refusal = (isSingle: boolean): Refusal =>
    !isSingle || single + batch >= day.left
      ? new Refusal("too-many", "client-quota-day", { values: { quota: row.day_quota, seconds: day.seconds } })
      : new Refusal("too-many", "client-quota-minute", {
          values: { quota: row.minute_quota, seconds: minute.seconds },
        });
  return { single, batch, refusal };
}

/** What came of the reports that one client sent through one door. */
export interface Use {
  readonly channel: string;
  readonly isSingle: boolean;
  readonly taken: number;
  readonly refused: number;
}

/** Counts what was written against the quotas, and by day and door for the figures of the client's page. */
export async function countTaken(tx: Tx, client: string, uses: readonly Use[], now: Temporal.Instant): Promise<void> {
  const [day, minute] = [dayOf(now), minuteOf(now)];
  const sum = (of: readonly Use[]) => of.reduce((total, { taken }) => total + taken, 0);
  const [all, single] = [sum(uses), sum(uses.filter(({ isSingle }) => isSingle))];
  await sql`update client_meter set
      day_taken = case when day = ${day} then day_taken else 0 end + ${all}, day = ${day},
      minute_taken = case when minute = ${minute} then minute_taken else 0 end + ${single}, minute = ${minute}
    where client_id = ${client}`.execute(tx);
  for (const { channel, taken, refused } of uses)
    await sql`insert into client_use as u (client_id, day, channel, taken, refused) values (${client}, ${day}, ${channel}, ${taken}, ${refused})
      on conflict (client_id, day, channel) do update set taken = u.taken + excluded.taken, refused = u.refused + excluded.refused`.execute(
      tx,
    );
}
