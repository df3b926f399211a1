import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { envelopeDigest, type Payload } from "../trust/envelope.ts";
import { isReceiptFor, readReceipt } from "../trust/receipt.ts";
import { end } from "./messages-alarm.ts";
import type { TrustedPeer } from "./messages-peer.ts";

/** A message that a peer says it has, with the receipt that it gave. */
export interface Receipted {
  readonly row: {
    readonly id: string;
    readonly peer: string;
    readonly subject_kind: string;
    readonly subject_id: string;
    readonly act: string;
    readonly entry: string;
    /** An earlier receipt of the same message. */
    readonly receipt: string | null;
  };
  readonly payload: Payload;
  /** Compact JWS. */
  readonly receipt: string;
}

/** The peer's own refusal may have come before its receipt did: it stays. */
const WITHOUT_DELIVERY = sql`case when problem->>'stage' = 'application' then problem end`;

/** Keeps receipts, in order, with one commit, and lets slices fold them; how many, up to the first that can't be trusted. */
export async function fold(node: Node, peer: TrustedPeer, all: readonly Receipted[]): Promise<number> {
  const now = node.clock();
  const good: (Receipted & { readonly receivedAt: Temporal.Instant })[] = [];
  for (const each of all) {
    const receivedAt = receivedIn(each, peer, now);
    if (receivedAt === undefined) break;
    good.push({ ...each, receivedAt });
  }
  if (good.length === 0) return 0;
  await node.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      id: string;
    }>`update outbox set delivered_at = ${now}, receipt = g.receipt, problem = ${WITHOUT_DELIVERY}
      from unnest(${good.map(({ row }) => row.id)}::uuid[], ${good.map(({ receipt }) => receipt)}::text[]) as g(id, receipt)
      where outbox.id = g.id and outbox.delivered_at is null returning outbox.id`.execute(tx);
    const stored = new Set(rows.map(({ id }) => id));
    for (const { row, receivedAt } of good)
      if (stored.has(row.id) && row.receipt === null) await tellSlices(tx, node, row, { receivedAt, now });
    await end(tx, { peer: peer.code, kinds: ["silent", "refuses", "bad-receipt"], now });
  });
  return good.length;
}

/** When the peer received it, if this is its receipt for exactly this envelope. */
function receivedIn(
  { payload, receipt: text }: Receipted,
  peer: TrustedPeer,
  now: Temporal.Instant,
): Temporal.Instant | undefined {
  try {
    const { receipt, verdict } = readReceipt(text, peer.keys, now);
    return "key" in verdict && isReceiptFor(receipt, { ...payload, digest: envelopeDigest(payload) })
      ? Temporal.Instant.from(receipt.received)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Lets each slice fold the receipt. What a slice refuses (the thing has moved on) does not undo the delivery. */
async function tellSlices(
  tx: Tx,
  node: Node,
  row: Receipted["row"],
  { receivedAt, now }: { receivedAt: Temporal.Instant; now: Temporal.Instant },
): Promise<void> {
  for (const { onReceipt, name } of node.registry.slices) {
    if (!onReceipt) continue;
    await sql`savepoint receipt`.execute(tx);
    try {
      await onReceipt(
        tx,
        {
          subjectKind: row.subject_kind,
          subjectId: row.subject_id,
          act: row.act,
          peer: row.peer,
          receivedAt,
          entry: row.entry,
        },
        node,
        now,
      );
      await sql`release savepoint receipt`.execute(tx);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await sql`rollback to savepoint receipt`.execute(tx);
      node.log.warn({ slice: name, key: error.key }, "a receipt was not folded");
    }
  }
}
