import { createHash } from "node:crypto";
import { z } from "zod";
import { creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { lastDue } from "../statistics/slice.ts";
import { BRIEF_LANGUAGES, briefSubject } from "./brief.ts";
import { briefDocument } from "./document.ts";
import { factsOf } from "./views-facts.ts";

/** Makes the brief of a month that is over and keeps it, in every language. Done by the node itself. */
export const make = creates(briefSubject, "make", {
  audience: "internal",
  input: z.strictObject({ month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "month-form") }),
  attributes: ({ month }) => ({ month }),
  apply: async (tx, _under, { month }, { id, node, now }) => {
    const facts = await factsOf(tx, node, Temporal.PlainYearMonth.from(month), now);
    if (!facts || facts.draft) throw new Refusal("conflict", "brief-without-figures", { values: { month } });
    await tx
      .insertInto("strategy_brief")
      .values({ id, month, made_at: now, facts: JSON.stringify(facts) })
      .execute();
    const digests: Record<string, string> = {};
    for (const language of BRIEF_LANGUAGES) {
      const pdf = briefDocument(node, facts, language);
      const digest = createHash("sha256").update(pdf).digest();
      digests[language] = digest.toString("hex");
      await tx.insertInto("strategy_document").values({ brief_id: id, language, pdf, digest }).execute();
    }
    return { month, digests };
  },
});

/** Makes the brief of the last month that is over, once its figures are counted: on the first working day of the month after it. */
export async function makeDue(node: Node): Promise<void> {
  const month = lastDue(node).toString();
  const counted = await node.db
    .selectFrom("statistics_release as r")
    .leftJoin("strategy_brief as b", "b.month", "r.month")
    .select("b.id as made")
    .where("r.month", "=", month)
    .executeTakeFirst();
  if (!counted || counted.made) return;
  await perform({ node, actor: system("strategy"), act: make, input: { month } });
}
