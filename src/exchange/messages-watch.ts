import type { Node } from "../kernel/node.ts";
import { consistencyRanges, hashesOfRanges, tilesFor } from "../trust/proof.ts";
import { TILE_WIDTH, tilePath } from "../trust/tiles.ts";
import { isOfLog, readCheckpoint, type SignedCheckpoint } from "../trust/verify-checkpoint.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { readVkey } from "../trust/verify-note.ts";
import { isConsistent } from "../trust/verify-tlog.ts";
import { ask, askBytes } from "./fetch.ts";
import { end, raise } from "./messages-alarm.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";
import { keepConflict, originHash, signedByLog } from "./messages-witness.ts";

/** Peers whose ledgers are watched, and as many witnesses of each. */
const PEERS_MAX = 60;
const NOTE_BYTES_MAX = 262_144;
const TILE_BYTES_MAX = 32 * TILE_WIDTH;

/** A checkpoint of a peer's ledger, under that ledger's signature, and who showed it. */
interface Shown extends SignedCheckpoint {
  readonly by: string;
}

/**
 * Compares what this node saw of each peer's ledger with what that ledger shows to everybody, and with what the other peers saw: who
 * tells each of them another story is found out, whichever of them is asked. @source C2SP tlog-witness (monitors)
 */
export async function watchLedgers(node: Node): Promise<void> {
  const rows = await node.db
    .selectFrom("peer")
    .select("code")
    .where("state", "=", "trusted")
    .limit(PEERS_MAX)
    .execute();
  const peers = (await Promise.all(rows.map(({ code }) => findPeer(node.db, code)))).flatMap((peer) => peer ?? []);
  for (const peer of peers)
    try {
      await watch(node, peer, peers);
    } catch (error) {
      const reason = error instanceof Error ? error.name : "unknown";
      node.log.info({ peer: peer.code, reason }, "a peer's ledger could not be compared");
    }
}

async function watch(node: Node, peer: TrustedPeer, peers: readonly TrustedPeer[]): Promise<void> {
  const { origin, url } = peer.entry.ledger;
  const own = await node.db.selectFrom("witnessed").select("note").where("origin", "=", origin).executeTakeFirst();
  const others = peers.filter(({ code, witnesses }) => code !== peer.code && witnesses.length > 0);
  const hash = originHash(origin);
  const told = await Promise.all(
    others.map(async ({ code, entry }) =>
      shown(peer, code, `${(entry.gateways[0] ?? "").replace(/\/+$/, "")}/witness/v1/${hash}/checkpoint`),
    ),
  );
  const seen = [own && read(peer, node.code, own.note), ...told].flatMap((each) => each ?? []);
  for (const one of seen)
    for (const two of seen)
      if (one.size === two.size && Buffer.compare(one.root, two.root) < 0) await conflict(node, peer, one, two);
  const open = await shown(peer, "", `${url}/checkpoint`);
  if (!open) return;
  const largest = seen.reduce((most, each) => (each.size > most.size ? each : most), open);
  const now = node.clock();
  if (largest.size > open.size) {
    const detail = { seen: Number(largest.size), shown: Number(open.size), by: largest.by };
    await raise(node.db, { peer: peer.code, kind: "shrunk", detail, now });
  } else await end(node.db, { peer: peer.code, kinds: ["shrunk"], now });
  for (const each of seen)
    if (each.size > 0n && each.size <= open.size && !(await continues(url, each, open)))
      await conflict(node, peer, each, open);
}

/** A checkpoint that somebody shows of the peer's ledger; `null` where none, or one that the ledger did not sign. */
async function shown(peer: TrustedPeer, by: string, address: string): Promise<Shown | null> {
  try {
    const { status, text } = await ask(address, { bytesMax: NOTE_BYTES_MAX });
    return status === 200 ? read(peer, by, text) : null;
  } catch {
    return null;
  }
}

function read({ entry: { ledger } }: TrustedPeer, by: string, note: string): Shown | null {
  try {
    const checkpoint = readCheckpoint(note);
    return isOfLog(checkpoint, { origin: ledger.origin, key: readVkey(ledger.vkey) }) ? { ...checkpoint, by } : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** Whether the ledger's own public tiles prove that the later checkpoint continues the earlier. Throws where it does not give the tiles. */
async function continues(url: string, earlier: Shown, later: Shown): Promise<boolean> {
  if (earlier.size === later.size) return earlier.root.equals(later.root);
  const [size1, size2] = [Number(earlier.size), Number(later.size)];
  const ranges = consistencyRanges(size1, size2);
  const tiles = new Map<string, Buffer>();
  for (const name of tilesFor(ranges, size2)) {
    const { status, bytes } = await askBytes(`${url}/${tilePath(name)}`, { bytesMax: TILE_BYTES_MAX });
    if (status !== 200) throw new Malformed(`a tile of the ledger: the answer was ${status}`);
    tiles.set(`${name.level}/${name.index}`, bytes);
  }
  const proof = hashesOfRanges(ranges, (level, index) => tiles.get(`${level}/${index}`) ?? Buffer.alloc(0));
  return isConsistent({ size1: earlier.size, size2: later.size, root1: earlier.root, root2: later.root, proof });
}

const conflict = (node: Node, peer: TrustedPeer, one: Shown, two: Shown): Promise<void> =>
  keepConflict(node.db, {
    origin: peer.entry.ledger.origin,
    seen: signedByLog(one, [readVkey(peer.entry.ledger.vkey)]),
    shown: signedByLog(two, [readVkey(peer.entry.ledger.vkey)]),
    by: one.by,
    size: Number(one.size),
    peer: peer.code,
    now: node.clock(),
  });
