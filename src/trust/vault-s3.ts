import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { StoreFailure } from "../kernel/errors.ts";
import { backoffMs, keyOf, piecesOf, readKey, SEGMENT_BYTES } from "./vault-segments.ts";
import { type BucketSettings, demandName, type Listed, lost, type ObjectStore, type Sink } from "./vault-store.ts";
import { Malformed } from "./verify-errors.ts";

const STALL_MS = 20_000;
const TRIES = 6;
/** A call that trickles on is given up after so long, in milliseconds. */
const CALL_MS = 600_000;
/** Segments of one object under way at once: what an upload may hold in memory beside the one that is filled. */
const UNDER_WAY_MAX = 2;
const REMOVED_AT_ONCE = 8;
/** Readings of a megabyte asked for ahead: hides the way to the store. */
const AHEAD = 4;

type Sdk = typeof import("@aws-sdk/client-s3");
/** The client, loaded at first use: a node with a directory never pays for it. */
interface Loaded {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

async function load(settings: BucketSettings): Promise<Loaded> {
  const sdk = await import("@aws-sdk/client-s3");
  const stallMs = settings.stallMs ?? STALL_MS;
  const client = new sdk.S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    // Tries are counted here, each with its own limits.
    maxAttempts: 1,
    // Newer checksums are trailers of a chunked body, which Ceph before 18 does not read. Content-MD5 is understood by all.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: Math.min(stallMs, 5_000),
      socketTimeout: stallMs,
      httpsAgent: { keepAlive: true, maxSockets: 32, ...(settings.ca === undefined ? {} : { ca: settings.ca }) },
      httpAgent: { keepAlive: true, maxSockets: 32 },
    },
  });
  return { sdk, client };
}

/** What an S3 error is called, and the status it came with. */
interface Told {
  readonly name: string;
  readonly status: number | undefined;
  readonly message: string;
}
export function toldBy(error: unknown): Told {
  if (!(error instanceof Error)) return { name: "", status: undefined, message: String(error) };
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return { name: error.name, status: $metadata?.httpStatusCode, message: error.message };
}

const isMissing = (error: unknown): boolean => toldBy(error).name === "NoSuchKey";
/** Beyond the object's end. */
const isBeyond = (error: unknown): boolean => toldBy(error).name === "InvalidRange" || toldBy(error).status === 416;
const FULL = new Set(["QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"]);
/** 4xx that may be the way's fault and not the caller's. */
const PASSING = new Set(["BadDigest", "RequestTimeout", "SlowDown", "IncompleteBody", "XAmzContentSHA256Mismatch"]);

/** Whether the same call may do when it is made again: the way broke, the store is busy or erred; not where it refuses. */
export function isWorthAnother(error: unknown): boolean {
  const { name, status } = toldBy(error);
  if (FULL.has(name)) return false;
  return status === undefined || status >= 500 || status === 429 || status === 408 || PASSING.has(name);
}

/** What came was not what was asked for: fewer bytes, or other than those sent. */
class Damaged extends Error {
  override name = "Damaged";
}

async function persist<T>({ tries = TRIES }: BucketSettings, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await call(AbortSignal.timeout(CALL_MS));
    } catch (error) {
      if (error instanceof Malformed) throw error;
      const told = toldBy(error);
      if (count >= tries || !isWorthAnother(error))
        throw new StoreFailure(
          FULL.has(told.name) ? "full" : "away",
          `the bucket: ${told.name} ${told.status ?? ""} ${told.message} (try ${count})`,
          { cause: error },
        );
      await sleep(backoffMs(count, Math.random()));
    }
  }
}

/** All of a body, or an error: where it stalls it is cut, where it is shorter than announced it does not count. */
async function gather(body: Readable, expected: number | undefined, stallMs: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const timer = setTimeout(() => body.destroy(new Damaged("the answer stalled")), stallMs);
  try {
    for await (const piece of body) {
      pieces.push(piece as Buffer);
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
  const all = Buffer.concat(pieces);
  if (expected !== undefined && all.length !== expected) throw new Damaged("the answer was cut short");
  return all;
}

/** One call at a time of the kinds that the vault needs, each tried until it is answered or hopeless. */
class Bucket {
  readonly settings: BucketSettings;
  #loaded: Promise<Loaded> | undefined;
  constructor(settings: BucketSettings) {
    this.settings = settings;
  }
  load(): Promise<Loaded> {
    return (this.#loaded ??= load(this.settings));
  }
  end(): void {
    void this.#loaded?.then(({ client }) => client.destroy());
  }

  /** Puts bytes under a key. The store compares their MD5 before it answers, and its answer is compared too. */
  async put(key: string, bytes: Buffer): Promise<void> {
    const { sdk, client } = await this.load();
    const md5 = createHash("md5").update(bytes).digest();
    await persist(this.settings, async (abortSignal) => {
      const { ETag, ServerSideEncryption } = await client.send(
        new sdk.PutObjectCommand({
          Bucket: this.settings.bucket,
          Key: key,
          Body: bytes,
          ContentLength: bytes.length,
          ContentMD5: md5.toString("base64"),
        }),
        { abortSignal },
      );
      // The ETag is the MD5 except where the store encrypts under keys of its own. @source Amazon S3 API, Object: ETag
      const isDigest = ServerSideEncryption === undefined || ServerSideEncryption === "AES256";
      if (isDigest && ETag?.replaceAll('"', "") !== md5.toString("hex"))
        throw new Damaged("the store holds other bytes");
    });
  }

  /** Bytes of a key from `from`, fewer where it ends; `undefined` where there is no such key. */
  async get(key: string, from: number, bytes: number): Promise<Buffer | undefined> {
    const { sdk, client } = await this.load();
    return persist(this.settings, async (abortSignal) => {
      try {
        const { Body, ContentLength } = await client.send(
          new sdk.GetObjectCommand({
            Bucket: this.settings.bucket,
            Key: key,
            Range: `bytes=${from}-${from + bytes - 1}`,
          }),
          { abortSignal },
        );
        return await gather(Body as Readable, ContentLength, this.settings.stallMs ?? STALL_MS);
      } catch (error) {
        if (isMissing(error)) return undefined;
        if (isBeyond(error)) return Buffer.alloc(0);
        throw error;
      }
    });
  }

  async remove(key: string): Promise<void> {
    const { sdk, client } = await this.load();
    await persist(this.settings, async (abortSignal) => {
      await client
        .send(new sdk.DeleteObjectCommand({ Bucket: this.settings.bucket, Key: key }), { abortSignal })
        .catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
    });
  }

  async *keys(prefix: string): AsyncGenerator<{ key: string; bytes: number; at: Temporal.Instant }> {
    const { sdk, client } = await this.load();
    let from: string | undefined;
    do {
      const page = await persist(this.settings, (abortSignal) =>
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket: this.settings.bucket,
            Prefix: prefix,
            ...(from === undefined ? {} : { ContinuationToken: from }),
          }),
          { abortSignal },
        ),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? [])
        if (Key !== undefined)
          yield {
            key: Key,
            bytes: Size ?? 0,
            at: Temporal.Instant.fromEpochMilliseconds(LastModified?.getTime() ?? 0),
          };
      from = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (from !== undefined);
  }
}

/** An object in the making: bytes are gathered into segments, each put when it is full. */
class SegmentSink implements Sink {
  readonly #bucket: Bucket;
  readonly #name: string;
  #block: Buffer | undefined;
  #filled = 0;
  #segment = 0;
  /** Segments answered, from the first on without a gap. */
  #durable = 0;
  readonly #done = new Set<number>();
  readonly #underWay = new Map<number, Promise<void>>();
  #failure: unknown;
  constructor(bucket: Bucket, name: string) {
    this.#bucket = bucket;
    this.#name = name;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    for (let from = 0; from < bytes.length;) {
      const block = (this.#block ??= Buffer.allocUnsafeSlow(SEGMENT_BYTES));
      const taken = Math.min(bytes.length - from, SEGMENT_BYTES - this.#filled);
      block.set(bytes.subarray(from, from + taken), this.#filled);
      this.#filled += taken;
      from += taken;
      if (this.#filled === SEGMENT_BYTES) this.#send();
    }
    while (this.#underWay.size > UNDER_WAY_MAX) await Promise.race(this.#underWay.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Only whole segments count: a shorter one would have to be replaced, and a late try of it could then undo what was acknowledged. */
  async flush(): Promise<number> {
    await Promise.all(this.#underWay.values());
    if (this.#failure !== undefined) throw this.#failure;
    return this.#durable * SEGMENT_BYTES;
  }

  async close(): Promise<void> {
    if (this.#failure === undefined && this.#filled > 0) this.#send();
    await Promise.all(this.#underWay.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  #send(): void {
    const segment = this.#segment++;
    const bytes = (this.#block as Buffer).subarray(0, this.#filled);
    this.#block = undefined;
    this.#filled = 0;
    const put = this.#bucket.put(keyOf(this.#bucket.settings.prefix, this.#name, segment), bytes).then(
      () => {
        this.#done.add(segment);
        while (this.#done.delete(this.#durable)) this.#durable += 1;
        this.#underWay.delete(segment);
      },
      (error: unknown) => {
        this.#failure ??= error;
        this.#underWay.delete(segment);
      },
    );
    this.#underWay.set(segment, put);
  }
}

/** Every object, its segments summed up: keys come in their order, so those of one object come together. */
async function* objectsOf(bucket: Bucket): AsyncGenerator<Listed> {
  const { prefix } = bucket.settings;
  let current: Listed | undefined;
  for await (const { key, bytes, at } of bucket.keys(prefix)) {
    const name = readKey(prefix, key)?.name;
    if (name === undefined) continue;
    if (current?.name === name)
      current = {
        name,
        bytes: current.bytes + bytes,
        at: Temporal.Instant.compare(at, current.at) > 0 ? at : current.at,
      };
    else {
      if (current) yield current;
      current = { name, bytes, at };
    }
  }
  if (current) yield current;
}

/** A store in a bucket of S3, or of what speaks its language (Ceph, MinIO). */
export function openBucket(settings: BucketSettings): ObjectStore {
  const bucket = new Bucket(settings);
  const { prefix } = settings;
  return {
    create: (name) => new SegmentSink(bucket, demandName(name)),
    open: async (name) => {
      demandName(name);
      return {
        read: async (offset, length) => {
          const pieces = piecesOf(offset, length);
          const read = await Promise.all(
            pieces.map(({ segment, from, bytes }) => bucket.get(keyOf(prefix, name, segment), from, bytes)),
          );
          if (read[0] === undefined) throw lost();
          // What follows a short piece would stand in the wrong place.
          const short = read.findIndex((piece, index) => piece?.length !== pieces[index]?.bytes);
          return Buffer.concat(
            read.slice(0, short === -1 ? undefined : short + 1).filter((piece) => piece !== undefined),
          );
        },
        close: async () => undefined,
      };
    },
    remove: async (name) => {
      const keys: string[] = [];
      for await (const { key } of bucket.keys(`${prefix}${demandName(name)}.`)) keys.push(key);
      for (let from = 0; from < keys.length; from += REMOVED_AT_ONCE)
        await Promise.all(keys.slice(from, from + REMOVED_AT_ONCE).map((key) => bucket.remove(key)));
    },
    list: () => objectsOf(bucket),
    room: async () => undefined,
    ahead: AHEAD,
    end: () => bucket.end(),
  };
}

/** Whether the bucket keeps old versions of what is removed; false where it does not say. */
export async function versioningOf(settings: BucketSettings): Promise<boolean> {
  const { sdk, client } = await load(settings);
  try {
    const { Status } = await client.send(new sdk.GetBucketVersioningCommand({ Bucket: settings.bucket }));
    return Status === "Enabled";
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}
