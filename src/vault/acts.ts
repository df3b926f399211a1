import { z } from "zod";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { discard as toGarbage } from "../trust/vault-blobs.ts";
import { type FindingRow, findingSubject, type Kind, LIFE, type RoundRow, roundSubject } from "./finding.ts";
import { dueOf } from "./pace.ts";

/** The channel that wakes the scrub. */
export const SCRUB_CHANNEL = "vault_scrub";

const act = actsOn<FindingRow, keyof typeof LIFE>(findingSubject);
const onRound = actsOn<RoundRow>(roundSubject);
const wake = (tx: Tx) => sql`select pg_notify(${SCRUB_CHANNEL}, '')`.execute(tx);

/** Begins a round: everything that is in the vault now is read again and verified. One that an officer begins is done at once. */
export const startRound = creates(roundSubject, "start", {
  state: "running",
  input: z.strictObject({}),
  apply: async (tx, _under: undefined, _input, { id, now, node, actor }) => {
    const asked = actor.kind === "officer" ? actor.name : null;
    // One round runs at a time: whoever begins another waits for whoever begins one now.
    await sql`select pg_advisory_xact_lock(hashtext('comity vault round'))`.execute(tx);
    await sql`update vault_round set state = 'superseded', ended_at = ${now} where state = 'running'`.execute(tx);
    const { rows } = await sql<{
      blobs: number;
      bytes: number;
    }>`select count(*)::int as blobs, coalesce(sum(bytes), 0)::bigint as bytes from blob where coalesce(looked_at, at) < ${now}`.execute(
      tx,
    );
    const { blobs, bytes } = rows[0] ?? { blobs: 0, bytes: 0 };
    const due_at = dueOf(now, node.config.scrub_days, asked !== null);
    await tx
      .insertInto("vault_round")
      .values({ id, state: "running", asked_by: asked, started_at: now, due_at, worked_at: now, blobs, bytes })
      .execute();
    await wake(tx);
    return { blobs, bytes, due: due_at.toString() };
  },
});

/** The round is through. */
export const finishRound = onRound("finish", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await sql`update vault_round set state = 'done', ended_at = ${now}, paused = null where id = ${row.id}`.execute(tx);
    return { blobs: row.blobs_done, bytes: row.bytes_done };
  },
});

/** What a reading or a list has found. */
export interface Found {
  readonly kind: Kind;
  readonly blob: string | null;
  readonly object: string | null;
  readonly good: number | null;
  readonly bytes: number;
  /** SHA-256 of what is there now, hex, where it could be read: for those who hold it, neither kept nor journalled here. */
  readonly digest?: string;
}

/** Tells every slice whose thing holds a key to the blob. Gives how many hold one. */
async function tellHolders(
  tx: Tx,
  of: Pick<FindingRow, "blob" | "kind" | "good"> & {
    readonly finding: string;
    readonly whole: boolean;
    readonly digest: string | null;
  },
  { node, now }: Pick<Context, "node" | "now">,
): Promise<number> {
  if (of.blob === null) return 0;
  const holders = await tx
    .selectFrom("blob_wrap")
    .select("holder")
    .where("blob", "=", of.blob)
    .orderBy("holder")
    .execute();
  for (const { holder } of holders)
    for (const { onDamage } of node.registry.slices) await onDamage?.(tx, { ...of, holder }, node, now);
  return holders.length;
}

/** Open, or settled by somebody and not found right since: not to be raised once more. */
export const STANDS = sql`(vault_finding.state = 'open' or (vault_finding.state = 'settled' and not exists (
  select 1 from blob where blob.id = vault_finding.blob and blob.verified_at > vault_finding.ended_at)))`;

/** Raises a finding. Whoever holds what is damaged is told in the same transaction. */
export const raiseFinding = creates(findingSubject, "raise", {
  audience: "internal",
  state: "open",
  input: z.custom<Found>(),
  attributes: ({ kind }) => ({ kind }),
  apply: async (tx, _under: undefined, { digest = null, ...found }, { id, now, node }) => {
    const holders = await tellHolders(tx, { ...found, finding: id, whole: false, digest }, { node, now });
    await tx
      .insertInto("vault_finding")
      .values({ id, state: "open", ...found, holders, found_at: now, seen_at: now })
      .execute();
    return { ...found, holders };
  },
});

/** What was damaged is right again: its disk was repaired, or its object was put back from a copy. */
export const mendFinding = act("mend", {
  audience: "internal",
  input: z.strictObject({ digest: z.string() }),
  apply: async (tx, row, { digest }, { now, node }) => {
    await sql`update vault_finding set ended_at = ${now} where id = ${row.id}`.execute(tx);
    const holders = await tellHolders(
      tx,
      { blob: row.blob, kind: row.kind, good: row.good, finding: row.id, whole: true, digest },
      { node, now },
    );
    return { kind: row.kind, blob: row.blob, object: row.object, holders };
  },
});

/** Has the blob read again before its turn. */
export const recheckFinding = act("recheck", {
  input: z.strictObject({}),
  apply: async (tx, { kind, blob }, _input, { now }) => {
    if (blob === null) throw new Refusal("wrong-state", "vault-recheck-orphan");
    await sql`update blob set asked_at = ${now} where id = ${blob}`.execute(tx);
    await wake(tx);
    return { kind, blob };
  },
});

const reason = z.string().trim().min(3).max(2_000).meta({ control: "textarea" });

/** Removes an object that nothing refers to. */
export const discardOrphan = act("discard", {
  stepUp: true,
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, { now }) => {
    if (row.kind !== "orphan" || row.object === null) throw new Refusal("wrong-state", "vault-discard-kept");
    if (await isReferred(tx, row.object)) throw new Refusal("conflict", "vault-discard-referred");
    await toGarbage(tx, [{ object: row.object }], now);
    await sql`update vault_finding set ended_at = ${now} where id = ${row.id}`.execute(tx);
    return { object: row.object, bytes: row.bytes, reason: why };
  },
});

/** Whether a blob or an upload is made of this object. */
async function isReferred(tx: Tx, object: string): Promise<boolean> {
  const { rows } = await sql`select 1 from upload_part where object = ${object}
    union all select 1 from blob, jsonb_array_elements(parts) p where p->>'object' = ${object} limit 1`.execute(tx);
  return rows.length > 0;
}

/** Says what was done about it. The same damage is not raised again; it stays on record. */
export const settleFinding = act("settle", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, { now }) => {
    await sql`update vault_finding set ended_at = ${now} where id = ${row.id}`.execute(tx);
    return { kind: row.kind, blob: row.blob, object: row.object, reason: why };
  },
});

export const vaultActs = [
  startRound,
  finishRound,
  raiseFinding,
  mendFinding,
  recheckFinding,
  discardOrphan,
  settleFinding,
] as const;
