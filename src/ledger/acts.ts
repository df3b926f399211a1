import { z } from "zod";
import { actsOn } from "../kernel/act.ts";
import { asJson } from "../kernel/json.ts";
import { endLedgerAlarm } from "../trust/ledger-alarm.ts";
import { disagreements, type Forsaken, type Stopped } from "../trust/ledger-guard.ts";
import { ledgerSubject } from "./ledger.ts";

const act = actsOn(ledgerSubject);

/**
 * A person lets the ledger sign again. Where the database has been put right, nothing is lost and it goes on where it was; else what
 * others hold is given up, by name, and their witnesses will ask their own people before they cosign again. Either way the decision
 * and the signed proof stand in the ledger for ever.
 */
export const resumeLedger = act("resume", {
  input: z.object({ reason: z.string().min(1).max(2_000).meta({ control: "textarea" }) }),
  stepUp: true,
  apply: async (tx, row, { reason }, { node, now }) => {
    const found = row.stopped as Stopped | null;
    const lost = await disagreements(node, found ? [found] : []);
    const given = lost.map(({ size, root }): Forsaken => ({ size, root }));
    await tx
      .updateTable("ledger")
      .set({
        stopped: null,
        stopped_at: null,
        forsaken: JSON.stringify([...(row.forsaken as readonly Forsaken[]), ...given]),
      })
      .where("id", "=", row.id)
      .execute();
    await endLedgerAlarm(tx, { kinds: ["stopped"], about: "", now });
    return asJson({ reason, found, lost });
  },
});

/** Somebody has seen to what was amiss. What is still amiss raises it again; a ledger that has stopped stays so. */
export const settleLedger = act("settle", {
  input: z.object({ note: z.string().min(1).max(2_000).meta({ control: "textarea" }) }),
  apply: async (tx, _row, { note }, { now }) => {
    const ended = await tx
      .updateTable("ledger_alarm")
      .set({ ended_at: now })
      .where("kind", "<>", "stopped")
      .where("ended_at", "is", null)
      .returning(["kind", "about"])
      .execute();
    return { note, alarms: ended.map(({ kind, about }) => ({ kind, about })) };
  },
});
