import { randomUUID } from "node:crypto";
import { z } from "zod";
import { actsOn, type Context } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { letGoBlob } from "../trust/vault-blobs.ts";
import { officerOf } from "./acts-acquire.ts";
import { updateItem } from "./acts-words.ts";
import { carrying, said } from "./custody-facts.ts";
import { type ItemRow, itemSubject, LIFE, settled } from "./item.ts";
import { keepingOf, retainedUntil } from "./keeping.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);
const set = (tx: Tx, { node }: Pick<Context, "node">, row: ItemRow, values: Partial<ItemRow>) =>
  updateItem(tx, node, row, values);
const officeOf = ({ actor }: Pick<Context, "actor">) => (actor.kind === "officer" ? actor.office : undefined);

/** A reason why an item may not be destroyed. */
export interface Held {
  readonly id: string;
  readonly reason: string;
  readonly authority: string | null;
  readonly by: string;
  readonly until: Temporal.PlainDate | null;
  readonly at: Temporal.Instant;
}
const placeOf = (id: string): string => `item-hold:${id}`;

/** The holds that stand on an item, the first one first. */
export async function holdsOf(
  db: Database | Tx,
  { services }: Pick<Node, "services">,
  { id, held_reason }: Pick<ItemRow, "id" | "held_reason">,
): Promise<Held[]> {
  const rows = await db
    .selectFrom("item_hold")
    .selectAll()
    .where("item", "=", id)
    .where("released_at", "is", null)
    .orderBy("held_at")
    .orderBy("id")
    .execute();
  return rows.map(({ id: hold, words, until, held_at }) => {
    const told = words
      ? (JSON.parse(unseal(services.keys.seal, words, placeOf(hold)).toString()) as Partial<Held>)
      : { reason: held_reason ?? "" };
    return {
      id: hold,
      reason: told.reason ?? "",
      authority: told.authority ?? null,
      by: told.by ?? "",
      until,
      at: held_at,
    };
  });
}

/** Nobody may dispose of it until this is released. Several may stand at once, each with its own reason. */
export const hold = act("hold", {
  input: z.strictObject({ ...carrying("hold"), until: z.iso.date().optional() }),
  apply: async (tx, row, { until, ...facts }, context) => {
    const { node, now } = context;
    const officer = officerOf(context);
    const id = randomUUID();
    const words = { reason: facts.reason, authority: facts.authority, by: `${officer.name}, ${officer.office.name}` };
    await tx
      .insertInto("item_hold")
      .values({
        id,
        item: row.id,
        words: seal(node.services.keys.seal, JSON.stringify(words), placeOf(id)),
        until: until === undefined ? null : Temporal.PlainDate.from(until),
        held_at: now,
        held_by: officer.account,
      })
      .execute();
    await set(tx, context, row, { held: true });
    return {
      ...said("hold", facts, { office: officer.office, now }),
      hold: id,
      ...(until === undefined ? {} : { until }),
    };
  },
});

/** Ends one hold. The item stays held while another stands. */
export const release = act("release", {
  input: z.strictObject({ hold: z.uuid().optional(), ...carrying("release") }),
  apply: async (tx, row, { hold: wanted, ...facts }, context) => {
    const { node, now } = context;
    const standing = await holdsOf(tx, node, row);
    if (standing.length === 0) throw new Refusal("wrong-state", "item-not-held");
    if (wanted === undefined && standing.length > 1) throw invalid("hold", "hold-which");
    const ended = wanted === undefined ? standing[0] : standing.find(({ id }) => id === wanted);
    if (!ended) throw invalid("hold", "hold-not-there");
    await tx.updateTable("item_hold").set({ released_at: now }).where("id", "=", ended.id).execute();
    await set(tx, context, row, { held: standing.length > 1 });
    return {
      ...said("release", facts, { office: officeOf(context), now }),
      hold: ended.id,
      held_for: ended.reason,
      still_held: standing.length - 1,
    };
  },
});

/** Sets until when it must be kept; later than before, never earlier. */
export const retain = act("retain", {
  input: z.strictObject({ until: z.iso.date(), ...carrying("retain") }),
  apply: async (tx, row, { until, ...facts }, context) => {
    const day = Temporal.PlainDate.from(until);
    if (row.retain_until && Temporal.PlainDate.compare(day, row.retain_until) <= 0)
      throw invalid("until", "retain-earlier", { day: row.retain_until.toString() });
    await set(tx, context, row, { retain_until: day });
    return {
      ...said("retain", facts, { office: officeOf(context), now: context.now }),
      until,
      ...(row.retain_until ? { until_before: row.retain_until.toString() } : {}),
    };
  },
});

/** What the country's rule says when the case is closed. */
const retainByRule = act("retain", {
  audience: "internal",
  input: z.custom<{ readonly until: string; readonly source: string }>(),
  apply: async (tx, row, { until, source }, context) => {
    const day = Temporal.PlainDate.from(until);
    const isLater = !row.retain_until || Temporal.PlainDate.compare(day, row.retain_until) > 0;
    await set(tx, context, row, { retain_source: source, ...(isLater ? { retain_until: day } : {}) });
    return { until: isLater ? until : (row.retain_until?.toString() ?? until), source };
  },
});

/** Items of cases that were closed get the time that the country's rule sets; found in rows, so that none is forgotten. */
export const retainClosed: Job = {
  name: "item-retention",
  everySeconds: 3_600,
  run: async (node) => {
    const { retention } = keepingOf(node);
    if (retention.length === 0) return;
    const { rows } = await sql<{
      id: string;
      derived: boolean;
      outcome: string | null;
      closed_at: Temporal.Instant;
    }>`select i.id, i.derived, c.outcome, c.closed_at from item i join case_file c on c.id = i.case_id
      where c.state = 'closed' and c.closed_at is not null and i.retain_source is null and i.state in ('kept', 'sealed', 'in-transit', 'out')
      order by i.id limit 500`.execute(node.db);
    for (const { id, derived, outcome, closed_at } of rows) {
      const closedOn = closed_at.toZonedDateTimeISO(node.config.zone).toPlainDate();
      const rule = retainedUntil({ outcome, closedOn, derived }, retention);
      if (!rule) continue;
      const input = { until: rule.until.toString(), source: rule.source };
      await perform({ node, actor: system("retention"), act: retainByRule, id, input });
    }
  },
};

/** Exhibits made from it that are not destroyed. */
const livingChildren = async (tx: Tx, { id }: Pick<ItemRow, "id">): Promise<string[]> =>
  (
    await tx
      .selectFrom("item")
      .select("number")
      .where("parent", "=", id)
      .where("state", "!=", "disposed")
      .orderBy("number")
      .limit(200)
      .execute()
  ).map(({ number }) => number);

/** How the bytes were made unreadable. @source NIST SP 800-88 §2.5 */
export const ERASURE = "NIST SP 800-88, cryptographic erase";

/**
 * Disposal by two people: the first proposes, another carries it out. Then the item's key is destroyed; what was recorded stays. Exhibits
 * that were made from it stay, and are named.
 *
 * @source NIST SP 800-88 §2.5
 */
export const dispose = act("dispose", {
  stepUp: true,
  input: z.strictObject(carrying("dispose")),
  apply: async (tx, row, given, context) => {
    const { node, now } = context;
    const officer = officerOf(context);
    if (row.held) throw new Refusal("not-allowed", "item-held", { values: { act: "item.dispose" } });
    const today = now.toZonedDateTimeISO(node.config.zone).toPlainDate();
    if (row.retain_until && Temporal.PlainDate.compare(today, row.retain_until) < 0)
      throw new Refusal("too-late", "item-retained", { values: { day: row.retain_until.toString() } });
    const children = await livingChildren(tx, row);
    const facts = {
      ...said("dispose", given, { office: officer.office, now }),
      digest: row.digest,
      ...(children.length > 0 ? { exhibits_that_stay: children.join(", ") } : {}),
    };
    if (row.state !== "disposing") {
      context.settle("disposing");
      await set(tx, context, row, { proposed_by: officer.account, before: row.state });
      return { step: "proposed", by: officer.name, ...facts };
    }
    if (row.proposed_by === officer.account)
      throw new Refusal("not-allowed", "item-disposal-other-person", { values: { act: "item.dispose" } });
    await letGoBlob(tx, `item:${row.id}`, now);
    await set(tx, context, row, { disposed_at: now, custodian: null, custodian_name: null, before: null });
    return { step: "destroyed", by: officer.name, method: ERASURE, ...facts };
  },
});

/** Takes a proposal to dispose back. */
export const keep = act("keep", {
  input: z.strictObject(carrying("keep")),
  apply: async (tx, row, facts, context) => {
    context.settle(settled(row));
    await set(tx, context, row, { proposed_by: null, before: null });
    return said("keep", facts, { office: officeOf(context), now: context.now });
  },
});

export const keepingActs = [hold, release, retain, dispose, keep] as const;
