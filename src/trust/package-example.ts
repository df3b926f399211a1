import { createHash, generateKeyPairSync } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Entry, type JournalRecord, makeEntry } from "../kernel/journal.ts";
import type { JsonObject } from "../kernel/json.ts";
import { makeCertificate } from "./certificate.ts";
import { type NoteSigner, noteSigner, signCheckpoint } from "./checkpoint.ts";
import type { Signer } from "./cms.ts";
import { type PackageOptions, type GivenFile, type PackagedFile, type PackagedItem, buildPackage } from "./package.ts";
import { inclusionRanges } from "./proof.ts";
import { builtInAuthority } from "./timestamp.ts";
import { tlogProofText } from "./verify-checkpoint.ts";
import { NOTE_TYPE, vkeyOf } from "./verify-note.ts";
import { leafHash, rootOf } from "./verify-tlog.ts";

/** A moment at which the example's packages are made. */
export const packedAt = Temporal.Instant.from("2026-11-23T12:00:00Z");

/** A signer with a certificate of its own, in force for 30 years. */
export function exampleSigner(use: "signing" | "time-stamping"): Signer {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const [from, until] = [Temporal.Instant.from("2026-01-01T00:00:00Z"), Temporal.Instant.from("2056-01-01T00:00:00Z")];
  const facts = {
    commonName: `Police d’Aruna (${use})`,
    organization: "République d’Aruna",
    country: "XA",
    from,
    until,
    use,
  };
  return { key, certificate: makeCertificate(facts, key) };
}

/** A ledger in memory: takes digests, signs a checkpoint, and proves what it holds. */
export class ExampleLedger {
  readonly origin = "xa.example/ledger";
  readonly signer: NoteSigner = noteSigner(this.origin, NOTE_TYPE.ed25519, generateKeyPairSync("ed25519").privateKey);
  readonly vkey: string = vkeyOf(this.signer);
  private readonly leaves: Buffer[] = [];
  private readonly roots = new Map<string, Buffer>();
  private signed = { size: -1, note: "" };

  add(digest: Buffer): number {
    return this.leaves.push(leafHash(digest)) - 1;
  }

  checkpoint(): string {
    const size = this.leaves.length;
    if (this.signed.size !== size) {
      const checkpoint = { origin: this.origin, size: BigInt(size), root: this.root(0, size) };
      this.signed = { size, note: signCheckpoint(checkpoint, this.signer) };
    }
    return this.signed.note;
  }

  proof(index: number): string {
    const ranges = inclusionRanges(index, this.leaves.length);
    const hashes = ranges.map(({ start, end }) => this.root(start, end));
    return tlogProofText({ index: BigInt(index), hashes, checkpoint: this.checkpoint() });
  }

  private root(start: number, end: number): Buffer {
    const known = this.roots.get(`${start}-${end}`);
    if (known) return known;
    const root = rootOf(this.leaves.slice(start, end));
    this.roots.set(`${start}-${end}`, root);
    return root;
  }
}

/** A file of the example with its content. */
export const exampleFile = (name: string, content: string | Uint8Array, mediaType = "text/plain"): GivenFile => ({
  name,
  mediaType,
  sizeBytes: Buffer.byteLength(content),
  sha256: createHash("sha256").update(content).digest("hex"),
  open: () => Readable.from([Buffer.from(content)]),
});

/** A chain of `count` events of an item; the first names the files' digests. */
export function exampleEvents(id: string, files: readonly PackagedFile[], count: number): Entry[] {
  const entries: Entry[] = [];
  for (let event = 0; event < count; event++) {
    const change: JsonObject = event === 0 ? { files: files.map(({ name, sha256 }) => ({ name, sha256 })) } : { event };
    const before = entries.at(-1);
    entries.push(
      makeEntry(
        {
          node: "XA",
          now: packedAt.subtract({ hours: 2 }).add({ seconds: event }),
          act: event === 0 ? "item.acquire" : "item.transfer",
          subject: { kind: "item", id },
          actor: { kind: "system", job: "demo" },
          basis: ["CETS 185 Art. 19"],
          decision: { policies: ["core.item"], pack: "0".repeat(64) },
          change,
        },
        before ? { seq: before.record.seq, digest: before.digest } : undefined,
      ),
    );
  }
  return entries;
}

/** Everything that an example's package is made of, open to be tampered with before it is built. */
export interface Example {
  readonly ledger: ExampleLedger;
  readonly signing: Signer;
  readonly stamping: Signer;
  /** Builds a package of items; `tamper` changes what goes in, with all the keys of the node. */
  readonly build: (tamper?: (options: PackageOptions) => PackageOptions) => Promise<Buffer>;
  readonly options: PackageOptions;
}

/** What an example's item is made of. */
export interface ExampleItem {
  readonly number: string;
  readonly files: readonly PackagedFile[];
  readonly events: number;
}

/** A node's keys and ledger, and the options of a package of these items. */
export function example(items: readonly ExampleItem[]): Example {
  const ledger = new ExampleLedger();
  const signing = exampleSigner("signing");
  const stamping = exampleSigner("time-stamping");
  const chains = items.map(({ files, events }, index) =>
    exampleEvents(`019ab000-0000-7000-8000-00000000000${index}`, files, events),
  );
  const indexes = chains.map((chain) => chain.map(({ digest }) => ledger.add(digest)));
  const packaged: PackagedItem[] = items.map(({ number, files }, index) => ({
    number,
    subject: { kind: "item", id: `019ab000-0000-7000-8000-00000000000${index}` },
    description: `Téléphone saisi, pièce ${number}`,
    facts: { acquisition: { method: "logical", tool: "tool 4.2" } },
    files,
    custody: (chains[index] ?? []).map(({ record, salt }, event) => ({
      record,
      salt,
      proof: ledger.proof(indexes[index]?.[event] ?? 0),
    })),
  }));
  const options: PackageOptions = {
    name: "XA-2026-000123.asice",
    node: { code: "XA", name: "Police d’Aruna" },
    at: packedAt,
    items: packaged,
    documents: [{ name: "request.pdf", mediaType: "application/pdf", content: Buffer.from("%PDF-1.7\n") }],
    ledger: { origin: ledger.origin, vkey: ledger.vkey, witnesses: [], quorum: 0, checkpoint: ledger.checkpoint() },
    signing,
    authority: builtInAuthority(stamping, () => packedAt),
  };
  return {
    ledger,
    signing,
    stamping,
    options,
    build: async (tamper = (same) => same) => buffer(buildPackage(tamper(options))),
  };
}

/** A record with something changed in it: what a forger would write. */
export const forged = (record: JournalRecord, change: Partial<JournalRecord>): JournalRecord => ({
  ...record,
  ...change,
});
