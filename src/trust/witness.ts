import { type NoteSigner, noteSigner } from "./checkpoint.ts";
import type { Keyring } from "./keys.ts";
import { Malformed } from "./verify-errors.ts";
import { readCheckpoint, type SignedCheckpoint } from "./verify-checkpoint.ts";
import { fromBase64, fromUtf8, NOTE_TYPE, vkeyOf } from "./verify-note.ts";
import { EMPTY_ROOT, HASH_BYTES, isConsistent } from "./verify-tlog.ts";

/** Hashes that a consistency proof has at most. @source C2SP tlog-witness */
const HASHES_MAX = 63;
/** Largest question that is read, in bytes: a checkpoint may come with the cosignatures of many others, of 3 KiB each. */
export const ADD_CHECKPOINT_BYTES_MAX = 262_144;
/** The media type of a size in an answer of 409. @source C2SP tlog-witness */
export const SIZE_TYPE = "text/x.tlog.size";

/** What a log asks of a witness: to cosign this checkpoint, proved to continue the one of `old` entries. */
export interface AddCheckpoint {
  readonly old: bigint;
  readonly proof: readonly Buffer[];
  readonly checkpoint: SignedCheckpoint;
}

/** Reads a question. Throws `Malformed`. @source C2SP tlog-witness */
export function readAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  const text = fromUtf8(bytes, "add-checkpoint");
  const at = text.indexOf("\n\n");
  if (at < 0) throw new Malformed("add-checkpoint: no blank line before the checkpoint");
  const [first = "", ...lines] = text.slice(0, at).split("\n");
  const [, old] = /^old (0|[1-9]\d{0,18})$/.exec(first) ?? [];
  if (old === undefined) throw new Malformed("add-checkpoint: first line");
  if (lines.length > HASHES_MAX) throw new Malformed("add-checkpoint: too many hashes");
  const proof = lines.map((line) => fromBase64(line, "add-checkpoint: hash"));
  if (proof.some(({ length }) => length !== HASH_BYTES)) throw new Malformed("add-checkpoint: not 32 bytes");
  return { old: BigInt(old), proof, checkpoint: readCheckpoint(text.slice(at + 2)) };
}

/** Writes a question. `note` is the signed checkpoint. @source C2SP tlog-witness */
export const addCheckpointText = (old: number, proof: readonly Uint8Array[], note: string): string =>
  [`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString("base64")), "", note].join("\n");

/** The largest tree of a log that a witness has cosigned; `null` before the first. */
export type Seen = { readonly size: bigint; readonly root: Buffer } | null;

/**
 * What a witness answers, once the log's signature is verified: `cosign`; `old`, where the log's idea of what was seen is wrong;
 * `impossible`, where it is larger than the checkpoint; `forked`, where the log signed two trees of one size; `unproven`, where
 * the new tree is not shown to begin with the one seen, or a tree of no entries has another root than that of none.
 *
 * @source C2SP tlog-witness
 */
export function witnessVerdict(
  seen: Seen,
  { old, proof, checkpoint: { size, root } }: AddCheckpoint,
): "cosign" | "impossible" | "old" | "forked" | "unproven" {
  if (old > size) return "impossible";
  if (old !== (seen?.size ?? 0n)) return "old";
  if (seen && seen.size === size && !seen.root.equals(root)) return "forked";
  if (size === 0n && !root.equals(EMPTY_ROOT)) return "unproven";
  if (old === size) return proof.length === 0 ? "cosign" : "unproven";
  // Every tree begins with the empty one: there is nothing to prove, and no proof that could.
  if (old === 0n) return proof.length === 0 ? "cosign" : "unproven";
  const isProven = seen !== null && isConsistent({ size1: old, size2: size, root1: seen.root, root2: root, proof });
  return isProven ? "cosign" : "unproven";
}

interface Witness {
  readonly code: string;
  readonly services: { readonly keys: Keyring };
}

/**
 * What a node cosigns its peers' checkpoints with: two keys under one name, that sign nothing else. Ed25519, which every court's
 * `openssl` checks, and ML-DSA-44, which holds when that one does not any more.
 *
 * @source C2SP tlog-cosignature
 */
export function witnessSigners({ code, services: { keys } }: Witness): readonly [NoteSigner, NoteSigner] {
  const name = `comity.witness/${code.toLowerCase()}`;
  return [
    noteSigner(name, NOTE_TYPE.cosignature, keys.witness),
    noteSigner(name, NOTE_TYPE.mlDsa44, keys.witnessMlDsa),
  ];
}

/** The keys under which a node's cosignatures verify, Ed25519 first. */
export const witnessVkeys = (node: Witness): [string, string] => {
  const [ed25519, mlDsa44] = witnessSigners(node);
  return [vkeyOf(ed25519), vkeyOf(mlDsa44)];
};
