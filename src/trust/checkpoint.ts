import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { type Checkpoint, checkpointText } from "./verify-checkpoint.ts";
import {
  cosignedText,
  cosignedTree,
  NOTE_TYPE,
  type NoteKey,
  type NoteSignature,
  noteKey,
  type NoteType,
  noteOf,
} from "./verify-note.ts";

/** A private key with the name that it signs notes under. */
export interface NoteSigner extends NoteKey {
  readonly secret: KeyObject;
}

/** A signer of notes. `secret` is an Ed25519 or ML-DSA-44 private key, as `type` says. */
export const noteSigner = (name: string, type: NoteType, secret: KeyObject): NoteSigner => ({
  ...noteKey(name, type, createPublicKey(secret)),
  secret,
});

/** The log's own signature under a checkpoint: the note as it is served. @source C2SP signed-note */
export function signCheckpoint(checkpoint: Checkpoint, { name, id, secret }: NoteSigner): string {
  const text = checkpointText(checkpoint);
  return noteOf({ text, signatures: [{ name, id, signature: sign(null, Buffer.from(text), secret) }] });
}

/** A cosignature: that the signer saw this tree, larger than none it saw before, at `time` (seconds since the epoch). @source C2SP tlog-cosignature */
export function cosign(checkpoint: Checkpoint, signer: NoteSigner, time: bigint): NoteSignature {
  const { name, id, type, secret } = signer;
  if (type === NOTE_TYPE.ed25519) throw new TypeError("a key of type 0x01 signs notes, it does not cosign");
  const message =
    type === NOTE_TYPE.mlDsa44 ? cosignedTree(name, time, checkpoint) : cosignedText(checkpointText(checkpoint), time);
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(time);
  return { name, id, signature: Buffer.concat([at, sign(null, message, secret)]) };
}
