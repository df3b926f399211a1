import { createHash, createPublicKey } from "node:crypto";
import { Readable } from "node:stream";
import canonicalize from "canonicalize";
import type { JournalRecord } from "../kernel/journal.ts";
import type { JsonObject } from "../kernel/json.ts";
import { ageEncryptedTo } from "./age.ts";
import { caseGraph } from "./case-jsonld.ts";
import { pem } from "./certificate.ts";
import { type Signer, signDetached } from "./cms.ts";
import { writeInstructions } from "./package-instructions.ts";
import { folderInPackage, nameInPackage } from "./package-names.ts";
import { chainFile, type TimestampAuthority } from "./timestamp.ts";
import { ASIC, MIMETYPE, SIGNATURE_TYPE, TIMESTAMP_TYPE, writeAsicManifest } from "./verify-asic.ts";
import { manifestName } from "./verify-bag.ts";
import { readCertificate } from "./verify-certificate.ts";
import type { MapValue, OtherLeaf } from "./verify-map.ts";
import {
  BAG_DECLARATION,
  type ItemFacts,
  type ItemFile,
  type OlderDigests,
  PLACE,
  type Policy,
  type Withheld,
  type WrittenLine,
  itemPlaces,
  writeCustody,
  writeHashdeep,
  writeLedgerPolicy,
} from "./verify-package-form.ts";
import { type ChainLink, type Timestamp, readTimestamp } from "./verify-timestamp.ts";
import { type HeldFile, type StreamedFile, type ZipFile, writeZip, zipSizeBytes } from "./zip.ts";

/** What is recorded of a file of an item. */
interface RecordedFile extends OlderDigests {
  /** What it was called where it was acquired; any text. */
  readonly name: string;
  readonly mediaType?: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** A file whose bytes go into the package: the stream is refused when it gives other bytes than those recorded. */
export interface GivenFile extends RecordedFile {
  /** Opens the plaintext; called once for each package, only when its turn has come. */
  readonly open: StreamedFile["open"];
}

/** A file of an item; where its bytes are withheld, the package says so and gives what is recorded of it. */
export type PackagedFile = GivenFile | (RecordedFile & { readonly withheld: Withheld });

/** One custody event: the journal's entry, and the `c2sp.org/tlog-proof@v1` that the ledger holds it. */
export interface GivenEntry {
  readonly record: JournalRecord;
  readonly salt: Uint8Array;
  readonly proof: string;
}

/** An event of which only the digest is given, which the ledger holds: it keeps its place in the chain without its words. */
export interface WithheldEntry {
  readonly digest: Uint8Array;
  readonly withheld: Withheld;
  readonly proof: string;
}

export type PackagedEntry = GivenEntry | WithheldEntry;

/** An item with its whole chain of custody, from event 1 on and in order. */
export interface PackagedItem {
  /** The exhibit number. */
  readonly number: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly description: string;
  /** What else a court should know of the item, as the node holds it. */
  readonly facts: JsonObject;
  readonly files: readonly PackagedFile[];
  readonly custody: readonly PackagedEntry[];
  /** The chain of custody as a document, one for each language. */
  readonly custodyPdfs?: readonly { readonly language: string; readonly content: Uint8Array }[];
  /** What the ledger holds of the item's last event (`heads.ts`): proof that none is left out at the end. */
  readonly head?: PackagedHead;
}

/** What the node had logged of the item's last event, and the proofs of it. */
export type PackagedHead = {
  /** The journal entry about last events, with its proof under the package's checkpoint. */
  readonly logged: GivenEntry;
  readonly hashes: readonly Uint8Array[];
} & ({ readonly form: "map"; readonly head: MapValue } | { readonly form: "absent"; readonly other: OtherLeaf | null });

/** Everything a package is made of. */
export interface PackageOptions {
  /** File name: letters, digits, `.`, `_`, `-`, ending in `.asice`. It stands in the commands of VERIFY.txt. */
  readonly name: string;
  readonly node: { readonly code: string; readonly name: string };
  readonly at: Temporal.Instant;
  readonly items: readonly PackagedItem[];
  /** Request, order, report: papers that go with the items. */
  readonly documents?: readonly { readonly name: string; readonly mediaType: string; readonly content: Uint8Array }[];
  readonly ledger: {
    readonly origin: string;
    readonly vkey: string;
    readonly witnesses: readonly string[];
    /** How many of the witnesses have cosigned the checkpoint: the number that the verifier then demands. */
    readonly quorum: number;
    /** The signed note to which all proofs lead, with its cosignatures. */
    readonly checkpoint: string;
    /** An earlier checkpoint that the node has had stamped, and the proof that this one continues it. */
    readonly stamped?: {
      readonly checkpoint: string;
      readonly links: readonly ChainLink[];
      readonly consistency: readonly Uint8Array[];
    };
    /** RFC 3161 token over exactly the bytes of `checkpoint`; made by `authority` when absent. */
    readonly token?: Uint8Array;
  };
  readonly signing: Signer;
  readonly authority: TimestampAuthority;
}

/** A package that is ready to be written. */
export interface PreparedPackage {
  /** File name; ends in `.asice`, or in `.asice.age` where it is encrypted. */
  readonly name: string;
  readonly mediaType: typeof MIMETYPE.content | typeof AGE_TYPE;
  /** Length of the whole file: `Content-Length` is known before the first byte. */
  readonly sizeBytes: number;
  /** Writes the package; items are read while it flows. Destroyed with an error when bytes in store are not those recorded. */
  readonly stream: () => Readable;
}

/** What a file in the form of age is called. */
const AGE_TYPE = "application/x-age-encryption";
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\.asice$/;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
const UNKNOWN_TYPE = "application/octet-stream";

/** What stands in a manifest about a file of the package. */
interface Listed {
  readonly name: string;
  readonly mediaType: string;
  readonly sha256: string;
}

const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
const mediaTypeOf = (told: string | undefined): string => (told && MEDIA_TYPE.test(told) ? told : UNKNOWN_TYPE);

const OWN_TYPES: readonly (readonly [ending: string, mediaType: string])[] = [
  [".json", "application/json"],
  [".jsonld", "application/ld+json"],
  [".pdf", "application/pdf"],
  [".pem", "application/x-pem-file"],
  [".tst", TIMESTAMP_TYPE],
  [".p7s", SIGNATURE_TYPE],
  [".xml", "text/xml"],
];
const ownType = (name: string): string => OWN_TYPES.find(([ending]) => name.endsWith(ending))?.[1] ?? "text/plain";

const held = (name: string, content: string | Uint8Array): HeldFile => ({ name, content: Buffer.from(content) });
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const listed = ({ name, content }: HeldFile): Listed => ({ name, mediaType: ownType(name), sha256: sha256(content) });

/** One item laid out: its own files, its payload, and what its facts say of both. */
interface LaidItem {
  readonly folder: string;
  readonly facts: ItemFacts;
  readonly own: readonly HeldFile[];
  readonly payload: readonly StreamedFile[];
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const headFile = (head: PackagedHead) => ({
  v: "comity.heads/2",
  head: head.form === "map" ? head.head : null,
  ...(head.form === "absent"
    ? { other: head.other && { key: hexOf(head.other.key), value: hexOf(head.other.value) } }
    : {}),
  logged: { salt: Buffer.from(head.logged.salt).toString("base64"), record: head.logged.record },
  proof: head.logged.proof,
  hashes: head.hashes.map((hash) => Buffer.from(hash).toString("base64")),
});

/** An event as the custody list and VERIFY.txt know it. */
const lineOf = (entry: PackagedEntry): WrittenLine =>
  "withheld" in entry
    ? { digest: entry.digest, withheld: entry.withheld }
    : { salt: entry.salt, jcs: canonicalize(entry.record) ?? "" };

const withheldOf = ({ by, at, reason }: Withheld): Withheld => ({ by, at, reason });

/** What the item's facts say of a file that lies at `path`, or nowhere. */
const factsOf = (file: PackagedFile, path: string | null): ItemFile => ({
  path,
  name: file.name.toWellFormed(),
  sizeBytes: file.sizeBytes,
  sha256: file.sha256,
  mediaType: mediaTypeOf(file.mediaType),
  ...(file.md5 === undefined ? {} : { md5: file.md5 }),
  ...(file.sha1 === undefined ? {} : { sha1: file.sha1 }),
  ...("withheld" in file ? { withheld: withheldOf(file.withheld) } : {}),
});

function layItem(item: PackagedItem, folders: Set<string>): LaidItem {
  const folder = folderInPackage(item.number, folders);
  const places = itemPlaces(folder);
  const taken = new Set<string>();
  const payload: StreamedFile[] = [];
  const files = item.files.map((file) => {
    if ("withheld" in file) return factsOf(file, null);
    const name = `${PLACE.payload}${folder}/${nameInPackage(file.name, taken)}`;
    payload.push({ name, sizeBytes: file.sizeBytes, sha256: file.sha256, open: file.open });
    return factsOf(file, name);
  });
  const facts: ItemFacts = {
    v: "comity.item/1",
    number: item.number,
    subject: item.subject,
    description: item.description,
    facts: JSON.parse(JSON.stringify(item.facts)),
    files,
  };
  const own = [
    held(places.item, json(facts)),
    held(places.custody, writeCustody(item.number, item.custody.map(lineOf))),
    ...(item.head ? [held(places.head, json(headFile(item.head)))] : []),
    ...(item.custodyPdfs ?? []).map(({ language, content }) => held(places.custodyPdf(language), content)),
    ...item.custody.map(({ proof }, index) => held(places.proof(index + 1), proof)),
  ];
  return { folder, facts, own, payload };
}

/** The authorities behind the tokens on an earlier checkpoint. */
const stampedBy = (stamped: PackageOptions["ledger"]["stamped"]) =>
  (stamped?.links ?? []).flatMap(({ token }) => readTimestamp(token).cms.certificates);

function policyOf({ node, ledger, signing, authority }: PackageOptions, token: Timestamp): Policy {
  const authorities = [
    ...authority.certificates.map(readCertificate),
    ...token.cms.certificates,
    ...stampedBy(ledger.stamped),
  ];
  return {
    v: "comity.policy/1",
    node: node.code,
    log: { origin: ledger.origin, vkey: ledger.vkey },
    witnesses: ledger.witnesses,
    quorum: ledger.quorum,
    signing: readCertificate(signing.certificate).sha256,
    timestamps: [...new Set(authorities.map((certificate) => certificate.sha256))],
  };
}

/** The public keys as openssl reads them. */
function keyFiles({ ledger, signing, authority }: PackageOptions, token: Timestamp): HeldFile[] {
  const certificates = [
    ...authority.certificates.map((der) => Buffer.from(der)),
    ...token.cms.certificates.map(({ der }) => der),
    ...stampedBy(ledger.stamped).map(({ der }) => der),
  ];
  const distinct = new Map(certificates.map((der) => [sha256(der), der]));
  const raw = Buffer.from(ledger.vkey.split("+").slice(2).join("+"), "base64").subarray(1);
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  return [
    held(PLACE.signingKey, pem("CERTIFICATE", signing.certificate)),
    held(PLACE.timestampKeys, [...distinct.values()].map((der) => pem("CERTIFICATE", der)).join("")),
    held(PLACE.ledgerKey, pem("PUBLIC KEY", key.export({ type: "spki", format: "der" }))),
  ];
}

function bagInfo({ name, node, at, items }: PackageOptions, payload: readonly StreamedFile[]): string {
  const line = (label: string, value: string): string => `${label}: ${value.replaceAll(/\s+/g, " ").trim()}\n`;
  const total = payload.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    line("Source-Organization", `${node.name} (${node.code})`),
    line("External-Identifier", name),
    line("Bagging-Date", at.toString().slice(0, 10)),
    ...items.map(({ number, description }) => line("External-Description", `${number}: ${description}`)),
    line("Payload-Oxum", `${total}.${payload.length}`),
    line("Bag-Software-Agent", "Comity"),
  ].join("");
}

const manifestLines = (files: readonly Listed[]): string =>
  files.map(({ name, sha256: digest }) => `${digest}  ${manifestName(name)}\n`).join("");

/** The bag without its payload: what is known before an item is opened. */
function bagFiles(options: PackageOptions, laid: readonly LaidItem[], checkpointToken: Uint8Array): HeldFile[] {
  const { ledger, signing, at, name } = options;
  const token = readTimestamp(checkpointToken);
  const policy = policyOf(options, token);
  const payload = laid.flatMap((item) => item.payload);
  const items = laid.map(({ folder }, index) => ({ folder, events: options.items[index]?.custody.length ?? 0 }));
  const records = options.items.map(({ custody }) =>
    custody.flatMap((entry) => ("withheld" in entry ? [] : [entry.record])),
  );
  const listed = laid
    .flatMap(({ facts }) => facts.files)
    .flatMap(({ path, ...file }) => (path === null ? [] : [{ path, ...file }]));
  const documents = new Set<string>();
  return [
    held(PLACE.bagit, BAG_DECLARATION),
    held(PLACE.bagInfo, bagInfo(options, payload)),
    held(
      PLACE.instructions,
      writeInstructions({
        name,
        at,
        origin: ledger.origin,
        items,
        signing: policy.signing,
        hasPayload: payload.length > 0,
      }),
    ),
    held(PLACE.policy, json(policy)),
    ...keyFiles({ ...options, signing }, token),
    held(PLACE.checkpoint, ledger.checkpoint),
    held(PLACE.checkpointToken, checkpointToken),
    ...(ledger.stamped ? [held(PLACE.timestamps, json(chainFile(ledger.stamped)))] : []),
    held(PLACE.ledgerPolicy, writeLedgerPolicy(policy)),
    held(PLACE.hashdeep, writeHashdeep(listed)),
    held(PLACE.caseGraph, json(caseGraph({ node: options.node, at, records, laid: laid.map(({ facts }) => facts) }))),
    ...laid.flatMap(({ own }) => own),
    ...(options.documents ?? []).map((document) =>
      held(`${PLACE.documents}${nameInPackage(document.name, documents)}`, document.content),
    ),
  ];
}

/** The container's own files: manifest, signature over it, and a time-stamp over both. */
async function containerFiles(
  { signing, authority, at }: PackageOptions,
  signed: readonly Listed[],
): Promise<HeldFile[]> {
  const cover = (files: readonly Listed[], by: { name: string; mediaType: string }): string =>
    writeAsicManifest({
      covers: files.map((file) => ({ ...file, digest: Buffer.from(file.sha256, "hex").toString("base64") })),
      by,
    });
  const manifest = held(ASIC.manifest, cover(signed, { name: ASIC.signature, mediaType: SIGNATURE_TYPE }));
  const signature = held(ASIC.signature, signDetached(manifest.content, signing, at));
  const stamped = [listed(manifest), listed(signature), ...signed];
  const archive = held(ASIC.archiveManifest, cover(stamped, { name: ASIC.timestamp, mediaType: TIMESTAMP_TYPE }));
  const token = await authority.stamp(createHash("sha256").update(archive.content).digest());
  return [manifest, signature, archive, held(ASIC.timestamp, token)];
}

/**
 * Lays out and signs a package: all but the items' bytes, which are read when the stream flows. Throws where a certificate
 * or token cannot be read, and whatever the time-stamp authority throws.
 *
 * @source ETSI EN 319 162-1 §4.4
 * @source RFC 8493 §2
 */
export async function preparePackage(options: PackageOptions): Promise<PreparedPackage> {
  if (!NAME.test(options.name))
    throw new Error(`${options.name}: a package's name is letters, digits, ".", "_", "-" and ends in .asice`);
  const folders = new Set<string>();
  const laid = options.items.map((item) => layItem(item, folders));
  const payload = laid.flatMap((item) => item.payload);
  if (laid.length === 0) throw new Error("a package holds at least one item");
  const types = new Map(laid.flatMap(({ facts }) => facts.files.map(({ path, mediaType }) => [path ?? "", mediaType])));
  const listedPayload = payload.map(({ name, sha256 }) => ({
    name,
    sha256,
    mediaType: types.get(name) ?? UNKNOWN_TYPE,
  }));
  const { checkpoint, token } = options.ledger;
  const checkpointToken = token ?? (await options.authority.stamp(createHash("sha256").update(checkpoint).digest()));
  const mimetype = held(MIMETYPE.name, MIMETYPE.content);
  const bag = [...bagFiles(options, laid, checkpointToken), held(PLACE.manifest, manifestLines(listedPayload))];
  const tagged = [mimetype, ...bag].map(listed);
  bag.push(held(PLACE.tagManifest, manifestLines(tagged)));
  const container = await containerFiles(options, [...bag.map(listed), ...listedPayload]);
  const files: readonly ZipFile[] = [mimetype, ...container, ...bag, ...payload];
  return {
    name: options.name,
    mediaType: MIMETYPE.content,
    sizeBytes: zipSizeBytes(files),
    stream: () => Readable.from(writeZip(files), { objectMode: false }),
  };
}

/**
 * The same package for the holders of these age keys only (`age1…`): encrypted while it flows, its name says so. Throws where a
 * recipient is none.
 *
 * @source C2SP age
 */
export async function encryptedPackage(
  prepared: PreparedPackage,
  recipients: readonly string[],
): Promise<PreparedPackage> {
  // The header's length depends on the recipients alone, so that an empty source tells it.
  const { stream: unused, sizeBytes } = await ageEncryptedTo(Readable.from([]), recipients);
  unused.destroy();
  async function* flow(): AsyncGenerator<Uint8Array> {
    yield* (await ageEncryptedTo(prepared.stream(), recipients)).stream;
  }
  return {
    name: `${prepared.name}.age`,
    mediaType: AGE_TYPE,
    sizeBytes: sizeBytes(prepared.sizeBytes),
    stream: () => Readable.from(flow(), { objectMode: false }),
  };
}

/** The package as a stream; see `preparePackage`, which also tells its length. Errors destroy the stream. */
export function buildPackage(options: PackageOptions): Readable {
  async function* flow(): AsyncGenerator<Uint8Array> {
    yield* (await preparePackage(options)).stream();
  }
  return Readable.from(flow(), { objectMode: false });
}
