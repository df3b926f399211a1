import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Database, Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { HeldElsewhere, Job } from "../kernel/slice.ts";
import { raiseLedgerAlarm } from "./ledger-alarm.ts";
import { ledgerIdentity } from "./ledger-identity.ts";
import { ledgerSigner } from "./ledger-key.ts";
import { latestCheckpoint, rootAt } from "./ledger.ts";
import { BATCH_ENTRIES, LedgerStopped, lockLedger, sequence, type Sequenced } from "./sequencer.ts";
import { isOfLog, readCheckpoint } from "./verify-checkpoint.ts";
import { Malformed } from "./verify-errors.ts";
import { readVkey } from "./verify-note.ts";

/** The ledger's one row, and the subject of what is journalled about it. */
export const LEDGER = { kind: "ledger", id: "00000000-0000-8000-8000-000000000001" } as const;

/** A tree of this node's that others hold and its database does not. */
export interface Forsaken {
  readonly size: number;
  /** Base64. */
  readonly root: string;
}
/** Why the ledger stopped, as `ledger.stopped` keeps it. */
export interface Stopped extends Forsaken {
  /** `rolled-back`: the tree is larger than ours. `forked`: ours of that size has another root. */
  readonly reason: "rolled-back" | "forked";
  /** The signed note that shows it. */
  readonly note: string;
  /** Who holds it: a peer's code, a witness's name; empty where it is this node's own mark beside its keys. */
  readonly by: string;
  /** Entries of our own tree when it was found. */
  readonly ours: number;
}

/**
 * What a checkpoint that somebody kept says of this database: `agrees`, `rolled-back` or `forked`; `unknown` where this ledger's key
 * did not sign it, so that nobody can stop the ledger by a mere word.
 */
export async function judgeHeld(
  db: Database | Tx,
  { origin, vkey }: { readonly origin: string; readonly vkey: string },
  note: string,
): Promise<"agrees" | "unknown" | Pick<Stopped, "reason" | "size" | "root">> {
  const checkpoint = readOwn(note, { origin, vkey });
  if (!checkpoint) return "unknown";
  const ours = (await latestCheckpoint(db))?.size ?? 0;
  const size = Number(checkpoint.size);
  const root = checkpoint.root.toString("base64");
  if (size > ours) return { reason: "rolled-back", size, root };
  const own = await rootAt(db, size);
  return own?.equals(checkpoint.root) ? "agrees" : { reason: "forked", size, root };
}

function readOwn(note: string, { origin, vkey }: { readonly origin: string; readonly vkey: string }) {
  try {
    const checkpoint = readCheckpoint(note);
    return isOfLog(checkpoint, { origin, key: readVkey(vkey) }) ? checkpoint : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/**
 * Holds what others kept against this database, and stops the ledger where it does not agree and nobody has decided to go on without
 * it. True where it goes on.
 */
export async function holdAgainst(node: Node, held: readonly HeldElsewhere[]): Promise<boolean> {
  const identity = ledgerIdentity(node);
  for (const { by, note } of held) {
    const judged = await judgeHeld(node.db, identity, note);
    if (judged === "unknown")
      node.log.warn({ by }, "what it holds as this node's checkpoint is not signed by this node");
    else if (judged !== "agrees" && !(await stop(node, { ...judged, note, by }))) return false;
  }
  return true;
}

/** What this node's own mark, its peers and its witnesses hold of its ledger. Whoever is away is passed over. */
async function heldAnywhere(node: Node): Promise<HeldElsewhere[]> {
  const mark = readMark(node);
  const elsewhere = node.registry.slices.map(async ({ heldElsewhere }) => (await heldElsewhere?.(node)) ?? []);
  return [...(mark === null ? [] : [{ by: "", note: mark }]), ...(await Promise.all(elsewhere)).flat()];
}

/** Everything that others hold, and what is given here, that does not agree with this database: what a person gives up who lets it sign on. */
export async function disagreements(
  node: Node,
  known: readonly HeldElsewhere[],
): Promise<Pick<Stopped, "reason" | "size" | "root" | "by" | "note">[]> {
  const found = new Map<string, Pick<Stopped, "reason" | "size" | "root" | "by" | "note">>();
  for (const { by, note } of [...known, ...(await heldAnywhere(node))]) {
    const judged = await judgeHeld(node.db, ledgerIdentity(node), note);
    if (judged !== "agrees" && judged !== "unknown")
      found.set(`${judged.size} ${judged.root}`, { ...judged, by, note });
  }
  return [...found.values()];
}

/** Stops the ledger. True where a person has decided before to go on without that tree. */
function stop(node: Node, found: Omit<Stopped, "ours">): Promise<boolean> {
  return node.db.transaction().execute(async (tx) => {
    await lockLedger(tx);
    const row = await tx.selectFrom("ledger").selectAll().where("id", "=", LEDGER.id).executeTakeFirstOrThrow();
    const forsaken = row.forsaken as unknown as readonly Forsaken[];
    if (forsaken.some(({ size, root }) => size === found.size && root === found.root)) return true;
    if (row.state === "stopped") return false;
    const now = node.clock();
    const stopped: Stopped = { ...found, ours: (await latestCheckpoint(tx))?.size ?? 0 };
    await tx
      .updateTable("ledger")
      .set({ state: "stopped", stopped: JSON.stringify(stopped), stopped_at: now })
      .where("id", "=", LEDGER.id)
      .execute();
    const { reason, size, by, ours } = stopped;
    await raiseLedgerAlarm(tx, { kind: "stopped", about: "", detail: { reason, size, by, ours }, now });
    node.log.error({ reason, size, by, ours }, "the ledger has stopped signing until a person decides");
    return false;
  });
}

/** The last checkpoint that this node signed, kept beside its keys: a database that is put back does not put it back. */
const markFile = ({ config }: Pick<Node, "config">): string => join(config.folder, "ledger.signed");

function readMark(node: Node): string | null {
  try {
    return readFileSync(markFile(node), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function keepMark(node: Node, note: string): void {
  const beside = `${markFile(node)}.${randomUUID()}`;
  const handle = openSync(beside, "wx", 0o600);
  try {
    writeSync(handle, note);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, markFile(node));
}

/** Entries of the tree that this process last signed or was cleared to go on from. */
const cleared = new WeakMap<Node, number>();

/** Whether this process may sign: nothing that the node itself, its peers or its witnesses kept says otherwise. */
async function isCleared(node: Node): Promise<boolean> {
  const before = cleared.get(node);
  const ours = (await latestCheckpoint(node.db))?.size ?? 0;
  if (before !== undefined && ours >= before) return true;
  // At the start, and again where the database has become smaller under a process that runs.
  if (!(await holdAgainst(node, await heldAnywhere(node)))) return false;
  cleared.set(node, ours);
  return true;
}

/**
 * Takes the next entries into the node's ledger and signs. Before a process signs for the first time it asks what others hold.
 *
 * Throws `LedgerBroken`, `LedgerStopped`.
 */
export async function sequenceNext(node: Node): Promise<Sequenced> {
  if (!(await isCleared(node))) throw new LedgerStopped("the ledger has stopped signing; run `comity ledger status`");
  const done = await sequence(node.db, ledgerSigner(node), node.clock());
  if (done.size !== cleared.get(node)) {
    cleared.set(node, done.size);
    keepMark(node, done.note);
  }
  return done;
}

/** Sequences until nothing waits. A ledger that has stopped says so once, as an alarm, and takes nothing. */
export const sequencer: Job = {
  name: "ledger-sequencer",
  everySeconds: 1,
  run: async (node) => {
    try {
      while ((await sequenceNext(node)).taken === BATCH_ENTRIES);
    } catch (error) {
      if (!(error instanceof LedgerStopped)) throw error;
    }
  },
};
