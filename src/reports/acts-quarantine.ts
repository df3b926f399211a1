import { z } from "zod";
import { actsOn } from "../kernel/act.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import { climbsAt, firstResponseDue } from "./priority.ts";
import { FIRST_RESPONSE, reportSubject } from "./report.ts";

const act = actsOn(reportSubject);

/** Puts a report aside: it is kept and counted, but waits outside of the worklist, and no clock runs for it. */
export const quarantine = act("quarantine", {
  input: z.strictObject({ reason: z.enum(["officer", "flood"]).default("officer").meta({ control: "hidden" }) }),
  apply: async (tx, row, { reason }, { now, settle }) => {
    await tx
      .updateTable("report")
      .set({ quarantine: reason, respond_by: null, unopened_at: null })
      .where("id", "=", row.id)
      .execute();
    await endDeadline(tx, { kind: reportSubject.name, id: row.id, rule: FIRST_RESPONSE, now });
    settle(row.state);
    return { reason };
  },
});

/** Back to the worklist: its clocks begin now, as nobody could have read it before. */
export const release = act("release", {
  input: z.strictObject({ emptying: z.uuid().optional().meta({ control: "hidden" }) }),
  apply: async (tx, row, { emptying }, { now, settle }) => {
    const due = row.responded_at ? null : firstResponseDue(row.priority, now);
    await tx
      .updateTable("report")
      .set({
        quarantine: null,
        respond_by: due,
        unopened_at: row.opened_at ? null : climbsAt(row.priority, now),
        ...(due ? { turn_at: due } : {}),
        ...(emptying ? { emptied_by: emptying } : {}),
      })
      .where("id", "=", row.id)
      .execute();
    if (due)
      await setDeadline(tx, {
        kind: reportSubject.name,
        id: row.id,
        rule: FIRST_RESPONSE,
        startsAt: now,
        dueAt: due,
      });
    settle(row.state);
    return {};
  },
});

/** One of a flood, closed as such: nobody is written to, and the order that closed it can take it back. */
export const discard = act("discard", {
  audience: "internal",
  input: z.strictObject({ emptying: z.uuid() }),
  apply: async (tx, row, { emptying }) => {
    await tx
      .updateTable("report")
      .set({ closed_reason: "junk", emptied_by: emptying })
      .where("id", "=", row.id)
      .execute();
    return { reason: "junk", emptying };
  },
});

/** Takes back what an order to empty did to one report: it waits in the quarantine again. */
export const restore = act("restore", {
  audience: "internal",
  input: z.strictObject({ emptying: z.uuid() }),
  apply: async (tx, row, { emptying }, { now, settle }) => {
    // Somebody has worked on it since: their word stays.
    const untouched =
      row.state === "closed" ? row.closed_reason === "junk" : row.state === "received" && !row.opened_at;
    if (!untouched || row.emptied_by !== emptying)
      throw new Refusal("wrong-state", "wrong-state", { values: { act: "report.restore", state: row.state } });
    await tx
      .updateTable("report")
      .set({ quarantine: "flood", closed_reason: null, emptied_by: null, respond_by: null, unopened_at: null })
      .where("id", "=", row.id)
      .execute();
    await endDeadline(tx, { kind: reportSubject.name, id: row.id, rule: FIRST_RESPONSE, now });
    settle("received");
    return { emptying };
  },
});
