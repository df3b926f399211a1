import { createHash } from "node:crypto";
import { Malformed } from "./verify-errors.ts";
import { canonical } from "./verify-jcs.ts";
import type { MapValue, OtherLeaf } from "./verify-map.ts";
import { ledgerPolicyText } from "./verify-policy.ts";

/** What lies where in a package, apart from the container's own files (`ASIC` of verify-asic.ts). */
export const PLACE = {
  bagit: "bagit.txt",
  bagInfo: "bag-info.txt",
  manifest: "manifest-sha256.txt",
  tagManifest: "tagmanifest-sha256.txt",
  instructions: "VERIFY.txt",
  hashdeep: "hashdeep.txt",
  caseGraph: "case.jsonld",
  policy: "policy.json",
  signingKey: "keys/signing.pem",
  timestampKeys: "keys/timestamp.pem",
  ledgerKey: "keys/ledger.pem",
  checkpoint: "ledger/checkpoint",
  checkpointToken: "ledger/checkpoint.tst",
  timestamps: "ledger/timestamps.json",
  ledgerPolicy: "ledger/policy",
  items: "items/",
  documents: "documents/",
  payload: "data/",
} as const;

/** Where the parts of one item lie; `folder` is the item's number made safe for a path. */
export const itemPlaces = (folder: string) => ({
  item: `items/${folder}/item.json`,
  custody: `items/${folder}/custody.json`,
  custodyPdf: (language: string): string => `items/${folder}/custody-${language}.pdf`,
  head: `items/${folder}/head.json`,
  proof: (seq: number): string => `items/${folder}/proofs/${String(seq).padStart(6, "0")}.tlog-proof`,
});

/** The content of `bagit.txt`. @source RFC 8493 §2.1.1 */
export const BAG_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Whom a package asks to be trusted. A reader who holds this file from elsewhere needs to trust nothing in the package. */
export interface Policy {
  readonly v: "comity.policy/1";
  /** Code of the node that made the package. */
  readonly node: string;
  readonly log: { readonly origin: string; readonly vkey: string };
  /** vkeys of the witnesses, of which `quorum` must have cosigned the checkpoint; keys of one name are one witness. */
  readonly witnesses: readonly string[];
  readonly quorum: number;
  /** SHA-256 of the certificate that signs packages, hex. */
  readonly signing: string;
  /** SHA-256 of every certificate that may stand in a time-stamp token, hex. */
  readonly timestamps: readonly string[];
}

/** That something was left out of the package: who decided it, when, and why. */
export interface Withheld {
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

/** Digests that older tools know; recorded at acquisition, and computed again only where the reader asks for it. */
export interface OlderDigests {
  readonly md5?: string;
  readonly sha1?: string;
}

/** A payload file as the item's facts name it. `name` is what it was called. */
export interface ItemFile extends OlderDigests {
  /** Where it lies in the package; `null` where its bytes are withheld. */
  readonly path: string | null;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  /** Stands there exactly where `path` is `null`. */
  readonly withheld?: Withheld;
}

/** `item.json`. */
export interface ItemFacts {
  readonly v: "comity.item/1";
  readonly number: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly description: string;
  readonly facts: JsonObject;
  readonly files: readonly ItemFile[];
}

/** An event of which the package gives the digest and not the words. */
export interface WithheldLine {
  readonly digest: Buffer;
  readonly withheld: Withheld;
}

/** True for an event whose words the package does not give. */
export const isWithheld = (line: CustodyLine | WithheldLine): line is WithheldLine => "withheld" in line;

/** One line of `custody.json`: what the journal says, and the salt behind which the ledger commits to it. */
export interface CustodyLine {
  /** `SHA-256(salt ‖ JCS(record))`: the digest by which the ledger and the next event know it. */
  readonly digest: Buffer;
  readonly at: string;
  readonly act: string;
  readonly seq: number;
  readonly prev: string | null;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly change: Json;
}

const SALT_BYTES = 32;
const DIGEST_BYTES = 32;

function parse(bytes: Uint8Array, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Malformed(`${where}: not JSON in UTF-8`);
  }
  return object(value as Json, where);
}

function object(value: Json | undefined, where: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Malformed(`${where}: not an object`);
  return value as JsonObject;
}

function text(value: Json | undefined, where: string): string {
  if (typeof value !== "string") throw new Malformed(`${where}: not text`);
  return value;
}

function count(value: Json | undefined, where: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new Malformed(`${where}: not a count`);
  return value;
}

function list<T>(value: Json | undefined, where: string, read: (entry: Json, where: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw new Malformed(`${where}: not a list`);
  return value.map((entry: Json, index) => read(entry, `${where}.${index}`));
}

const fingerprint = (value: Json | undefined, where: string): string => {
  const hex = text(value, where);
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new Malformed(`${where}: not a SHA-256 in hex`);
  return hex;
};

const withheldOf = (value: Json | undefined, where: string): Withheld => {
  const facts = object(value, where);
  return {
    by: text(facts["by"], `${where}.by`),
    at: text(facts["at"], `${where}.at`),
    reason: text(facts["reason"], `${where}.reason`),
  };
};

const hexOf = (value: Json | undefined, length: number, where: string): string => {
  const hex = text(value, where);
  if (hex.length !== length || !/^[0-9a-f]+$/.test(hex)) throw new Malformed(`${where}: not ${length} digits of hex`);
  return hex;
};

const subjectOf = (value: Json | undefined, where: string) => {
  const subject = object(value, where);
  return { kind: text(subject["kind"], `${where}.kind`), id: text(subject["id"], `${where}.id`) };
};

/** Reads `policy.json`. Throws `Malformed`. */
export function readPolicy(bytes: Uint8Array): Policy {
  const policy = parse(bytes, "policy");
  if (policy["v"] !== "comity.policy/1") throw new Malformed("policy.v: not comity.policy/1");
  const log = object(policy["log"], "policy.log");
  return {
    v: "comity.policy/1",
    node: text(policy["node"], "policy.node"),
    log: { origin: text(log["origin"], "policy.log.origin"), vkey: text(log["vkey"], "policy.log.vkey") },
    witnesses: list(policy["witnesses"], "policy.witnesses", text),
    quorum: count(policy["quorum"], "policy.quorum"),
    signing: fingerprint(policy["signing"], "policy.signing"),
    timestamps: list(policy["timestamps"], "policy.timestamps", fingerprint),
  };
}

/** Reads `item.json`. Throws `Malformed`. */
export function readItem(bytes: Uint8Array): ItemFacts {
  const item = parse(bytes, "item");
  if (item["v"] !== "comity.item/1") throw new Malformed("item.v: not comity.item/1");
  return {
    v: "comity.item/1",
    number: text(item["number"], "item.number"),
    subject: subjectOf(item["subject"], "item.subject"),
    description: text(item["description"], "item.description"),
    facts: object(item["facts"], "item.facts"),
    files: list(item["files"], "item.files", readFile),
  };
}

function readFile(value: Json, where: string): ItemFile {
  const file = object(value, where);
  const isThere = file["withheld"] === undefined;
  if (!isThere && file["path"] !== null) throw new Malformed(`${where}.path: withheld and yet there`);
  return {
    path: isThere ? text(file["path"], `${where}.path`) : null,
    name: text(file["name"], `${where}.name`),
    sizeBytes: count(file["sizeBytes"], `${where}.sizeBytes`),
    sha256: fingerprint(file["sha256"], `${where}.sha256`),
    mediaType: text(file["mediaType"], `${where}.mediaType`),
    ...(file["md5"] === undefined ? {} : { md5: hexOf(file["md5"], 32, `${where}.md5`) }),
    ...(file["sha1"] === undefined ? {} : { sha1: hexOf(file["sha1"], 40, `${where}.sha1`) }),
    ...(isThere ? {} : { withheld: withheldOf(file["withheld"], `${where}.withheld`) }),
  };
}

function readLine(value: Json, where: string): CustodyLine {
  const entry = object(value, where);
  const record = object(entry["record"], `${where}.record`);
  const salt = Buffer.from(text(entry["salt"], `${where}.salt`), "base64");
  if (salt.length !== SALT_BYTES) throw new Malformed(`${where}.salt: not ${SALT_BYTES} bytes in base64`);
  if (record["v"] !== "comity.journal/1") throw new Malformed(`${where}.record.v: not comity.journal/1`);
  const prev = record["prev"];
  return {
    digest: createHash("sha256").update(salt).update(canonical(record)).digest(),
    at: text(record["at"], `${where}.record.at`),
    act: text(record["act"], `${where}.record.act`),
    seq: count(record["seq"], `${where}.record.seq`),
    prev: prev === null ? null : fingerprint(prev, `${where}.record.prev`),
    subject: subjectOf(record["subject"], `${where}.record.subject`),
    change: record["change"] ?? null,
  };
}

function readAnyLine(value: Json, where: string): CustodyLine | WithheldLine {
  const entry = object(value, where);
  if (entry["withheld"] === undefined) return readLine(value, where);
  if (entry["record"] !== undefined || entry["salt"] !== undefined)
    throw new Malformed(`${where}: withheld and yet there`);
  const digest = Buffer.from(text(entry["digest"], `${where}.digest`), "base64");
  if (digest.length !== DIGEST_BYTES) throw new Malformed(`${where}.digest: not ${DIGEST_BYTES} bytes in base64`);
  return { digest, withheld: withheldOf(entry["withheld"], `${where}.withheld`) };
}

/** Reads `custody.json`. Throws `Malformed`. */
export function readCustody(bytes: Uint8Array): readonly (CustodyLine | WithheldLine)[] {
  const custody = parse(bytes, "custody");
  if (custody["v"] !== "comity.custody/1") throw new Malformed("custody.v: not comity.custody/1");
  return list(custody["entries"], "custody.entries", readAnyLine);
}

/** `head.json`: what the node had logged of the item's last event, and the proofs of it. */
export type HeadFile = {
  /** The journal entry that holds the root over last events. */
  readonly logged: CustodyLine;
  /** That this entry is in the ledger, as `c2sp.org/tlog-proof@v1`. */
  readonly proof: string;
  /** The hashes from beside the item's leaf, or beside where it would be, up to that root. */
  readonly hashes: readonly Buffer[];
} & (
  | { readonly form: "map"; readonly head: MapValue }
  /** The item had no event yet; `other` is the leaf at which its path ends, `null` where it ends at nothing. */
  | { readonly form: "absent"; readonly other: OtherLeaf | null }
  /** As it was logged before: where the leaf stands in a list, and how many leaves that has. */
  | { readonly form: "list"; readonly head: MapValue; readonly index: number; readonly size: number }
);

function otherLeaf(value: Json | undefined): OtherLeaf | null {
  if (value === null) return null;
  const other = object(value, "head.other");
  return {
    key: Buffer.from(fingerprint(other["key"], "head.other.key"), "hex"),
    value: Buffer.from(fingerprint(other["value"], "head.other.value"), "hex"),
  };
}

/** Reads `head.json`. Throws `Malformed`. */
export function readHeadFile(bytes: Uint8Array): HeadFile {
  const file = parse(bytes, "head");
  const common = {
    logged: readLine(file["logged"] ?? null, "head.logged"),
    proof: text(file["proof"], "head.proof"),
    hashes: list(file["hashes"], "head.hashes", (hash, where) => Buffer.from(text(hash, where), "base64")),
  };
  const { v } = file;
  if (v === "comity.heads/2" && file["head"] === null)
    return { form: "absent", other: otherLeaf(file["other"]), ...common };
  if (v !== "comity.heads/1" && v !== "comity.heads/2") throw new Malformed("head.v: not comity.heads/2");
  const told = object(file["head"], "head.head");
  const head = {
    subject: subjectOf(told["subject"], "head.subject"),
    seq: count(told["seq"], "head.seq"),
    digest: fingerprint(told["digest"], "head.digest"),
  };
  if (v === "comity.heads/2") return { form: "map", head, ...common };
  return {
    form: "list",
    head,
    index: count(file["index"], "head.index"),
    size: count(file["size"], "head.size"),
    ...common,
  };
}

/** An event as it is written down: with its words and the salt in front of them, or as a digest only. */
export type WrittenLine =
  | { readonly salt: Uint8Array; readonly jcs: string }
  | { readonly digest: Uint8Array; readonly withheld: Withheld };

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Writes `custody.json`: an entry to each line, so that a shell can take salt and record apart without a JSON parser. */
export function writeCustody(number: string, entries: readonly WrittenLine[]): string {
  const lines = entries.map((entry) =>
    "withheld" in entry
      ? `{"digest":"${base64(entry.digest)}","withheld":${JSON.stringify(entry.withheld)}}`
      : `{"salt":"${base64(entry.salt)}","record":${entry.jcs}}`,
  );
  return `{"v":"comity.custody/1","number":${JSON.stringify(number)},"entries":[\n${lines.join(",\n")}\n]}\n`;
}

/** A file of evidence as `hashdeep` lists it. */
export interface HashedFile extends OlderDigests {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The list of payload files that `hashdeep -a` audits against; with MD5 and SHA-1 where every file has them, since each line has every column. */
export function writeHashdeep(files: readonly HashedFile[]): string {
  const columns = (["md5", "sha1"] as const).filter(
    (column) => files.length > 0 && files.every((file) => file[column] !== undefined),
  );
  const lines = files.map((file) =>
    [file.sizeBytes, ...columns.map((column) => file[column]), file.sha256, file.path].join(","),
  );
  const head = [
    "%%%% HASHDEEP-1.0",
    `%%%% ${["size", ...columns, "sha256", "filename"].join(",")}`,
    "## Audit: hashdeep -r -l -a -k hashdeep.txt data",
    "##",
  ];
  return `${[...head, ...lines].join("\n")}\n`;
}

/** The ledger's key and witnesses in the C2SP form, which other programs read. @source C2SP tlog-policy */
export const writeLedgerPolicy = ({ log, witnesses, quorum }: Policy): string =>
  ledgerPolicyText(log.vkey, witnesses, quorum);

/** True when some text anywhere in `value` is exactly `wanted`. */
export function holdsText(value: Json, wanted: string): boolean {
  if (typeof value === "string") return value === wanted;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => holdsText(inner, wanted));
}
