import { createHash } from "node:crypto";
import { crc32, deflateRawSync, deflateSync } from "node:zlib";
import { adler32 } from "../src/room/container-ewf.ts";

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const withSum = (bytes: Buffer): Buffer => Buffer.concat([bytes, u32(adler32(bytes))]);

const SECTOR = 512;
const CHUNK = 64 * SECTOR;

/**
 * An E01 image in as many segment files as `segments` says, every other chunk packed. Written after the format's description, apart
 * from the reader. `stated`: the digests that it states, those of the medium by default.
 */
export function makeEwf(
  medium: Buffer,
  more: { segments?: number; stated?: { md5?: string; sha1?: string } } = {},
): Buffer[] {
  const { segments = 1 } = more;
  const chunks = Array.from({ length: medium.length / CHUNK }, (_, n) => medium.subarray(n * CHUNK, (n + 1) * CHUNK));
  const perSegment = Math.ceil(chunks.length / segments);
  const digest = (name: "md5" | "sha1") =>
    Buffer.from(more.stated?.[name] ?? createHash(name).update(medium).digest("hex"), "hex");
  return Array.from({ length: segments }, (_, segment) => {
    const parts: Buffer[] = [
      Buffer.concat([Buffer.from("455646090d0aff0001", "hex"), Buffer.of(segment + 1, 0, 0, 0)]),
    ];
    let at = 13;
    const section = (type: string, contents: Buffer, isLast = false): void => {
      const head = Buffer.alloc(72);
      head.write(type, 0, "latin1");
      head.writeBigUInt64LE(BigInt(isLast ? at : at + 76 + contents.length), 16);
      head.writeBigUInt64LE(BigInt(76 + contents.length), 24);
      parts.push(withSum(head), contents);
      at += 76 + contents.length;
    };
    if (segment === 0) {
      const said =
        "1\r\nmain\r\nc\tn\ta\te\tt\tav\tov\tm\tu\tp\r\nC-7\tE-1\tUSB stick\tA. Examiner\tnone\t1.0\tLinux\t2026 11 26 9 30 0\t2026 11 26 9 30 0\t0\r\n\r\n";
      section("header", deflateSync(Buffer.from(said)));
      const volume = Buffer.alloc(1_048);
      volume.writeUInt8(1, 0);
      volume.writeUInt32LE(chunks.length, 4);
      volume.writeUInt32LE(CHUNK / SECTOR, 8);
      volume.writeUInt32LE(SECTOR, 12);
      volume.writeBigUInt64LE(BigInt(medium.length / SECTOR), 16);
      volume.fill(7, 64, 80);
      section("volume", withSum(volume));
    }
    const stored = chunks
      .slice(segment * perSegment, (segment + 1) * perSegment)
      .map((chunk, n) =>
        n % 2 === 0 ? { bytes: deflateSync(chunk), flag: 0x80000000 } : { bytes: withSum(chunk), flag: 0 },
      );
    const base = at + 76;
    section("sectors", Buffer.concat(stored.map(({ bytes }) => bytes)));
    let offset = 0;
    const entries = stored.map(({ bytes, flag }) => {
      const entry = u32(offset | flag);
      offset += bytes.length;
      return entry;
    });
    const head = Buffer.concat([u32(entries.length), u32(0), u64(base), u32(0)]);
    const table = Buffer.concat([withSum(head), withSum(Buffer.concat(entries))]);
    section("table", table);
    section("table2", table);
    if (segment < segments - 1) section("next", Buffer.alloc(0), true);
    else {
      section("digest", withSum(Buffer.concat([digest("md5"), digest("sha1"), Buffer.alloc(40)])));
      section("hash", withSum(Buffer.concat([digest("md5"), Buffer.alloc(16)])));
      section("done", Buffer.alloc(0), true);
    }
    return Buffer.concat(parts);
  });
}

/** A ZIP of stored files. */
export function makeZip(files: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const parts: Buffer[] = [];
  const rows: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of files) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("504b0304", "hex"), fields, Buffer.from(name), bytes]);
    rows.push(
      Buffer.concat([Buffer.from("504b01021400", "hex"), fields, Buffer.alloc(10), u32(at), Buffer.from(name)]),
    );
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(rows);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, directory, Buffer.from("504b0506", "hex"), end]);
}

const AFF4_CHUNK = 4_096;

/**
 * An AFF4 container: one image stream, packed by `method`, and a map over it with a gap of zeros before its second half; linear
 * hashes, block hashes, map hashes and the block map hash. Written after AFF4 Standard v1.0a §3–§6, apart from the reader.
 */
export function makeAff4(
  data: Buffer,
  more: { method?: "deflate" | "stored"; damage?: (files: Map<string, Buffer>) => void } = {},
): Buffer {
  const { method = "deflate" } = more;
  const [volume, stream, map, image] = ["11111111", "22222222", "33333333", "44444444"].map(
    (id) => `aff4://${id}-0000-4000-8000-000000000000`,
  ) as [string, string, string, string];
  const escaped = (uri: string) => encodeURIComponent(uri);
  const padded = Buffer.concat([data, Buffer.alloc((AFF4_CHUNK - (data.length % AFF4_CHUNK)) % AFF4_CHUNK)]);
  const chunks = Array.from({ length: padded.length / AFF4_CHUNK }, (_, n) =>
    padded.subarray(n * AFF4_CHUNK, (n + 1) * AFF4_CHUNK),
  );
  const perBevy = 8;
  const files = new Map<string, Buffer>([
    ["container.description", Buffer.from(volume)],
    ["version.txt", Buffer.from("major=1\nminor=0\ntool=test\n")],
  ]);
  const sum = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest();
  const blocks: Buffer[] = [];
  for (let bevy = 0; bevy * perBevy < chunks.length; bevy += 1) {
    const own = chunks.slice(bevy * perBevy, (bevy + 1) * perBevy);
    const stored = own.map((chunk) => {
      const packed = deflateRawSync(chunk);
      return method === "deflate" && packed.length < AFF4_CHUNK - 16 ? packed : chunk;
    });
    let offset = 0;
    const index = stored.map((bytes) => {
      const entry = Buffer.concat([u64(offset), u32(bytes.length)]);
      offset += bytes.length;
      return entry;
    });
    const path = `${escaped(stream)}/${`${bevy}`.padStart(8, "0")}`;
    const hashes = Buffer.concat(own.map((chunk) => sum("sha1", chunk)));
    blocks.push(hashes);
    files.set(path, Buffer.concat(stored)).set(`${path}.index`, Buffer.concat(index)).set(`${path}.sha1`, hashes);
  }
  const half = Math.floor(data.length / 2);
  const gap = 10_000;
  const point = (mapped: number, length: number, target: number) =>
    Buffer.concat([u64(mapped), u64(length), u64(target), u32(0)]);
  // The second half comes first in the file: order is that of the mapped addresses.
  const points = Buffer.concat([point(half + gap, data.length - half, half), point(0, half, 0)]);
  const idx = Buffer.from(`${stream}\n`);
  files.set(`${escaped(map)}/map`, points).set(`${escaped(map)}/idx`, idx);
  const medium = Buffer.concat([data.subarray(0, half), Buffer.alloc(gap), data.subarray(half)]);
  const hex = (name: string, bytes: Buffer) => sum(name, bytes).toString("hex");
  const allBlocks = Buffer.concat(blocks);
  const blockMap = hex("sha512", Buffer.concat([sum("sha512", allBlocks), sum("sha512", points), sum("sha512", idx)]));
  const turtle = `@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix aff4: <http://aff4.org/Schema#> .
<${image}> a aff4:DiskImage, aff4:ContiguousImage, aff4:Image ; aff4:dataStream <${map}> ; aff4:size "${medium.length}"^^xsd:long ;
  aff4:hash "${hex("sha256", medium)}"^^aff4:SHA256, "${hex("md5", medium)}"^^aff4:MD5, "${blockMap}"^^aff4:blockMapHashSHA512 .
<${map}> a aff4:Map ; aff4:size "${medium.length}"^^xsd:long ; aff4:dependentStream <${stream}> ;
  aff4:mapPointHash "${hex("sha512", points)}"^^aff4:SHA512 ; aff4:mapIdxHash "${hex("sha512", idx)}"^^aff4:SHA512 .
<${stream}> a aff4:ImageStream ; aff4:chunkSize "${AFF4_CHUNK}"^^xsd:int ; aff4:chunksInSegment "${perBevy}"^^xsd:int ; aff4:size "${data.length}"^^xsd:long ;
  ${method === "deflate" ? "aff4:compressionMethod <https://tools.ietf.org/html/rfc1951> ;" : ""} aff4:hash "${hex("sha1", data)}"^^aff4:SHA1 .
<${stream}/blockhash.sha1> a aff4:BlockHashes ; aff4:hash "${hex("sha512", allBlocks)}"^^aff4:SHA512 .
<${image}/notes> a aff4:CaseNotes ; aff4:caseNumber "C-7" ; aff4:examiner "A. Examiner" .
`;
  files.set("information.turtle", Buffer.from(turtle));
  more.damage?.(files);
  return makeZip([...files]);
}
