import { Malformed } from "./verify-errors.ts";
import { fromBase64, fromUtf8, type Note, type NoteKey, readNote, signaturesBy, type Verified } from "./verify-note.ts";
import { HASH_BYTES, isIncluded } from "./verify-tlog.ts";

const SIZE_MAX = (1n << 63n) - 1n;
const PROOF_HASHES_MAX = 63;
const TLOG_PROOF = "c2sp.org/tlog-proof@v1";

/** What a log says of itself at one moment. */
export interface Checkpoint {
  readonly origin: string;
  /** How many entries the tree has. */
  readonly size: bigint;
  /** Root hash, 32 bytes. */
  readonly root: Buffer;
}

/** A checkpoint with the note that carries it. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note;
}

/** The text of a checkpoint: origin, size and root, without extension lines. @source C2SP tlog-checkpoint */
export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString("base64")}\n`;

/** A decimal number in its one spelling. Throws `Malformed`. */
function decimal(text: string, what: string): bigint {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) throw new Malformed(`${what}: not a number`);
  const value = BigInt(text);
  if (value > SIZE_MAX) throw new Malformed(`${what}: too large`);
  return value;
}

function readHash(line: string, what: string): Buffer {
  const bytes = fromBase64(line, what);
  if (bytes.length !== HASH_BYTES) throw new Malformed(`${what}: not 32 bytes`);
  return bytes;
}

/** Reads a checkpoint's text. Extension lines are allowed, as others' logs may have them, and mean nothing here. Throws `Malformed`. @source C2SP tlog-checkpoint */
export function readCheckpointText(text: string): Checkpoint {
  const lines = text.split("\n");
  const [origin = "", size = "", root = "", ...more] = lines;
  if (more.pop() !== "" || origin === "" || more.includes("")) throw new Malformed("checkpoint: not three lines");
  return { origin, size: decimal(size, "checkpoint: size"), root: readHash(root, "checkpoint: root") };
}

/** Reads a signed checkpoint; who signed it says `checkpointSignatures`. Throws `Malformed`. */
export function readCheckpoint(bytes: string | Uint8Array): SignedCheckpoint {
  const note = readNote(bytes);
  return { ...readCheckpointText(note.text), note };
}

/** The signatures and cosignatures of a checkpoint by these keys; `null` where one of them does not verify. */
export const checkpointSignatures = (checkpoint: SignedCheckpoint, keys: readonly NoteKey[]): Verified[] | null =>
  signaturesBy(checkpoint.note, keys, checkpoint);

/** Whether the log signed this checkpoint under its own origin. */
export const isOfLog = (
  checkpoint: SignedCheckpoint,
  log: { readonly origin: string; readonly key: NoteKey },
): boolean => checkpoint.origin === log.origin && (checkpointSignatures(checkpoint, [log.key])?.length ?? 0) > 0;

/** A proof that one entry is in the log, to be verified without the log. */
export interface TlogProof {
  readonly index: bigint;
  readonly hashes: readonly Buffer[];
  /** The signed checkpoint as the log gave it. */
  readonly checkpoint: string;
  /** Opaque and not authenticated. */
  readonly extra?: Buffer;
}

/** Writes a proof. @source C2SP tlog-proof */
export const tlogProofText = ({ index, hashes, checkpoint, extra }: TlogProof): string =>
  [
    TLOG_PROOF,
    ...(extra ? [`extra ${extra.toString("base64")}`] : []),
    `index ${index}`,
    ...hashes.map((hash) => hash.toString("base64")),
    "",
    checkpoint,
  ].join("\n");

/** Reads a proof; whether to believe it says `isProven`. Throws `Malformed`. @source C2SP tlog-proof */
export function readTlogProof(bytes: string | Uint8Array): TlogProof {
  const text = typeof bytes === "string" ? bytes : fromUtf8(bytes, "tlog-proof");
  const at = text.indexOf("\n\n");
  if (at < 0) throw new Malformed("tlog-proof: no blank line before the checkpoint");
  const [head, ...lines] = text.slice(0, at).split("\n");
  if (head !== TLOG_PROOF) throw new Malformed("tlog-proof: first line");
  const extra = lines[0]?.startsWith("extra ") ? lines.shift()?.slice("extra ".length) : undefined;
  const [, index = ""] = /^index (.*)$/s.exec(lines.shift() ?? "") ?? [];
  if (lines.length > PROOF_HASHES_MAX) throw new Malformed("tlog-proof: too many hashes");
  const checkpoint = text.slice(at + 2);
  readCheckpoint(checkpoint);
  return {
    index: decimal(index, "tlog-proof: index"),
    hashes: lines.map((line) => readHash(line, "tlog-proof: hash")),
    checkpoint,
    ...(extra === undefined ? {} : { extra: fromBase64(extra, "tlog-proof: extra") }),
  };
}

/** Whether the proof leads from the leaf to the root of its checkpoint. Who signed that checkpoint is another question. */
export function isProven(proof: TlogProof, leaf: Uint8Array): boolean {
  const { size, root } = readCheckpoint(proof.checkpoint);
  return isIncluded({ index: proof.index, size, leaf, proof: proof.hashes, root });
}
