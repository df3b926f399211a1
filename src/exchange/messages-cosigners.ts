import { type Database, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { HeldElsewhere } from "../kernel/slice.ts";
import { keepCosignature, lastWitnessed } from "../trust/cosignatures.ts";
import { endLedgerAlarm, raiseLedgerAlarm } from "../trust/ledger-alarm.ts";
import { holdAgainst } from "../trust/ledger-guard.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { policiesOf } from "../trust/ledger-policies.ts";
import { consistencyProof, type KeptCheckpoint, latestCheckpoint } from "../trust/ledger.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { addCheckpointText } from "../trust/witness.ts";
import { ask } from "./fetch.ts";
import { end, raise } from "./messages-alarm.ts";
import { findPeer } from "./messages-peer.ts";
import { originHash } from "./messages-witness.ts";

/** NOTIFY on it has the latest checkpoint cosigned at once. */
export const WITNESS_CHANNEL = "comity_witness";
/** Largest answer of a witness that is read, in bytes. */
const ANSWER_BYTES_MAX = 65_536;
/** A witness tells its own idea of what it saw once; then it is asked again with that. */
const TRIES_MAX = 2;
/** Questions of one run to one witness beside each other would overtake each other: a checkpoint in hand is enough. */
const WITNESSES_MAX = 100;

/** Whoever witnesses this node's ledger. */
export interface Cosigner {
  /** A peer's code, or the name of the witness's key. */
  readonly name: string;
  readonly isPeer: boolean;
  readonly vkeys: readonly string[];
  /** The submission prefix of its protocol, without a slash at its end. @source C2SP tlog-witness */
  readonly url: string;
}

const bare = (url: string): string => url.replace(/\/+$/, "");

/** The peers that witness, and the witnesses whose addresses the operator's policy names. */
export async function cosigners(node: Node): Promise<Cosigner[]> {
  const rows = await node.db.selectFrom("peer").select("code").where("state", "=", "trusted").orderBy("code").execute();
  const peers = await Promise.all(rows.map(({ code }) => findPeer(node.db, code)));
  const ofPeers = peers.flatMap((peer): Cosigner[] =>
    !peer || peer.witnesses.length === 0
      ? []
      : [
          {
            name: peer.code,
            isPeer: true,
            vkeys: peer.witnesses,
            url: `${bare(peer.entry.gateways[0] ?? "")}/witness/v1`,
          },
        ],
  );
  const named = policiesOf(node).own?.witnesses ?? [];
  const byName = Map.groupBy(
    named.filter(({ url }) => url !== null),
    ({ key }) => key.name,
  );
  const others = [...byName].map(([name, keys]): Cosigner => ({
    name,
    isPeer: false,
    vkeys: keys.map(({ vkey }) => vkey),
    url: bare(keys[0]?.url ?? ""),
  }));
  return [...ofPeers, ...others].slice(0, WITNESSES_MAX);
}

/** Has the latest checkpoint of this node's own ledger cosigned by everybody who witnesses; those that do not answer are asked again later. */
export async function seekWitnesses(node: Node): Promise<void> {
  const latest = await latestCheckpoint(node.db);
  if (!latest) return;
  await Promise.all((await cosigners(node)).map((cosigner) => seek(node, latest, cosigner)));
}

async function seek(node: Node, latest: KeptCheckpoint, cosigner: Cosigner): Promise<void> {
  try {
    const last = await lastWitnessed(node.db, cosigner.vkeys);
    if (last?.size === latest.size) return;
    const outcome = await asked(node, latest, { cosigner, old: last?.size ?? 0 });
    if (outcome === "cosigned") return await answered(node, cosigner);
    if (outcome === "refused") await refused(node, latest, cosigner);
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    node.log.info({ witness: cosigner.name, reason }, "a witness did not cosign");
  }
  await missed(node, cosigner);
}

/** Asks one witness for its cosignature. `refused` where it has seen what this ledger does not continue, `away` else. */
async function asked(
  node: Node,
  latest: KeptCheckpoint,
  of: { readonly cosigner: Cosigner; readonly old: number },
): Promise<"cosigned" | "refused" | "away"> {
  const { cosigner } = of;
  let { old } = of;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const proof = old > 0 && old < latest.size ? await consistencyProof(node.db, old, latest.size) : [];
    const body = addCheckpointText(old, proof, latest.note);
    const { status, text } = await ask(`${cosigner.url}/add-checkpoint`, {
      method: "POST",
      body,
      type: "text/plain",
      bytesMax: ANSWER_BYTES_MAX,
    });
    if (status === 200) {
      if (await keptOf(node, latest, { cosigner, text })) return "cosigned";
      throw new Malformed("cosignature: not the witness's");
    }
    if (status === 422) return "refused";
    if (status !== 409 || !/^\d{1,15}\n?$/.test(text)) return "away";
    old = Number(text);
    if (old > latest.size) return "refused";
  }
  return "away";
}

/** Keeps those lines of an answer that are the witness's own; how many they were. Lines under keys that are not known are passed over. */
async function keptOf(
  node: Node,
  latest: KeptCheckpoint,
  { cosigner, text }: { readonly cosigner: Cosigner; readonly text: string },
): Promise<number> {
  let kept = 0;
  const now = node.clock();
  for (const line of text.split("\n").filter((each) => each !== ""))
    for (const vkey of cosigner.vkeys)
      if (await keepCosignature(node.db, latest, { vkey, peer: cosigner.name, line, now })) kept += 1;
  return kept;
}

async function answered(node: Node, { name, isPeer }: Cosigner): Promise<void> {
  const now = node.clock();
  if (isPeer) await end(node.db, { peer: name, kinds: ["unwitnessed", "refused"], now });
  else await endLedgerAlarm(node.db, { kinds: ["unwitnessed", "refused"], about: name, now });
}

/** The witness has seen something else of this ledger. What it shows under our own signature decides whether we go on. */
async function refused(node: Node, latest: KeptCheckpoint, cosigner: Cosigner): Promise<void> {
  const [now, detail] = [node.clock(), { size: latest.size }];
  const held = await heldBy(node, cosigner);
  if (cosigner.isPeer) await raise(node.db, { peer: cosigner.name, kind: "refused", detail, now });
  else await raiseLedgerAlarm(node.db, { kind: "refused", about: cosigner.name, detail, now });
  await holdAgainst(node, held);
}

/** What a witness holds of this node's ledger, as it shows it; nothing where it shows nothing. @source C2SP tlog-witness */
async function heldBy(node: Node, { name, url }: Cosigner): Promise<HeldElsewhere[]> {
  const { origin } = ledgerIdentity(node);
  const { status, text } = await ask(`${url}/${originHash(origin)}/checkpoint`, { bytesMax: ANSWER_BYTES_MAX });
  return status === 200 ? [{ by: name, note: text }] : [];
}

/** What everybody who witnesses holds of this node's ledger. Whoever is away is passed over. */
export async function heldElsewhere(node: Node): Promise<HeldElsewhere[]> {
  const all = await Promise.all(
    (await cosigners(node)).map((cosigner) => heldBy(node, cosigner).catch((): HeldElsewhere[] => [])),
  );
  return all.flat();
}

/** Since when a witness has not cosigned what this ledger signed; `null` where it has cosigned everything. */
export async function awaitedSince(db: Database, { name, isPeer, vkeys }: Cosigner): Promise<Temporal.Instant | null> {
  const { rows } = await sql<{ since: Temporal.Instant | null }>`select min(at) as since from ledger_checkpoint
    where size > coalesce((select max(size) from ledger_cosignature where vkey = any(${[...vkeys]})), -1)
      and (not ${isPeer} or at >= coalesce((select confirmed_at from peer where code = ${name} and state = 'trusted'), now()))`.execute(
    db,
  );
  return rows[0]?.since ?? null;
}

/** A witness that is missing stops nothing; people are told once it has been missing for longer than they wait for a message. */
async function missed(node: Node, cosigner: Cosigner): Promise<void> {
  const now = node.clock();
  const since = await awaitedSince(node.db, cosigner);
  if (!since || now.since(since).total("minutes") < node.config.patience_minutes) return;
  const { name, isPeer } = cosigner;
  const detail = { since: since.toString() };
  if (isPeer) await raise(node.db, { peer: name, kind: "unwitnessed", detail, now });
  else await raiseLedgerAlarm(node.db, { kind: "unwitnessed", about: name, detail, now });
}
