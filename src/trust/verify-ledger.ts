import { createHash, createPublicKey, verify } from "node:crypto";
import { type Contents, isFinding, reading } from "./verify-contents.ts";
import { Malformed } from "./verify-errors.ts";
import { PLACE, type Policy } from "./verify-package-form.ts";
import { type Check, found, passed } from "./verify-report.ts";
import type { Learnt } from "./verify-signatures.ts";

/** The ledger's checkpoint in the report. */
export interface LedgerSummary {
  readonly origin: string;
  readonly vkey: string;
  /** How many entries the checkpoint covers. */
  readonly size: number;
  /** How many of the policy's witnesses have cosigned it. */
  readonly cosigned: number;
}

/** A checkpoint against which proofs are held. */
export interface Ledger {
  /** The signed text, by which checkpoints are compared. */
  readonly text: string;
  readonly size: number;
  readonly root: Buffer;
  readonly summary: LedgerSummary;
}

interface Note {
  readonly text: string;
  readonly signatures: readonly { name: string; id: Buffer; signature: Buffer }[];
}

export function readNote(note: string): Note {
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || !note.endsWith("\n")) throw new Malformed("note: no blank line before the signatures");
  const signatures = note
    .slice(at + 2, -1)
    .split("\n")
    .map((line) => {
      const [, name, body] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
      if (name === undefined || body === undefined) throw new Malformed("note: signature line");
      const bytes = Buffer.from(body, "base64");
      if (bytes.toString("base64") !== body || bytes.length < 5) throw new Malformed("note: signature line");
      return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
    });
  return { text: note.slice(0, at + 1), signatures };
}

function readVkey(vkey: string) {
  const [name = "", id = "", ...rest] = vkey.split("+");
  const body = Buffer.from(rest.join("+"), "base64");
  const expected = createHash("sha256").update(`${name}\n`).update(body).digest().subarray(0, 4);
  if (id !== expected.toString("hex") || body.length < 33) throw new Malformed("vkey: key id");
  return { name, id: expected, type: body[0], key: body.subarray(1) };
}

const publicKey = (raw: Buffer) =>
  createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });

function isSigned(note: Note, vkey: string): boolean {
  const key = readVkey(vkey);
  return note.signatures.some(({ name, id, signature }) => {
    if (name !== key.name || !id.equals(key.id)) return false;
    if (key.type === 1) return verify(null, Buffer.from(note.text), publicKey(key.key), signature);
    if (key.type === 4) {
      const time = signature.readBigUInt64BE(0);
      return verify(
        null,
        Buffer.from(`cosignature/v1\ntime ${time}\n${note.text}`),
        publicKey(key.key),
        signature.subarray(8),
      );
    }
    return false;
  });
}

export async function ledgerChecks(contents: Contents, policy: Policy | null): Promise<Learnt<Ledger>> {
  if (policy === null) return { checks: [], value: null };
  const read = await reading("checkpoint", PLACE.checkpoint, async () => {
    const note = readNote((await contents.read(PLACE.checkpoint)).toString("utf8"));
    const [origin = "", size = "", root = "", ...more] = note.text.split("\n");
    if (!/^(0|[1-9]\d*)$/.test(size) || more.join("") !== "") throw new Malformed("checkpoint: size");
    const isSignedByLog = isSigned(note, policy.log.vkey);
    const cosigned = policy.witnesses.filter((vkey) => isSigned(note, vkey)).length;
    return { note, origin, size: Number(size), root: Buffer.from(root, "base64"), isSignedByLog, cosigned };
  });
  if (isFinding(read)) return { checks: [read], value: null };
  const { note, origin, size, root, isSignedByLog, cosigned } = read;
  const checks: Check[] = [];
  if (origin !== policy.log.origin)
    checks.push(
      found("checkpoint", PLACE.checkpoint, "checkpoint.origin", { told: origin, origin: policy.log.origin }),
    );
  if (!isSignedByLog)
    checks.push(found("checkpoint", PLACE.checkpoint, "checkpoint.signature", { origin: policy.log.origin }));
  if (checks.length === 0) checks.push(passed("checkpoint", PLACE.checkpoint, "checkpoint.ok", { origin, size }));
  const counts = { count: cosigned, quorum: policy.quorum };
  if (cosigned < policy.quorum) checks.push(found("witnesses", PLACE.checkpoint, "witnesses.too-few", counts));
  else
    checks.push(passed("witnesses", PLACE.checkpoint, policy.quorum === 0 ? "witnesses.none" : "witnesses.ok", counts));
  const summary = { origin, vkey: policy.log.vkey, size, cosigned };
  return { checks, value: { text: note.text, size, root, summary } };
}

/** RFC 9162 §2.1.3.2. */
function isIncluded(leaf: Buffer, index: number, size: number, path: readonly Buffer[], root: Buffer): boolean {
  if (index >= size) return false;
  let fn = BigInt(index);
  let sn = BigInt(size - 1);
  let hash = leaf;
  const node = (l: Buffer, r: Buffer) => createHash("sha256").update(Buffer.of(1)).update(l).update(r).digest();
  for (const p of path) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = node(p, hash);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else hash = node(hash, p);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && hash.equals(root);
}

export function proofFault(
  text: string,
  digest: Buffer,
  ledger: Ledger,
): { index: number; fault: "other-checkpoint" | "wrong" | null } {
  const at = text.indexOf("\n\n");
  const [head, index = "", ...hashes] = text.slice(0, at).split("\n");
  const [, number] = /^index (0|[1-9]\d*)$/.exec(index) ?? [];
  if (head !== "c2sp.org/tlog-proof@v1" || number === undefined) throw new Malformed("tlog-proof: head");
  const path = hashes.map((line) => {
    const hash = Buffer.from(line, "base64");
    if (hash.length !== 32 || hash.toString("base64") !== line) throw new Malformed("tlog-proof: hash");
    return hash;
  });
  const note = readNote(text.slice(at + 2));
  if (note.text !== ledger.text) return { index: Number(number), fault: "other-checkpoint" };
  const leaf = createHash("sha256").update(Buffer.of(0)).update(digest).digest();
  return {
    index: Number(number),
    fault: isIncluded(leaf, Number(number), ledger.size, path, ledger.root) ? null : "wrong",
  };
}
