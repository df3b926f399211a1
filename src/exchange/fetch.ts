import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { ENTRY_BYTES_MAX, readEntry, type SignedEntry } from "../trust/directory.ts";
import { Malformed } from "../trust/verify-errors.ts";

/** Longest that a peer may take to answer, in milliseconds. */
const PATIENCE_MS = 10_000;

/** A peer's answer, its body read up to a bound. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Asking {
  readonly method?: "GET" | "POST";
  readonly body?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The longest answer that is read. */
  readonly bytesMax: number;
}

/** Asks another node. Throws where it does not answer in time, redirects, or answers more than `bytesMax`. */
export async function ask(url: string, asking: Asking): Promise<Answer> {
  const { status, bytes } = await askBytes(url, asking);
  return { status, text: bytes.toString("utf8") };
}

/** The same, for what is no text. */
export async function askBytes(
  url: string,
  more: Asking,
): Promise<{ readonly status: number; readonly bytes: Buffer }> {
  const answer = await fetch(url, {
    method: more.method ?? "GET",
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(more.body === undefined
      ? { headers: { ...more.headers } }
      : { body: more.body, headers: { "content-type": more.type ?? "application/json" } }),
  });
  return { status: answer.status, bytes: await bytesOf(answer, more.bytesMax) };
}

async function bytesOf(answer: Response, bytesMax: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > bytesMax) throw new Malformed("answer: too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Begins to read what may be long, without the layers that `fetch` lays between a socket and a stream. A redirection is an answer like another. */
export const openGet = (
  url: string,
  { headers, signal }: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const get = url.startsWith("https:") ? httpsGet : httpGet;
    get(url, { headers, signal }, resolve).on("error", reject);
  });

/** The directory entry that a gateway serves. Throws as `ask` and `readEntry` do. */
export async function fetchEntry(gateway: string): Promise<SignedEntry> {
  const { status, text } = await ask(`${gateway.replace(/\/+$/, "")}/.well-known/comity`, {
    bytesMax: ENTRY_BYTES_MAX,
  });
  if (status !== 200) throw new Malformed(`directory entry: the answer was ${status}`);
  return readEntry(text);
}
