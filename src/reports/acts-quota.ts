import type { Actor } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import type { Refusal } from "../kernel/errors.ts";
import { countTaken, grant, type Granted } from "../clients/slice.ts";
import type { Channel } from "./report.ts";

/** A report on its way in, as far as quotas go. */
export interface Counted {
  readonly id: string;
  readonly actor: Actor;
  readonly sentKey: Buffer | null;
  readonly prepared: { readonly channel: Channel };
}
/** What the quotas say of a group of reports. */
export interface Quotas {
  /** By id of the report: why it is not taken. */
  readonly refused: ReadonlyMap<string, Refusal>;
  /** Counts those that were written; to be called in the same transaction. */
  readonly count: (written: ReadonlySet<string>) => Promise<void>;
}

const isSingle = ({ prepared }: Counted): boolean => prepared.channel !== "batch";

/**
 * Holds the reports of machines against their quotas. What was taken before under the same key is not counted again, and is
 * answered even where nothing is left.
 */
export async function withinQuotas(tx: Tx, group: readonly Counted[], now: Temporal.Instant): Promise<Quotas> {
  const byClient = new Map<string, Counted[]>();
  for (const each of group)
    if (each.actor.kind === "client")
      byClient.set(each.actor.client, [...(byClient.get(each.actor.client) ?? []), each]);
  const refused = new Map<string, Refusal>();
  // In one order everywhere, so that two groups never wait for each other's meters.
  const clients = [...byClient].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [client, reports] of clients) {
    const known = await knownOf(tx, reports);
    const fresh = reports.filter(({ sentKey }) => !(sentKey && known.has(sentKey.toString("hex"))));
    const single = fresh.filter(isSingle).length;
    const granted = await grant(tx, client, { single, batch: fresh.length - single }, now);
    refuseBeyond(fresh, granted, refused);
  }
  const count = async (written: ReadonlySet<string>): Promise<void> => {
    for (const [client, reports] of clients) await countTaken(tx, client, usesOf(reports, written, refused), now);
  };
  return { refused, count };
}

function refuseBeyond(fresh: readonly Counted[], granted: Granted, refused: Map<string, Refusal>): void {
  const left = { single: granted.single, batch: granted.batch };
  for (const each of fresh) {
    const kind = isSingle(each) ? "single" : "batch";
    if (left[kind] === 0) refused.set(each.id, granted.refusal(isSingle(each)));
    else left[kind] -= 1;
  }
}

function usesOf(reports: readonly Counted[], written: ReadonlySet<string>, refused: ReadonlyMap<string, Refusal>) {
  const channels = [...new Set(reports.map(({ prepared }) => prepared.channel))];
  return channels.map((channel) => {
    const own = reports.filter(({ prepared }) => prepared.channel === channel);
    return {
      channel,
      isSingle: channel !== "batch",
      taken: own.filter(({ id }) => written.has(id)).length,
      refused: own.filter(({ id }) => refused.has(id)).length,
    };
  });
}

/** The keys of the senders under which there is a report already, hex. */
async function knownOf(tx: Tx, reports: readonly Counted[]): Promise<ReadonlySet<string>> {
  const keys = reports.flatMap(({ sentKey }) => (sentKey ? [sentKey] : []));
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{
    sent_key: Buffer;
  }>`select sent_key from report where sent_key = any(${keys}::bytea[])`.execute(tx);
  return new Set(rows.map(({ sent_key: key }) => key.toString("hex")));
}
