import { randomUUIDv7 } from "node:crypto";
import type { Database, Tx } from "../kernel/database.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { AlarmKind } from "./peer.ts";

/** Raises an alarm, once while it stands: the first moment and its detail are kept. */
export async function raise(
  db: Database | Tx,
  alarm: {
    readonly peer: string;
    readonly kind: AlarmKind;
    readonly detail: JsonObject;
    readonly now: Temporal.Instant;
  },
): Promise<void> {
  await db
    .insertInto("exchange_alarm")
    .values({
      id: randomUUIDv7(),
      peer: alarm.peer,
      kind: alarm.kind,
      detail: JSON.stringify(alarm.detail),
      raised_at: alarm.now,
    })
    .onConflict((conflict) => conflict.columns(["peer", "kind"]).where("ended_at", "is", null).doNothing())
    .execute();
}

/** Ends alarms whose cause is gone. */
export async function end(
  db: Database | Tx,
  of: { readonly peer: string; readonly kinds: readonly AlarmKind[]; readonly now: Temporal.Instant },
): Promise<void> {
  await db
    .updateTable("exchange_alarm")
    .set({ ended_at: of.now })
    .where("peer", "=", of.peer)
    .where("kind", "in", of.kinds)
    .where("ended_at", "is", null)
    .execute();
}
