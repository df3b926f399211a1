import { rmSync } from "node:fs";
import { join } from "node:path";
import { randomUUIDv7 } from "node:crypto";
import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { formerFile, rollKey, type RolledName } from "../trust/key-rolling.ts";
import { fingerprint, keepFile, newKeyText } from "../trust/keys.ts";
import { exchangeKey, type ExchangeKeyRow } from "./key.ts";

const act = actsOn(exchangeKey);
/** Days that the key before counts at least: peers ask for entries every hour, and couriers take their time. */
export const OVERLAP_DAYS = 30;
const reason = z.string().trim().min(1).max(500).meta({ control: "text" });
const FILES: Readonly<Record<ExchangeKeyRow["kind"], readonly RolledName[]>> = {
  signing: ["signing", "signing-ml-dsa"],
  encryption: ["encryption"],
};
const folderOf = (node: Node): string => join(node.config.folder, "keys");

const supersede = act("supersede", {
  audience: "internal",
  input: z.object({ by: z.string() }),
  apply: async (tx, { id, fingerprint: kid, kind }, { by }, { now }) => {
    await tx.updateTable("exchange_key").set({ former_at: now }).where("id", "=", id).execute();
    return { kind, key: kid, superseded_by: by };
  },
});

/**
 * Goes over to a new key. The entry that peers are served from now on is signed by the new key and by the old, which counts beside it
 * until it is retired, so that what is in flight stays valid. Running processes of the node take the new key by themselves.
 */
export const rollKeys = creates(exchangeKey, "roll", {
  state: "present",
  input: z.strictObject({ kind: z.enum(["signing", "encryption"]), reason }),
  attributes: ({ kind }) => ({ state: "present", kind }),
  stepUp: true,
  apply: async (tx, _under: undefined, { kind, reason: why }, { node, id, now }) => {
    await sql`select pg_advisory_xact_lock(hashtext('comity exchange key'))`.execute(tx);
    const former = await rowOf(tx, kind, "former");
    if (former)
      throw new Refusal("conflict", "exchange-key-former", { values: { key: former.fingerprint.slice(0, 16) } });
    const before = await presentRow(tx, node, kind, now);
    for (const name of FILES[kind]) rollKey(folderOf(node), name, newKeyText(name), keepFile);
    const made = fingerprint(node.services.keys[kind]);
    await performIn(tx, { node, actor: system("exchange"), act: supersede, id: before.id, input: { by: made }, now });
    await tx
      .insertInto("exchange_key")
      .values({ id, kind, state: "present", fingerprint: made, made_at: now })
      .execute();
    return { kind, key: made, supersedes: before.fingerprint, reason: why };
  },
});

const rowOf = (tx: Tx, kind: string, state: string) =>
  tx
    .selectFrom("exchange_key")
    .select(["id", "fingerprint"])
    .where("kind", "=", kind)
    .where("state", "=", state)
    .executeTakeFirst();

/** The row of the key that is in use; made where there is none, as for a node's first keys. */
async function presentRow(tx: Tx, node: Node, kind: ExchangeKeyRow["kind"], now: Temporal.Instant) {
  const found = await rowOf(tx, kind, "present");
  const used = fingerprint(node.services.keys[kind]);
  if (found?.fingerprint === used) return found;
  // Broken off between the files and the commit, the key in use has no row yet.
  if (found) {
    await tx.updateTable("exchange_key").set({ fingerprint: used }).where("id", "=", found.id).execute();
    return { id: found.id, fingerprint: used };
  }
  const id = randomUUIDv7();
  await tx.insertInto("exchange_key").values({ id, kind, state: "present", fingerprint: used, made_at: now }).execute();
  return { id, fingerprint: used };
}

/** Ends the key before: it is destroyed here, and the entry no longer lists it. What is still sealed to it can't be opened; it is asked for again. */
export const retireKey = act("retire", {
  input: z.strictObject({ reason, early: z.stringbool().or(z.boolean()).default(false) }),
  stepUp: true,
  apply: async (tx, row, { reason: why, early }, { node, now }) => {
    const days = row.former_at ? now.since(row.former_at).total("hours") / 24 : 0;
    if (!early && days < OVERLAP_DAYS)
      throw new Refusal("conflict", "exchange-key-early", { values: { days: OVERLAP_DAYS - Math.floor(days) } });
    await tx.updateTable("exchange_key").set({ ended_at: now }).where("id", "=", row.id).execute();
    for (const name of FILES[row.kind]) rmSync(formerFile(folderOf(node), name), { force: true });
    return { kind: row.kind, key: row.fingerprint, reason: why };
  },
});

export const exchangeKeyActs = [rollKeys, supersede, retireKey] as const;
