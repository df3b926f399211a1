import { z } from "zod";
import { WITHHOLDING } from "../access/slice.ts";
import { type CaseRow, caseSubject } from "../cases/slice.ts";
import { demandItems, serve as serveItem } from "../evidence/slice.ts";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import type { Actor } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import { shownCode } from "../reports/slice.ts";
import { nextPlace } from "./acts-exhibit.ts";
import {
  codeDigestOf,
  type DisclosureRow,
  disclosureSubject,
  FATES,
  LIFE,
  nextCode,
  sealReason,
  sealWords,
  type Words,
  wordsIn,
} from "./disclosure.ts";
import { countsOf, givenOf } from "./views-disclosure.ts";

const act = actsOn<DisclosureRow, keyof typeof LIFE>(disclosureSubject);
const line = (max: number) => z.string().trim().min(1).max(max);
const text = (max: number) => line(max).meta({ control: "textarea" as const });
const ITEMS_MAX = 500;

const addressed = {
  to: line(200),
  defendant: line(200),
  conditions: text(4_000).optional(),
  /** age X25519 recipient of the defence: the package then goes encrypted to it alone. */
  recipient: z
    .string()
    .trim()
    .regex(/^age1[02-9ac-hj-np-z]{58}$/, "disclosure-recipient")
    .optional(),
};
const wordsOf = ({ to, defendant, conditions, recipient }: z.output<z.ZodObject<typeof addressed>>): Words => ({
  to,
  defendant,
  ...(conditions === undefined ? {} : { conditions }),
  ...(recipient === undefined ? {} : { recipient }),
});

/** Begins a disclosure to the defence: whom it goes to, and for whom. */
export const prepare = creates(disclosureSubject, "prepare", {
  under: caseSubject,
  state: "prepared",
  basis: ["CETS 185 Art. 15(1)"],
  input: z.strictObject(addressed),
  attributes: (_input, { under, actor }: { actor: Actor; under: CaseRow }) => ({
    office: under.office,
    ...(actor.kind === "officer" ? { prepared_by: actor.account } : {}),
  }),
  apply: async (tx, under: CaseRow, input, { node, id, actor, now }) => {
    const number = `${under.number}/D${await nextPlace(tx, under.id, "disclosure")}`;
    const officer = actor.kind === "officer" ? actor : undefined;
    await tx
      .insertInto("disclosure")
      .values({
        id,
        number,
        case_id: under.id,
        state: "prepared",
        office: under.office,
        words: sealWords(node, id, wordsOf(input)),
        prepared_by: officer?.account ?? null,
        prepared_by_name: officer?.name ?? null,
        prepared_at: now,
      })
      .execute();
    return { number, case: under.number };
  },
});

/** Puts right whom it goes to, before it is approved. */
export const address = act("address", {
  input: z.strictObject(addressed),
  apply: async (tx, row, input, { node }) => {
    await tx
      .updateTable("disclosure")
      .set({ words: sealWords(node, row.id, wordsOf(input)) })
      .where("id", "=", row.id)
      .execute();
    return { number: row.number };
  },
});

/** Says what becomes of items of the case: given, to be looked at, or withheld on a ground that the country's law knows. */
export const decide = act("decide", {
  input: z.strictObject({
    items: z.array(z.uuid()).min(1).max(ITEMS_MAX),
    fate: z.enum(FATES),
    ground: z.enum(WITHHOLDING).optional().meta({ control: "select" }),
    reason: text(2_000).optional(),
  }),
  apply: async (tx, row, { items, fate, ground, reason }, context) => {
    const { node, actor, now } = context;
    const isWithheld = fate === "withheld";
    if (isWithheld && ground === undefined) throw invalid("ground", "disclosure-ground");
    if (!isWithheld && ground !== undefined) throw invalid("ground", "disclosure-no-ground");
    if (fate !== "given" && reason === undefined) throw invalid("reason", "disclosure-reason");
    const known = node.services.country.pack.court.withholding.map((each) => each.ground);
    if (ground !== undefined && !known.includes(ground)) throw invalid("ground", "disclosure-ground-unknown");
    await demandItems(tx, { items, caseId: row.case_id, path: (index) => `items.${index}` }, context);
    const values = [...new Set(items)].map((item) => ({
      disclosure: row.id,
      item,
      fate,
      ground: ground ?? null,
      reason: reason === undefined ? null : sealReason(node, [row.id, item], reason),
      decided_by: actor.kind === "officer" ? actor.account : null,
      decided_at: now,
    }));
    await tx
      .insertInto("disclosure_item")
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(["disclosure", "item"]).doUpdateSet((eb) => ({
          fate: eb.ref("excluded.fate"),
          ground: eb.ref("excluded.ground"),
          reason: eb.ref("excluded.reason"),
          decided_by: eb.ref("excluded.decided_by"),
          decided_at: eb.ref("excluded.decided_at"),
        })),
      )
      .execute();
    return { items, fate, ...(ground === undefined ? {} : { ground }) };
  },
});

/** The prosecution answers for what is given and what is withheld: nothing of the case may be left undecided. */
export const approve = act("approve", {
  stepUp: true,
  input: z.strictObject({}),
  apply: async (tx, row, _input, { actor, now }) => {
    const { rows } = await sql<{ number: string }>`select i.number from item i
      where i.case_id = ${row.case_id} and not exists (select 1 from disclosure_item d where d.disclosure = ${row.id} and d.item = i.id)
      order by i.id limit 21`.execute(tx);
    if (rows.length > 0)
      throw new Refusal("conflict", "disclosure-undecided", {
        values: {
          count: rows.length,
          items: rows
            .slice(0, 20)
            .map(({ number }) => number)
            .join(", "),
        },
      });
    const decider = await tx
      .selectFrom("disclosure_item")
      .select("item")
      .where("disclosure", "=", row.id)
      .where("fate", "=", "withheld")
      .where("decided_by", "=", actor.kind === "officer" ? actor.account : null)
      .executeTakeFirst();
    if (decider) throw new Refusal("not-allowed", "disclosure-takes-two", { values: { act: "disclosure.approve" } });
    const counts = await countsOf(tx, row.id);
    if (counts.given + counts.inspect + counts.withheld === 0) throw new Refusal("conflict", "disclosure-empty");
    const officer = actor.kind === "officer" ? actor : undefined;
    await tx
      .updateTable("disclosure")
      .set({ approved_by: officer?.account ?? null, approved_by_name: officer?.name ?? null, approved_at: now })
      .where("id", "=", row.id)
      .execute();
    return { number: row.number, ...counts };
  },
});

/** Sends it back to be prepared anew. */
export const giveBack = act("return", {
  input: z.strictObject({ reason: text(2_000) }),
  apply: async (tx, row, { reason }) => {
    await tx
      .updateTable("disclosure")
      .set({ approved_by: null, approved_by_name: null, approved_at: null })
      .where("id", "=", row.id)
      .execute();
    return { number: row.number, reason };
  },
});

/** A code for the defence: the node keeps only its HMAC. */
async function opened(tx: Tx, row: DisclosureRow, { node, now, answer }: Context): Promise<Temporal.Instant> {
  const { code, number } = nextCode(node, row);
  const until = now.add({ hours: 24 * node.services.country.pack.court.accessDays });
  await tx
    .updateTable("disclosure")
    .set({ code: codeDigestOf(node, code), code_number: number, code_at: now, open_until: until })
    .where("id", "=", row.id)
    .execute();
  answer({ code: shownCode(code) });
  return until;
}

/** It goes to the defence. Each item's own custody says to whom it was disclosed; the defence gets a code that opens it. */
export const serve = act("serve", {
  stepUp: true,
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    const { node, actor, now } = context;
    const given = await givenOf(tx, row.id);
    for (const item of given)
      await performIn(tx, {
        node,
        actor,
        act: serveItem,
        id: item,
        input: { to: wordsIn(node, row).to, disclosure: row.number },
        now,
      });
    const until = await opened(tx, row, context);
    await tx.updateTable("disclosure").set({ served_at: now }).where("id", "=", row.id).execute();
    return { number: row.number, items: given.length, open_until: until.toString() };
  },
});

/** Who took what of it: by the code, or an officer who hands it over on a medium. */
export const take = act("take", {
  audience: "internal",
  input: z.strictObject({ by: z.enum(["code", "officer"]), what: z.enum(["package", "schedule"]) }),
  apply: async (_tx, row, taken, { now, actor }) => {
    if (actor.kind !== "officer") demandOpen(row, now);
    return { number: row.number, ...taken };
  },
});

/** Refuses once the defence's access has ended. */
export function demandOpen({ code, open_until }: DisclosureRow, now: Temporal.Instant): void {
  if (code === null || open_until === null || Temporal.Instant.compare(open_until, now) <= 0)
    throw new Refusal("too-late", "disclosure-closed");
}

/** The defence says that it has it: recorded from paper by an officer, or by the defence itself with the code. */
export const receipt = act("receipt", {
  input: z.strictObject({ name: line(200) }),
  apply: async (tx, row, { name }, { node, now, actor }) => {
    if (actor.kind !== "officer") demandOpen(row, now);
    await tx
      .updateTable("disclosure")
      .set({ received_at: now, words: sealWords(node, row.id, { ...wordsIn(node, row), received_by: name }) })
      .where("id", "=", row.id)
      .execute();
    return { number: row.number, by: actor.kind === "officer" ? "officer" : "code" };
  },
});

/** Ends access by the code; what was taken stays taken. */
export const close = act("close", {
  input: z.strictObject({ reason: text(2_000) }),
  apply: async (tx, row, { reason }) => {
    await tx
      .updateTable("disclosure")
      .set({ code: null, code_at: null, open_until: null })
      .where("id", "=", row.id)
      .execute();
    return { number: row.number, reason };
  },
});

/** A new code where the old one was lost or has run out; the old one opens nothing any more. */
export const renew = act("renew", {
  stepUp: true,
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    const until = await opened(tx, row, context);
    return { number: row.number, open_until: until.toString() };
  },
});

export const withdraw = act("withdraw", {
  input: z.strictObject({ reason: text(2_000) }),
  apply: async (_tx, row, { reason }) => ({ number: row.number, reason }),
});

export const disclosureActs = [
  prepare,
  address,
  decide,
  approve,
  giveBack,
  serve,
  take,
  receipt,
  close,
  renew,
  withdraw,
] as const;
