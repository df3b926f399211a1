import { bar, unbar } from "./acts-bar.ts";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { actsOn, type Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { acquireActs, officerOf } from "./acts-acquire.ts";
import { limit } from "./acts-limits.ts";
import { keepingActs } from "./acts-keeping.ts";
import { outsideActs } from "./acts-outside.ts";
import { passingActs } from "./acts-passing.ts";
import { sealActs } from "./acts-seals.ts";
import { transferActs } from "./acts-transfer.ts";
import { verifyActs } from "./acts-verify.ts";
import { carrying, said } from "./custody-facts.ts";
import { fields, type ItemRow, itemSubject, LIFE } from "./item.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);

/** How long an opening may be read, in minutes. */
export const OPENING_MINUTES = 15;

/** Opens an item for the officer who acts, for a while: to look at it, or to be given its bytes as well. */
export async function openItem(
  tx: Tx,
  { id: item }: Pick<ItemRow, "id">,
  context: Context,
  previewOnly = false,
): Promise<void> {
  const { account } = officerOf(context);
  const id = randomUUID();
  const expires_at = context.now.add({ minutes: OPENING_MINUTES });
  await tx.insertInto("item_opening").values({ id, item, account, expires_at, preview_only: previewOnly }).execute();
  context.answer({
    ...(previewOnly ? {} : { content: `/api/v1/items/${item}/content/${id}` }),
    preview: `/api/v1/items/${item}/previews/${id}`,
    page: `/items/${item}/previews/${id}`,
    expires_in_minutes: OPENING_MINUTES,
  });
}

/** Reading the bytes is an act: it says why, and gives an address that is good for this officer, for a while. */
export const open = act("open", {
  input: z.strictObject(carrying("open")),
  apply: async (tx, row, facts, context) => {
    const { office } = officerOf(context);
    await openItem(tx, row, context);
    return { digest: row.digest, ...said("open", facts, { office, now: context.now }) };
  },
});

/** A package leaves for somebody: whom and what for. `GET /items/{id}/package` performs it and gives the package. */
export const exportItem = act("export", {
  input: z.strictObject({
    purpose: fields.line(500).optional(),
    recipient: fields.line(300).optional(),
    /** How many items leave in the same package. */
    items: z.coerce.number().int().min(1).optional().meta({ control: "hidden" }),
    /** What of this one is left out of it, and why. */
    without_file: z.coerce.boolean().optional().meta({ control: "hidden" }),
    without_events: fields.line(4_000).optional().meta({ control: "hidden" }),
    reason: fields.text(2_000).optional().meta({ control: "hidden" }),
    /** For whom alone it is encrypted. */
    encrypted_to: fields.line(2_000).optional().meta({ control: "hidden" }),
  }),
  apply: async (_tx, row, told, { answer }) => {
    answer({ package: `/api/v1/items/${row.id}/package` });
    return { digest: row.digest, ...asJson(told) };
  },
});

/** The item goes to another node with an answer to its request. */
export const disclose = act("disclose", {
  audience: "internal",
  input: z.strictObject({ to: z.string(), request: z.string() }),
  apply: async (_tx, row, facts) => ({ ...facts, digest: row.digest, bytes: row.bytes }),
});

/** A copy goes to another node with a request of this one, as what that rests on. */
export const annex = act("annex", {
  audience: "internal",
  input: z.strictObject({ to: z.string(), request: z.string() }),
  apply: async (_tx, row, facts) => ({ ...facts, digest: row.digest, bytes: row.bytes }),
});

/** The item goes to the defence of its case, with a disclosure that the prosecution answers for. */
export const serve = act("serve", {
  audience: "internal",
  input: z.strictObject({ to: z.string(), disclosure: z.string() }),
  apply: async (_tx, row, facts) => ({ ...facts, digest: row.digest, bytes: row.bytes }),
});

/** Sets a record right. The event that was wrong stays; this one says what is right. */
export const correct = act("correct", {
  input: z.strictObject({ event: z.coerce.number().int().min(1), correction: fields.text(4_000) }),
  apply: async (tx, row, { event, correction }) => {
    const entry = await tx
      .selectFrom("journal")
      .select("digest")
      .where("subject_kind", "=", itemSubject.name)
      .where("subject_id", "=", row.id)
      .where("seq", "=", event)
      .executeTakeFirst();
    if (!entry) throw invalid("event", "no-such-event");
    return { event, entry: entry.digest.toString("hex"), correction };
  },
});

export const itemActs = [
  ...acquireActs,
  ...verifyActs,
  open,
  ...transferActs,
  ...passingActs,
  ...outsideActs,
  ...sealActs,
  ...keepingActs,
  bar,
  unbar,
  exportItem,
  disclose,
  annex,
  limit,
  serve,
  correct,
] as const;
