import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
} from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { openRolledKeys, type RolledName } from "./key-rolling.ts";

/** The node's own keys. Generated when first asked for, kept in files that only the node's user can read, never shipped. */
export interface Keyring {
  /** Ed25519: signs envelopes, receipts, directory entries. */
  readonly signing: KeyObject;
  /** X25519: envelopes and files are sealed to it. */
  readonly encryption: KeyObject;
  /** The signing and encryption keys before the last roll-over, while messages under them may be in flight: `signing.former.pem`, `encryption.former.pem`. */
  readonly formerSigning?: KeyObject | undefined;
  readonly formerEncryption?: KeyObject | undefined;
  /** ML-DSA-44: the second signature beside that of `signing`, and the one before. */
  readonly signingMlDsa: KeyObject;
  readonly formerSigningMlDsa?: KeyObject | undefined;
  /** Ed25519: signs the ledger's checkpoints. */
  readonly ledger: KeyObject;
  /** Ed25519: cosigns the checkpoints of peers' ledgers, and nothing else. */
  readonly witness: KeyObject;
  /** ML-DSA-44: the same, for the day when Ed25519 can be forged. A file made when this key is first asked for. */
  readonly witnessMlDsa: KeyObject;
  /** ECDSA P-256: signs packages (CMS), as courts' tools verify it. */
  readonly cms: KeyObject;
  /** ECDSA P-256: the built-in time-stamp authority. */
  readonly tsa: KeyObject;
  /** 32 bytes: wraps the data keys of the vault, until another key does. */
  readonly vault: Buffer;
  /** 32 bytes: addresses of the vault, so that paths disclose nothing. */
  readonly address: Buffer;
  /** 32 bytes: HMAC of receipt codes. */
  readonly receipt: Buffer;
  /** 32 bytes: seals personal columns. */
  readonly seal: Buffer;
  /** 32 bytes: linking keys of observables and other look-ups that must not be guessable from a dump. */
  readonly lookup: Buffer;
  /** 32 bytes: answers kept under an idempotency key. */
  readonly answers: Buffer;
}

const PAIRS = {
  signing: () => generateKeyPairSync("ed25519").privateKey,
  "signing-ml-dsa": () => generateKeyPairSync("ml-dsa-44").privateKey,
  encryption: () => generateKeyPairSync("x25519").privateKey,
  ledger: () => generateKeyPairSync("ed25519").privateKey,
  witness: () => generateKeyPairSync("ed25519").privateKey,
  "witness-ml-dsa": () => generateKeyPairSync("ml-dsa-44").privateKey,
  cms: () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  tsa: () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
} as const;
/** A new key of a kind that is rolled over, as PEM. */
export const newKeyText = (name: RolledName): string =>
  PAIRS[name]().export({ type: "pkcs8", format: "pem" }).toString();
const SECRETS = ["vault", "address", "receipt", "seal", "lookup", "answers"] as const;
const SECRET_BYTES = 32;

/** Opens the keys in `folder`, making those that are not there. Throws where a file is there and is no such key. */
export function openKeyring(folder: string): Keyring {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pair = (name: keyof typeof PAIRS) => {
    const file = join(folder, `${name}.pem`);
    if (!existsSync(file)) keepFile(file, PAIRS[name]().export({ type: "pkcs8", format: "pem" }));
    return createPrivateKey(readFileSync(file));
  };
  const rolled = openRolledKeys(folder, (name) => pair(name));
  const secret = (name: (typeof SECRETS)[number]) => {
    const file = join(folder, `${name}.key`);
    if (!existsSync(file)) keepFile(file, randomBytes(SECRET_BYTES).toString("base64"));
    const bytes = Buffer.from(readFileSync(file, "utf8"), "base64");
    if (bytes.length !== SECRET_BYTES) throw new Error(`${file} does not hold ${SECRET_BYTES} bytes in base64`);
    return bytes;
  };
  // Read at each use, so that a running node goes over to a new key by itself.
  return {
    get signing() {
      return rolled.present("signing");
    },
    get signingMlDsa() {
      return rolled.present("signing-ml-dsa");
    },
    get encryption() {
      return rolled.present("encryption");
    },
    get formerSigning() {
      return rolled.former("signing");
    },
    get formerSigningMlDsa() {
      return rolled.former("signing-ml-dsa");
    },
    get formerEncryption() {
      return rolled.former("encryption");
    },
    ledger: pair("ledger"),
    witness: pair("witness"),
    witnessMlDsa: pair("witness-ml-dsa"),
    cms: pair("cms"),
    tsa: pair("tsa"),
    vault: secret("vault"),
    address: secret("address"),
    receipt: secret("receipt"),
    seal: secret("seal"),
    lookup: secret("lookup"),
    answers: secret("answers"),
  };
}

/**
 * A key that a crash could take back would lock away what it has sealed: it is on the disk, whole, before it has its name. Of
 * two processes that make it at once the first gives it.
 */
export function keepFile(file: string, content: string | Buffer): void {
  const beside = `${file}.${randomUUID()}`;
  const handle = openSync(beside, "wx", 0o600);
  try {
    writeSync(handle, content.toString());
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(beside, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    unlinkSync(beside);
  }
  flushFolder(dirname(file));
}

/** Makes durable which files a folder has. */
export function flushFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Node refuses to derive a public key from one that is public already. */
const publicOf = (key: KeyObject): KeyObject => (key.type === "private" ? createPublicKey(key) : key);

/** The raw bytes of a public key: 32 of Ed25519 and X25519, 1,312 of ML-DSA-44. */
export const rawPublicKey = (key: KeyObject): Buffer => {
  const { x: raw, pub } = publicOf(key).export({ format: "jwk" }) as { x?: string; pub?: string };
  const x = raw ?? pub;
  if (x === undefined) throw new Error("the key has no raw form");
  return Buffer.from(x, "base64url");
};

/** SHA-256 of the public key's SPKI, hex: what two people compare by telephone, and the `kid` of signatures. */
export const fingerprint = (key: KeyObject): string =>
  createHash("sha256")
    .update(publicOf(key).export({ type: "spki", format: "der" }))
    .digest("hex");

declare module "../kernel/node.ts" {
  interface Services {
    readonly keys: Keyring;
  }
}
