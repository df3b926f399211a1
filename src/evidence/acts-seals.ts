import { z } from "zod";
import { actsOn, type Context } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import { updateItem } from "./acts-words.ts";
import { carrying, said } from "./custody-facts.ts";
import { saying } from "./custody-said.ts";
import { type ItemRow, itemSubject, LIFE } from "./item.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);
const set = (tx: Tx, { node }: Pick<Context, "node">, row: ItemRow, values: Partial<ItemRow>) =>
  updateItem(tx, node, row, values);
const officeOf = ({ actor }: Pick<Context, "actor">) => (actor.kind === "officer" ? actor.office : undefined);

/** The photograph that is named is an exhibit that the officer may see; gives its digest. */
async function photoOf(tx: Tx, photo: string | undefined, { node, actor, now }: Context): Promise<object> {
  if (photo === undefined) return {};
  const seen = node.policy.filter({ actor, action: "item.read", subject: itemSubject, now });
  const { rows } = await sql<
    Pick<ItemRow, "number">
  >`select number from item where number = ${photo.toUpperCase()} and ${seen}`.execute(tx);
  if (!rows[0]) throw invalid("photo", "photo-not-there");
  return { photo: rows[0].number };
}

/** Puts a seal on it: from now on nobody reads it until the seal is opened. */
export const seal = act("seal", {
  input: z.strictObject(carrying("seal")),
  apply: async (tx, row, facts, context) => {
    const photo = await photoOf(tx, facts.photo, context);
    await set(tx, context, row, {
      seal_number: facts.seal_number ?? null,
      said: saying(row, {
        ...(facts.condition === undefined ? {} : { condition: facts.condition }),
        ...(facts.storage === undefined ? {} : { storage: facts.storage }),
      }),
    });
    return { ...said("seal", facts, { office: officeOf(context), now: context.now }), ...photo, digest: row.digest };
  },
});

/** Opens the seal, on purpose. */
export const unseal = act("unseal", {
  input: z.strictObject(carrying("unseal")),
  apply: async (tx, row, facts, context) => {
    const photo = await photoOf(tx, facts.photo, context);
    await set(tx, context, row, { seal_number: null });
    return {
      ...said("unseal", facts, { office: officeOf(context), now: context.now }),
      ...photo,
      digest: row.digest,
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
    };
  },
});

/** The seal was found broken: by whom, nobody knows yet. What is seen is recorded, with its photograph. */
export const broken = act("broken", {
  input: z.strictObject(carrying("broken")),
  apply: async (tx, row, facts, context) => {
    const photo = await photoOf(tx, facts.photo, context);
    await set(tx, context, row, { seal_number: null, said: saying(row, { condition: facts.condition }) });
    return {
      ...said("broken", facts, { office: officeOf(context), now: context.now }),
      ...photo,
      found_broken: true,
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
    };
  },
});

export const sealActs = [seal, unseal, broken] as const;
