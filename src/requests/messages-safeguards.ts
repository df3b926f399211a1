import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { resumeDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { barItems, unbarItems } from "../evidence/slice.ts";
import { endOf } from "../law/slice.ts";
import { RULES } from "./clocks.ts";
import { endClocks, startClocks } from "./messages-clocks.ts";
import { releasePreservation, resumeExecution, suspendExecution, waitedFor } from "./messages-movement.ts";
import { LIFE, type RequestRow, type State } from "./request.ts";
import { on } from "./messages-on.ts";
import { lawToday } from "./law-today.ts";
import { powersFor } from "./safeguards.ts";

/** Stops the clocks of what is to be done: it may not be. Those of safeguards and of kept data run on. */
export async function standStill(tx: Tx, { id }: RequestRow, now: Temporal.Instant): Promise<void> {
  await suspendDeadline(tx, { kind: "request", id, rule: RULES.acknowledge, now });
  await suspendExecution(tx, id, now);
}
/** Lets them run on; while a question is open, the time for carrying it out still stands. */
export async function goOn(tx: Tx, { id, state }: RequestRow, now: Temporal.Instant): Promise<void> {
  await resumeDeadline(tx, { kind: "request", id, rule: RULES.acknowledge, now });
  if (state !== "clarification") await resumeExecution(tx, id, now);
}

/**
 * What was ordered ahead and is not validated is withdrawn, where the law wants that; both nodes decide alike. What was answered before
 * stays answered: what came is shut.
 *
 * @source Regulation (EU) 2023/1543 Art. 4(5)
 */
export async function withdrawUnvalidated(
  tx: Tx,
  row: RequestRow,
  { now, settle }: { readonly now: Temporal.Instant; readonly settle: (state: State) => void },
): Promise<void> {
  if (row.authority.unvalidated !== "withdrawn" || !(LIFE.withdraw.from as readonly State[]).includes(row.state))
    return;
  settle("withdrawn");
  await endClocks(tx, row.id, now);
  await releasePreservation(tx, waitedFor(row), now);
}

/** Data has come: from now on the person concerned is to be told, by the law of whoever asked for it. @source CETS 185 Art. 15(1) */
export async function startNotification(
  tx: Tx,
  row: RequestRow,
  context: Pick<Context, "node" | "now">,
): Promise<void> {
  if (row.notification !== null || row.side !== "sender") return;
  const { pack, day } = lawToday(context);
  const rule = powersFor(pack, row, day)
    .map(({ notification }) => notification)
    .find((each) => each !== undefined);
  if (!rule) return;
  await tx.updateTable("request").set({ notification: "due" }).where("id", "=", row.id).execute();
  await startClocks(tx, context.node, {
    id: row.id,
    clocks: [
      {
        rule: RULES.notification,
        startsAt: context.now,
        dueAt: endOf(rule, context.now, pack.calendar),
        source: rule.provision.slice(0, 100),
        ...(rule.unit === "hours" ? {} : { zone: pack.calendar.zone }),
      },
    ],
  });
}

/** What came in under a request that may not be used is shut as it comes. */
export async function barWhatCame(tx: Tx, row: RequestRow, context: Context): Promise<void> {
  if (row.validation === "lapsed" || row.validation === "refused")
    await barItems(tx, { request: row.id, why: "unvalidated" }, context);
  else if (row.halts.length > 0) await barItems(tx, { request: row.id, why: "halted" }, context);
}

const words = (max: number) => z.string().max(max);
const validated = on(
  "validate",
  z.strictObject({
    decision: z.enum(["confirmed", "refused"]),
    reasons: words(4_000),
    by: words(300).optional(),
    office: words(300).optional(),
    until: z.iso.date().optional(),
  }),
  async (tx, row, { decision, until }, { at, settle }) => {
    await tx
      .updateTable("request")
      .set({
        validation: decision,
        validated_at: at,
        ...(decision === "confirmed" && until !== undefined
          ? { authorised_until: Temporal.PlainDate.from(until) }
          : {}),
      })
      .where("id", "=", row.id)
      .execute();
    if (decision === "refused") await withdrawUnvalidated(tx, row, { now: at, settle });
  },
);

const voided = on("void", z.strictObject({}), async (tx, row, _body, { at, settle }) => {
  await tx.updateTable("request").set({ validation: "lapsed" }).where("id", "=", row.id).execute();
  await withdrawUnvalidated(tx, row, { now: at, settle });
});

const halted = on("halt", z.strictObject({ reasons: words(4_000) }), async (tx, row, _body, { at, from }) => {
  if (row.halts.includes(from)) return;
  await tx
    .updateTable("request")
    .set({ halts: [...row.halts, from] })
    .where("id", "=", row.id)
    .execute();
  await standStill(tx, row, at);
});

const resumed = on("resume", z.strictObject({ reasons: words(4_000) }), async (tx, row, _body, context) => {
  const left = row.halts.filter((code) => code !== context.from);
  await tx.updateTable("request").set({ halts: left }).where("id", "=", row.id).execute();
  if (left.length > 0) return;
  await goOn(tx, row, context.at);
  await unbarItems(tx, { request: row.id, why: "halted" }, context);
});

export const safeguardMessages = [validated, voided, halted, resumed];
