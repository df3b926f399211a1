import { randomUUIDv7 } from "node:crypto";
import type { Database, Tx } from "../kernel/database.ts";
import type { JsonObject } from "../kernel/json.ts";

/** What may be amiss with this node's own ledger. */
export type LedgerAlarmKind =
  /** It signs nothing until a person decides. */
  | "stopped"
  /** A witness outside of the peers has not cosigned for longer than people wait. */
  | "unwitnessed"
  /** A witness refuses to cosign: it is not shown that the ledger continues what it saw. */
  | "refused"
  /** Another ledger that this node witnesses signed two histories. */
  | "forked"
  /** A time-stamp authority gives no tokens. */
  | "timestamps"
  /** Tokens whose authority's certificate ends soon could not be renewed. */
  | "renewal";

interface Alarm {
  readonly kind: LedgerAlarmKind;
  /** Whom it is about; empty where nobody. */
  readonly about: string;
  readonly detail: JsonObject;
  readonly now: Temporal.Instant;
}

/** Raises an alarm, once while it stands: the first moment and its detail are kept. */
export async function raiseLedgerAlarm(db: Database | Tx, { kind, about, detail, now }: Alarm): Promise<void> {
  await db
    .insertInto("ledger_alarm")
    .values({ id: randomUUIDv7(), kind, about, detail: JSON.stringify(detail), raised_at: now })
    .onConflict((conflict) => conflict.columns(["kind", "about"]).where("ended_at", "is", null).doNothing())
    .execute();
}

/** Ends alarms whose cause is gone. */
export async function endLedgerAlarm(
  db: Database | Tx,
  of: { readonly kinds: readonly LedgerAlarmKind[]; readonly about: string; readonly now: Temporal.Instant },
): Promise<void> {
  await db
    .updateTable("ledger_alarm")
    .set({ ended_at: of.now })
    .where("kind", "in", of.kinds)
    .where("about", "=", of.about)
    .where("ended_at", "is", null)
    .execute();
}
