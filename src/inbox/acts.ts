import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import type { Actor } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { queryOf, filtersIn } from "./filters.ts";
import { EMPTYING_CHANNEL, emptyingSubject, LISTS, patternSchema, savedViewSubject, VERDICTS } from "./inbox.ts";

const SAVED_MAX = 30;

const officerOf = (actor: Actor) => {
  if (actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
  return actor;
};
const ownOf = (actor: Actor) => (actor.kind === "officer" ? { account: actor.account, office: actor.office.id } : {});

/** A query whose names and values are plain; what its list does not know, that list leaves out when it reads it. */
const pairsIn = (query: string): string =>
  new URLSearchParams([...new URLSearchParams(query)].filter(([name]) => /^[a-z]{1,20}$/.test(name))).toString();

type Making = { readonly actor: Actor; readonly node: Node; readonly under: undefined };

/** Keeps the filters of the list under a name. */
export const saveView = creates(savedViewSubject, "save", {
  input: z.strictObject({
    name: z.string().trim().min(1).max(60),
    filters: z.string().max(1_000).meta({ control: "hidden" }),
    list: z.enum(LISTS).default("reports").meta({ control: "hidden" }),
  }),
  attributes: (_input, { actor }: Making) => ownOf(actor),
  apply: async (tx, _under: undefined, { name, filters, list }, { id, actor, now }) => {
    const { account } = officerOf(actor);
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from saved_view where account = ${account}`.execute(tx);
    if ((rows[0]?.n ?? 0) >= SAVED_MAX)
      throw new Refusal("too-many", "saved-views-full", { values: { maximum: SAVED_MAX } });
    const kept = list === "reports" ? queryOf(filtersIn(filters)) : pairsIn(filters);
    await tx.insertInto("saved_view").values({ id, account, name, filters: kept, list, created_at: now }).execute();
    return { name, filters: kept, list };
  },
});

/** Forgets a view. */
export const dropView = actsOn(savedViewSubject)("drop", {
  input: z.strictObject({}),
  apply: async (tx, row) => {
    await tx.deleteFrom("saved_view").where("id", "=", row.id).execute();
    return { name: row.name, list: row.list };
  },
});

/** Orders that all of the quarantine that is alike be let go or closed as junk: carried out by the worker, report by report. */
export const emptyQuarantine = creates(emptyingSubject, "order", {
  state: "running",
  input: z.strictObject({ ...patternSchema.shape, verdict: z.enum(VERDICTS).meta({ control: "hidden" }) }),
  attributes: (_input, { actor }: Making) => ownOf(actor),
  apply: async (tx, _under: undefined, { by, key, verdict }, { id, actor, now }) => {
    const { account, office } = officerOf(actor);
    await tx
      .insertInto("emptying")
      .values({ id, state: "running", account, office: office.id, by, key, verdict, at: now })
      .execute();
    await sql`select pg_notify(${EMPTYING_CHANNEL}, '')`.execute(tx);
    return { by, key, verdict };
  },
});

/** Takes an order back: what it did is undone, report by report; what it has not done yet is left. */
export const undoEmptying = actsOn(emptyingSubject)("undo", {
  input: z.strictObject({}),
  apply: async (tx, row) => {
    await tx.updateTable("emptying").set({ ended_at: null }).where("id", "=", row.id).execute();
    await sql`select pg_notify(${EMPTYING_CHANNEL}, '')`.execute(tx);
    return { done: row.done };
  },
});

/** Nothing is left to do of the order. */
export const endEmptying = actsOn(emptyingSubject)("end", {
  audience: "internal",
  input: z.strictObject({ refused: z.int().min(0) }),
  apply: async (tx, row, { refused }, { now, settle }) => {
    await tx.updateTable("emptying").set({ ended_at: now }).where("id", "=", row.id).execute();
    settle(row.state === "undoing" ? "undone" : "done");
    return { done: row.done, refused };
  },
});

export const inboxActs = [saveView, dropView, emptyQuarantine, undoEmptying, endEmptying] as const;
