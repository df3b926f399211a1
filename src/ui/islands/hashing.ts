// The worker of the upload page: computes MD5, SHA-1 and SHA-256 of a file in one pass, beside the page, and tells how far it is.
import { createMD5, createSHA1, createSHA256 } from "hash-wasm";

/** Read at once: large enough to be quick, small enough to stop at once. */
const PIECE_BYTES = 4 * 1024 ** 2;
const TELL_MS = 100;

export interface Digests {
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}
/** What the worker says: how many bytes are hashed; at the end the digests; or that it cannot. */
export type Hashed = { readonly done: number; readonly digests?: Digests } | { readonly failed: true };

let paused: PromiseWithResolvers<void> | undefined;

async function hash(file: File): Promise<void> {
  const [md5, sha1, sha256] = await Promise.all([createMD5(), createSHA1(), createSHA256()]);
  let told = 0;
  for (let from = 0; from < file.size; from += PIECE_BYTES) {
    await paused?.promise;
    const bytes = new Uint8Array(await file.slice(from, from + PIECE_BYTES).arrayBuffer());
    md5.update(bytes);
    sha1.update(bytes);
    sha256.update(bytes);
    if (performance.now() - told < TELL_MS) continue;
    told = performance.now();
    postMessage({ done: from + bytes.length } satisfies Hashed);
  }
  const digests = { md5: md5.digest(), sha1: sha1.digest(), sha256: sha256.digest() };
  postMessage({ done: file.size, digests } satisfies Hashed);
}

addEventListener("message", ({ data }: MessageEvent<File | "pause" | "go">) => {
  if (data === "pause") paused ??= Promise.withResolvers<void>();
  else if (data === "go") {
    paused?.resolve();
    paused = undefined;
  } else hash(data).catch(() => postMessage({ failed: true } satisfies Hashed));
});
