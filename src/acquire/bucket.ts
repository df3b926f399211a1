import { readFileSync } from "node:fs";
import { codeOf } from "./folder-list.ts";
import { Failure } from "./failure.ts";
import type { Source } from "./sources.ts";

/** An S3 store as the environment names it, by the names that every S3 tool reads. */
interface Store {
  readonly endpoint?: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

/** `s3://bucket/key`: a key may hold slashes. */
export function addressOf(address: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? [];
  if (bucket === "" || key === "") throw new Failure(`${address}: write s3://BUCKET/KEY.`, 2);
  return { bucket, key };
}

function storeOf(around: NodeJS.ProcessEnv): Store {
  const accessKey = around["AWS_ACCESS_KEY_ID"];
  const secretKey = around["AWS_SECRET_ACCESS_KEY"];
  if (!accessKey || !secretKey)
    throw new Failure("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to read from the S3 store.", 2);
  const endpoint = around["AWS_ENDPOINT_URL_S3"] ?? around["AWS_ENDPOINT_URL"];
  const sessionToken = around["AWS_SESSION_TOKEN"];
  return {
    ...(endpoint ? { endpoint } : {}),
    region: around["AWS_REGION"] ?? around["AWS_DEFAULT_REGION"] ?? "us-east-1",
    accessKey,
    secretKey,
    ...(sessionToken ? { sessionToken } : {}),
  };
}

/** Tries to read on after a broken connection, before it is given up. */
const TRIES_MAX = 8;

/** An object of an S3 store, streamed: read once from its first byte, and gone on with by range where the connection breaks. */
export async function openBucket(address: string, around: NodeJS.ProcessEnv): Promise<Source> {
  const { bucket, key } = addressOf(address);
  const { endpoint, region, accessKey, secretKey, sessionToken } = storeOf(around);
  // Loaded where it is needed: other sources never pay for it.
  const { GetObjectCommand, HeadObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey, ...(sessionToken ? { sessionToken } : {}) },
    ...(around["AWS_CA_BUNDLE"]
      ? { requestHandler: { httpsAgent: { ca: readFileSync(around["AWS_CA_BUNDLE"]) } } }
      : {}),
    maxAttempts: 5,
    // What the store keeps of the object is recorded; a checksum of its own kind is compared by the desk's three digests.
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown): never => {
    throw new Failure(`${address} can't be read: ${reasonOf(error)}`);
  });
  const bytes = head.ContentLength ?? 0;
  const etag = head.ETag ?? "";
  const facts = {
    ...(etag === "" ? {} : { etag: etag.replaceAll('"', "") }),
    ...(head.VersionId ? { version: head.VersionId } : {}),
    ...(head.LastModified ? { last_modified: head.LastModified.toISOString() } : {}),
  };
  async function* read(): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (let tries = 0; at < bytes;) {
      try {
        const answer = await client.send(
          new GetObjectCommand({
            Bucket: bucket,
            Key: key,
            Range: `bytes=${at}-`,
            ...(etag === "" ? {} : { IfMatch: etag }),
          }),
        );
        for await (const piece of answer.Body as AsyncIterable<Uint8Array>) {
          at += piece.length;
          tries = 0;
          yield piece;
        }
        if (at < bytes) tries += 1;
      } catch (error) {
        if (statusOf(error) === 412)
          throw new Failure(`${address} was replaced while it was read. Run the command with --anew.`);
        tries += 1;
        if (tries > TRIES_MAX) throw new Failure(`${address} can't be read on: ${reasonOf(error)}`);
      }
      if (tries > TRIES_MAX) throw new Failure(`${address} ends before its length.`);
    }
  }
  return {
    kind: "bucket",
    name: key.split("/").at(-1) ?? key,
    media: "application/octet-stream",
    bytes,
    mark: `${etag} ${bytes} ${head.VersionId ?? ""}`,
    place: endpoint ? `${endpoint} ${address}` : address,
    read,
    troubles: () => 0,
    facts,
    end: async () => client.destroy(),
  };
}

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
function reasonOf(error: unknown): string {
  const status = statusOf(error);
  if (status === 404) return "there is no such object";
  if (status === 403) return "the store does not allow it";
  return error instanceof Error && error.message !== "" ? error.message : codeOf(error);
}
