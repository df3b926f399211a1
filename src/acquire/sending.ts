import { setTimeout as sleep } from "node:timers/promises";
import { type Desk, reasonOf, refusalOf, WAITS_MS } from "./desk.ts";
import { Failure } from "./failure.ts";

const VERSION = { "tus-resumable": "1.0.0" };
const MIB = 1_048_576;
/** Bytes of one call: kept in memory until the desk has them for good. */
const PIECE_BYTES_MIN = 8 * MIB;
const PIECE_BYTES_MAX = 64 * MIB;
/** Calls that an upload of known length takes, about. */
const PIECES = 256;

/** Where an upload stands. @source tus 1.0.0 “HEAD” */
export interface Standing {
  readonly offset: number;
  /** All bytes are there, hashed or not. */
  readonly isWhole: boolean;
  /** SHA-256 that the desk computed, once all bytes are there. */
  readonly sha256: string | undefined;
  readonly md5: string | undefined;
  readonly sha1: string | undefined;
}

export const pieceBytesOf = (total: number | undefined): number =>
  total === undefined
    ? PIECE_BYTES_MAX
    : Math.min(PIECE_BYTES_MAX, Math.max(PIECE_BYTES_MIN, Math.ceil(total / PIECES / MIB) * MIB));

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Makes an upload and gives its address. With the same key once more, it is the same upload. @source tus 1.0.0 “Creation” */
export async function createUpload(
  desk: Desk,
  wanted: { readonly name: string; readonly media: string; readonly bytes: number | undefined; readonly key: string },
): Promise<string> {
  const { name, media, bytes, key } = wanted;
  const answer = await desk.call("POST", "/api/v1/uploads", {
    headers: {
      ...VERSION,
      ...(bytes === undefined ? { "upload-defer-length": "1" } : { "upload-length": `${bytes}` }),
      "upload-metadata": `filename ${base64(name)},filetype ${base64(media)}`,
      "idempotency-key": key,
    },
  });
  const location = answer.headers.get("location");
  if (answer.status !== 201 || location === null) throw refusalOf(answer);
  return new URL(location, desk.url).pathname;
}

/** Where an upload stands; `undefined` where the desk knows it no longer. */
export async function standingOf(desk: Desk, upload: string): Promise<Standing | undefined> {
  const answer = await desk.call("HEAD", upload, { headers: VERSION });
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (answer.status >= 300) throw refusalOf(answer);
  const digest = (name: string) => answer.headers.get(`upload-${name}`) ?? undefined;
  return {
    offset: Number(answer.headers.get("upload-offset")),
    isWhole: answer.headers.get("upload-offset") === answer.headers.get("upload-length"),
    sha256: digest("sha256"),
    md5: digest("md5"),
    sha1: digest("sha1"),
  };
}

/** Cuts a source into the pieces of the calls. */
export async function* piecesOf(source: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafeSlow(bytes);
  let filled = 0;
  for await (const block of source)
    for (let from = 0; from < block.length;) {
      const some = Math.min(block.length - from, bytes - filled);
      piece.set(block.subarray(from, from + some), filled);
      filled += some;
      from += some;
      if (filled < bytes) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(bytes);
      filled = 0;
    }
  if (filled > 0) yield piece.subarray(0, filled);
}

/**
 * Brings a piece that begins at `from`, whatever breaks: asks where the upload stands and goes on there. Resolves when the desk has
 * all of it for good. With `total`, the desk is told that nothing follows after so many bytes.
 */
export async function bring(
  desk: Desk,
  upload: string,
  piece: { readonly from: number; readonly bytes: Buffer; readonly total?: number },
  onWait: (why: string, milliseconds: number) => void,
): Promise<void> {
  const end = piece.from + piece.bytes.length;
  let at = piece.from;
  for (let tries = 0; ;) {
    const answer = await desk
      .once("PATCH", upload, {
        headers: {
          ...VERSION,
          "content-type": "application/offset+octet-stream",
          "upload-offset": `${at}`,
          ...(piece.total === undefined ? {} : { "upload-length": `${piece.total}` }),
        },
        body: piece.bytes.subarray(at - piece.from),
      })
      .catch((error: unknown) => reasonOf(error));
    if (typeof answer !== "string" && answer.status === 204) {
      at = Number(answer.headers.get("upload-offset"));
      if (at === end) return;
      tries = 0;
    } else if (typeof answer !== "string" && answer.status < 500 && ![409, 423, 429].includes(answer.status)) {
      throw answer.status === 404 ? gone() : refusalOf(answer);
    } else {
      const wait = WAITS_MS[tries++];
      if (wait === undefined)
        throw new Failure(
          "The desk can't be reached any more. Nothing is lost: run the same command again, and it goes on from here.",
        );
      onWait(typeof answer === "string" ? answer : `the desk answers ${answer.status}`, wait);
      await sleep(wait);
      const standing = await standingOf(desk, upload);
      if (!standing) throw gone();
      if (standing.offset === end || (standing.sha256 !== undefined && standing.offset >= end)) return;
      at = standing.offset;
    }
    if (at < piece.from || at > end)
      throw new Failure(
        "The desk stands at another place of the upload than this command: does another run send the same? End one of them.",
      );
  }
}

const gone = (): Failure =>
  new Failure(
    "The desk has forgotten this upload; it keeps one for a day after its last byte. Run the same command again to begin anew.",
  );
