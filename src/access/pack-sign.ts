import { createHash, generateKeyPairSync, createPrivateKey, type KeyObject, sign, verify } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { noteSigner } from "../trust/checkpoint.ts";
import { NOTE_TYPE, noteOf, readNote, readVkey, vkeyOf } from "../trust/verify-note.ts";
import { UnusablePack } from "./cedar.ts";
import { readPack } from "./pack.ts";

/** The signature of a pack beside its files: a signed note. @source C2SP signed-note */
export const SIGNATURE_FILE = "pack.note";
const FORMAT = "comity.pack/1";

/** Every file of a pack's folder but its signature, by its path within, in order. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((name) => name !== SIGNATURE_FILE)
    .sort();
}

/**
 * What is signed: the format, the pack's code, version and first day, and the SHA-256 of each of its files, a line each. What a pack extends and
 * the core come with the program and are not in it.
 */
export function manifestOf(packs: string, code: string): string {
  const { version, validFrom } = readPack(packs, code);
  const folder = join(packs, code);
  const files = filesIn(folder).map(
    (name) =>
      `${createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex")} ${name}`,
  );
  return [FORMAT, code, version, validFrom, ...files, ""].join("\n");
}

/** A new key to sign packs with: PKCS #8 in PEM, to be kept outside of every node, and its verifier key. */
export function makePackKey(name: string): { readonly secret: string; readonly vkey: string } {
  const { privateKey } = generateKeyPairSync("ed25519");
  return {
    secret: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    vkey: vkeyOf(noteSigner(name, NOTE_TYPE.ed25519, privateKey)),
  };
}

/** Signs a pack; gives the note that goes beside its files, and the verifier key that nodes are told. `pem` is an Ed25519 private key. */
export function signPack(
  { packs, code, name }: { readonly packs: string; readonly code: string; readonly name: string },
  pem: string,
): { readonly note: string; readonly vkey: string } {
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch {
    throw new UnusablePack(["the key can't be read: it must be an Ed25519 private key, PKCS #8 in PEM"]);
  }
  if (secret.asymmetricKeyType !== "ed25519")
    throw new UnusablePack([
      `the key is of the type ${secret.asymmetricKeyType ?? "?"}: a pack is signed with Ed25519`,
    ]);
  const signer = noteSigner(name, NOTE_TYPE.ed25519, secret);
  const text = manifestOf(packs, code);
  const signature = sign(null, Buffer.from(text), secret);
  return {
    note: noteOf({ text, signatures: [{ name: signer.name, id: signer.id, signature }] }),
    vkey: vkeyOf(signer),
  };
}

/** What is wrong with a pack's signature under the key that the node was told, a sentence each; empty where it verifies. */
export function signatureProblems(packs: string, code: string, vkey: string): string[] {
  const path = join(packs, code, SIGNATURE_FILE);
  if (!existsSync(path))
    return [`${code}: nobody has signed this pack (looked for ${path}); sign it with comity pack sign`];
  try {
    const key = readVkey(vkey);
    if (key.type !== NOTE_TYPE.ed25519) return [`${code}: the key that the node was told is no Ed25519 key`];
    const { text, signatures } = readNote(readFileSync(path));
    const signature = signatures.find(({ name, id }) => name === key.name && id.equals(key.id));
    if (!signature) return [`${code}: the signature is not by ${key.name}, the key that the node was told`];
    if (!verify(null, Buffer.from(text), key.key, signature.signature))
      return [`${code}: the signature by ${key.name} does not verify`];
    return text === manifestOf(packs, code) ? [] : changed(text, manifestOf(packs, code), code);
  } catch (error) {
    if (error instanceof UnusablePack) return [...error.problems];
    return [`${code}: ${path} or the key can't be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Which files are not those that were signed. */
function changed(signed: string, found: string, code: string): string[] {
  const lines = (text: string) => new Set(text.split("\n").filter((line) => line !== ""));
  const [before, now] = [lines(signed), lines(found)];
  const names = [...before, ...now]
    .filter((line) => before.has(line) !== now.has(line))
    .map((line) => line.split(" ").at(-1) ?? "");
  return [...new Set(names)].map((name) => `${code}: ${name} is not what was signed`);
}

/** How a node is told to treat signatures: by the key of the ministry, or, said outright, not at all. */
export interface Trusted {
  /** Verifier key of whoever signs the country's packs. */
  readonly pack_key?: string | undefined;
  /** True for a node that runs a pack which nobody signed. */
  readonly pack_unsigned: boolean;
}

/** Refuses a pack that is not signed by the key that the node was told; gives the key, nothing where the node is told to run unsigned law. Throws `UnusablePack`. */
export function demandSigned(
  packs: string,
  code: string,
  { pack_key: key, pack_unsigned: unsigned }: Trusted,
): string | undefined {
  if (key !== undefined) {
    const problems = signatureProblems(packs, code, key);
    if (problems.length > 0) throw new UnusablePack(problems);
    return key;
  }
  if (unsigned) return undefined;
  throw new UnusablePack([
    `${code}: COMITY_PACK_KEY is not set, so that nobody could tell whether this is the country's law. Set it to the verifier key of whoever signs it, or COMITY_PACK_UNSIGNED=true for a trial`,
  ]);
}
