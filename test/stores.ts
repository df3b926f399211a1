import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { BucketSettings, StoreSettings } from "../src/trust/vault-store.ts";
import { keyOf } from "../src/trust/vault-segments.ts";
import { startS3 } from "./s3-server.ts";

/** A store for tests, and a way behind it: what somebody with access to the disk or the bucket can see and do. */
export interface TestStore {
  readonly settings: StoreSettings;
  /** Names and bytes of all that lies in it. */
  readonly everything: () => Promise<{ name: string; bytes: Buffer }[]>;
  /** The object's bytes as they lie there; of a bucket, those of its first segment. */
  readonly get: (object: string) => Promise<Buffer>;
  readonly put: (object: string, bytes: Buffer) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The backends that every suite of the store and the vault runs on. `npm run test:s3` sets the bucket to that of a real Ceph. */
export const BACKENDS = ["directory", "s3"] as const;
export type Backend = (typeof BACKENDS)[number];

const REAL = process.env["COMITY_TEST_S3"];
/** True where the bucket is a real one, so that nothing can be made to fail in it. */
export const isRealS3 = REAL !== undefined;

/** Opens an empty store. */
export async function openStoreFor(backend: Backend): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "comity-store-"));
  const clear = () => rmSync(folder, { recursive: true, force: true });
  if (backend === "directory") return { ...behindFolder(folder), close: async () => clear() };
  if (REAL !== undefined) {
    clear();
    const settings: BucketSettings = { ...(JSON.parse(REAL) as BucketSettings), prefix: `${randomUUID()}/` };
    return behindBucket(settings, async () => undefined);
  }
  const server = await startS3(folder);
  return behindBucket(server.settings, async () => {
    await server.close();
    clear();
  });
}

function behindFolder(folder: string): Omit<TestStore, "close"> {
  const pathOf = (object: string) => join(folder, object.slice(-2), object);
  return {
    settings: folder,
    everything: async () =>
      Promise.all(
        (await readdir(folder, { recursive: true, withFileTypes: true })).map(async (entry) => {
          const path = join(entry.parentPath, entry.name);
          return { name: path, bytes: entry.isFile() ? await readFile(path) : Buffer.alloc(0) };
        }),
      ),
    get: (object) => readFile(pathOf(object)),
    put: (object, bytes) => writeFile(pathOf(object), bytes),
  };
}

function behindBucket(settings: BucketSettings, close: () => Promise<void>): TestStore {
  const { bucket: Bucket, prefix } = settings;
  const client = new S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const fetch = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const keys = async () => {
    const all: string[] = [];
    let from: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: prefix,
          ...(from === undefined ? {} : { ContinuationToken: from }),
        }),
      );
      all.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
      from = page.NextContinuationToken;
    } while (from !== undefined);
    return all;
  };
  return {
    settings,
    everything: async () => Promise.all((await keys()).map(async (name) => ({ name, bytes: await fetch(name) }))),
    get: (object) => fetch(keyOf(prefix, object, 0)),
    put: async (object, bytes) => {
      await client.send(new PutObjectCommand({ Bucket, Key: keyOf(prefix, object, 0), Body: bytes }));
    },
    close: async () => {
      if (isRealS3) for (const Key of await keys()) await client.send(new DeleteObjectCommand({ Bucket, Key }));
      client.destroy();
      await close();
    },
  };
}
