import { z } from "zod";
import { officerOf } from "../access/slice.ts";
import { actsOn, creates } from "../kernel/act.ts";
import type { Actor } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { readerOf } from "../kernel/reader.ts";
import type { Job } from "../kernel/slice.ts";
import { waitingFor } from "../kernel/tools-make.ts";
import { addressSchema, type Letter, mailOffered, queueMail } from "../mail/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { addressPlace, type DigestRow, digestSubject, EVERY, isDue } from "./digest.ts";

const input = z.strictObject({
  address: addressSchema,
  every: z.enum(EVERY),
  hour: z.coerce.number().int().min(0).max(23).default(8),
});

/** Chooses to be written to about what waits: how many, and where to read it; never what it is about. */
export const choose = creates(digestSubject, "choose", {
  input,
  attributes: (_input, { actor }: { actor: Actor }) => (actor.kind === "officer" ? { account: actor.account } : {}),
  apply: async (tx, _under: undefined, { address, every, hour }, { id, actor, node, now }) => {
    if (actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
    if (!mailOffered(node)) throw new Refusal("unavailable", "digest-no-mail");
    await tx.deleteFrom("digest").where("account", "=", actor.account).execute();
    const sealed = seal(node.services.keys.seal, address, addressPlace(id));
    await tx
      .insertInto("digest")
      .values({ id, account: actor.account, every, hour, address: sealed, told_on: null, created_at: now })
      .execute();
    return { every, hour };
  },
});

/** Chooses not to be written to any more; the address is forgotten. */
export const stop = actsOn(digestSubject)("stop", {
  input: z.strictObject({}),
  apply: async (tx, row) => {
    await tx.deleteFrom("digest").where("id", "=", row.id).execute();
    return { every: row.every };
  },
});

/** The letter: how much waits in each worklist, and the address of the desk. Nothing of any matter. */
export function letterOf(
  node: Node,
  locale: string,
  waiting: readonly { readonly label: string; readonly count: number; readonly more?: boolean }[],
): Letter {
  const t = node.translations.translate(locale);
  const total = waiting.reduce((sum, { count }) => sum + count, 0);
  const more = String(waiting.some((each) => each.more));
  const { desk_url: desk } = node.config;
  return {
    locale,
    subject: t("digest.subject", { count: total, more, node: node.name }),
    parts: [
      { text: t("digest.lead", { count: total, more }) },
      {
        list: waiting.map(({ label, count, more }) =>
          t("digest.line", { list: t(label), count: more ? t("ui.or-more", { count }) : count }),
        ),
      },
      ...(desk === undefined ? [] : [{ link: { label: t("digest.open"), href: desk } }]),
    ],
    foot: [{ text: t("digest.foot") }],
  };
}

/** Writes to one officer, if anything waits for them. In one transaction with the note that it was done, so that it is done once. */
async function tell(node: Node, row: DigestRow, now: Temporal.Instant): Promise<void> {
  const officer = await officerOf(node.db, row.account);
  if (!officer || !isDue(row, now, officer.office.zone)) return;
  const today = now.toZonedDateTimeISO(officer.office.zone).toPlainDate();
  const waiting = (await waitingFor(node, readerOf(node, officer))).filter(({ count }) => count > 0);
  await node.db.transaction().execute(async (tx) => {
    await tx.updateTable("digest").set({ told_on: today }).where("id", "=", row.id).execute();
    if (waiting.length === 0) return;
    await queueMail(tx, node, {
      kind: "digest",
      to: unseal(node.services.keys.seal, row.address, addressPlace(row.id)).toString(),
      letter: letterOf(node, officer.locale, waiting),
      once: `digest:${row.id}:${today.toString()}`,
    });
  });
}

/** Writes to those whose hour has come. */
export const tellDigests: Job = {
  name: "digests",
  everySeconds: 600,
  run: async (node) => {
    if (!mailOffered(node)) return;
    const now = node.clock();
    const rows = (await node.db.selectFrom("digest").selectAll().orderBy("id").execute()) as unknown as DigestRow[];
    for (const row of rows) await tell(node, row, now);
  },
};
