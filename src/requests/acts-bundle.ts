import { z } from "zod";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import { demandAnnexes } from "../evidence/slice.ts";
import { act, draftRequest } from "./acts-draft.ts";
import { draftSchema, type RequestRow } from "./request.ts";

/** Others asked by one draft, at most. */
const ADDRESSEES_MAX = 40;

/** Which items of the case go along: whoever is asked gets them with the request. */
export const attach = act("attach", {
  input: z.strictObject({ items: z.array(z.uuid()).max(20).default([]) }),
  apply: async (tx, row, { items }, context) => {
    await demandAnnexes(tx, items, context);
    await tx.updateTable("request").set({ annexes: items }).where("id", "=", row.id).execute();
    return { annexes: items.length };
  },
});

/** The same of two addressees means that the same is asked of the same twice. */
const askedTwice = ({ peer, custodian, data }: Pick<RequestRow, "peer" | "custodian" | "data">): string =>
  JSON.stringify([peer, custodian.toLowerCase(), data.map(({ identifiers }) => identifiers)]);

/**
 * Makes one draft into a bundle: each further addressee gets a request of its own with its own data, decided on and answered by itself.
 * Nobody who is asked learns of the others.
 */
export const spread = act("spread", {
  input: z.strictObject({
    addressees: z
      .array(
        z.strictObject({
          to: draftSchema.shape.to,
          custodian: draftSchema.shape.custodian,
          identifiers: z.array(z.string().trim().min(1).max(300)).max(200).default([]),
        }),
      )
      .min(1)
      .max(ADDRESSEES_MAX),
  }),
  apply: async (tx, row, { addressees }, { node, actor, now }) => {
    if (row.case_id === null) throw new Refusal("conflict", "bundle-needs-case");
    const bundle = row.bundle ?? row.id;
    const made: string[] = [];
    const asked = new Set([askedTwice(row)]);
    for (const [index, { to, custodian, identifiers }] of addressees.entries()) {
      const data = row.data.map((line) => (identifiers.length > 0 ? { ...line, identifiers } : line));
      const key = askedTwice({ peer: to, custodian, data });
      if (asked.has(key)) throw invalid(`addressees.${index}.to`, "bundle-twice", { to });
      asked.add(key);
    }
    for (const { to, custodian, identifiers } of addressees) {
      const data = row.data.map((line) => (identifiers.length > 0 ? { ...line, identifiers } : line));
      const { measure, offence, article, facts, necessity, proportionality, urgency, particulars, safeguards } = row;
      const input = {
        ...(article ? { article } : {}),
        measure,
        to,
        offence,
        facts,
        necessity,
        proportionality,
        urgency,
        particulars,
        safeguards,
        data,
        custodian,
      };
      const { id } = await performIn(tx, { node, actor, act: draftRequest, id: row.case_id, input, now });
      await tx.updateTable("request").set({ bundle, annexes: row.annexes }).where("id", "=", id).execute();
      made.push(id);
    }
    await tx.updateTable("request").set({ bundle }).where("id", "=", row.id).execute();
    return { bundle, requests: made };
  },
});

export const bundleActs = [attach, spread] as const;
