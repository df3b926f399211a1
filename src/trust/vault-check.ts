import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import type { Config } from "../kernel/config.ts";
import { StoreFailure } from "../kernel/errors.ts";
import { openStore } from "./vault-open.ts";
import { toldBy, versioningOf } from "./vault-s3.ts";
import { vaultSettings } from "./vault-settings.ts";
import type { BucketSettings, StoreSettings } from "./vault-store.ts";

/** What an operator is told of the store of the vault. */
export interface StoreWords {
  readonly ok: boolean;
  readonly words: string;
}

const PROBE_BYTES = 65_536;
const GIB = 1_073_741_824;
const OTHERS_MAY = 0o077;
/** An operator waits for the answer: less patience than a node at work has. */
const SHORT = { stallMs: 5_000, tries: 2 };

/** Writes an object, reads it back, finds it in the list and removes it: all that a vault does. Says in words what does not work. */
export async function checkStore(config: Config): Promise<StoreWords> {
  let settings: StoreSettings;
  try {
    settings = vaultSettings(config);
  } catch (error) {
    return { ok: false, words: error instanceof Error ? error.message : String(error) };
  }
  const { s3_credentials: file } = config;
  if (config.vault === "s3" && file !== undefined && existsSync(file) && (statSync(file).mode & OTHERS_MAY) !== 0)
    return { ok: false, words: `Others can read the keys of the bucket. Run: chmod 600 ${file}` };
  if (typeof settings === "string" && !existsSync(settings))
    return { ok: true, words: `${settings} will be made at the first start.` };
  try {
    const room = await probe(typeof settings === "string" ? settings : { ...settings, ...SHORT });
    return typeof settings === "string"
      ? { ok: true, words: `${settings}, ${room === undefined ? "" : `${(room / GIB).toFixed(1)} GiB left`}.` }
      : { ok: true, words: `bucket ${settings.bucket} at ${settings.endpoint}.${await versions(settings)}` };
  } catch (error) {
    return { ok: false, words: wordsOf(error, settings) };
  }
}

async function probe(settings: StoreSettings): Promise<number | undefined> {
  const store = openStore(settings);
  const name = randomUUID();
  const bytes = randomBytes(PROBE_BYTES);
  try {
    const sink = store.create(name);
    await sink.write(bytes);
    await sink.close();
    const object = await store.open(name);
    const read = await object.read(0, PROBE_BYTES + 1);
    await object.close();
    if (!read.equals(bytes)) throw new StoreFailure("broken", "what was read is not what was written");
    for await (const listed of store.list()) if (listed.name !== "") break;
    return await store.room();
  } finally {
    await store.remove(name).catch(() => undefined);
    store.end();
  }
}

async function versions(settings: BucketSettings): Promise<string> {
  const isKept = await versioningOf({ ...settings, ...SHORT });
  return isKept
    ? " It keeps old versions: what is disposed of stays there, though nobody has a key to it. Turn versioning off, or have old versions expire."
    : "";
}

const CERTIFICATE = /CERT|certificate|UNABLE_TO_VERIFY|SELF_SIGNED|ALTNAME/i;

function wordsOf(error: unknown, settings: StoreSettings): string {
  if (typeof settings === "string") {
    const isFull = error instanceof StoreFailure && error.fault === "full";
    return isFull
      ? `No room is left in ${settings}. Nothing can be taken in: make room.`
      : `${settings} can't be written and read back by this user: ${String(error)}.`;
  }
  const { endpoint, bucket } = settings;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { name, status, message } = toldBy(cause);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (name === "NoSuchBucket") return `There is no bucket ${bucket} at ${endpoint}. Make it, or mend COMITY_S3_BUCKET.`;
  if (name === "InvalidAccessKeyId" || name === "SignatureDoesNotMatch")
    return `${endpoint} does not know the keys, or they don't fit (${name}). Mend COMITY_S3_CREDENTIALS, or COMITY_S3_ACCESS_KEY and COMITY_S3_SECRET_KEY; COMITY_S3_REGION must be the store's.`;
  if (name === "RequestTimeTooSkewed") return `The clock of this machine is not that of ${endpoint}. Set it by NTP.`;
  if (status === 403)
    return `The keys may not do all that the vault does in ${bucket} (put, get, list and delete objects): ${name}. Give them that right.`;
  if (CERTIFICATE.test(code) || CERTIFICATE.test(message))
    return `The certificate of ${endpoint} is not trusted (${code || message}). If it is of an authority of your own, name its file in COMITY_S3_CA.`;
  if (status === undefined)
    return `Nobody answers at ${endpoint}: ${code || message}. Check COMITY_S3_ENDPOINT, the network and the store.`;
  return `${endpoint} answers ${status} ${name}: ${message}.`;
}
