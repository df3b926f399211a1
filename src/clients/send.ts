import { lookup } from "node:dns/promises";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { monotonic } from "../kernel/clock.ts";
import { isLoopback, isPublicAddress, urlProblem } from "./address.ts";

/** Longest that a receiver may take, in milliseconds: name, connection and head of the answer together. */
export const PATIENCE_MS = 10_000;
/** Of an answer's body so much is read and dropped, in bytes, so that the connection ends in order. */
const BODY_BYTES_MAX = 16_384;

/** What came of one try. */
export type Sent =
  | { readonly outcome: "answered"; readonly status: number; readonly ms: number }
  | { readonly outcome: "failed"; readonly problem: SendProblem; readonly ms: number };
/** Why there was no answer; each is a message key `webhook.problem.<problem>`. */
export type SendProblem = "address" | "name" | "timeout" | "connection" | "certificate";

interface Sending {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowsLoopback: boolean;
  readonly patienceMs?: number;
  /** Who says where a name leads; the machine's own resolver unless given. */
  readonly resolve?: Resolve;
}
type Resolve = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;
const ownResolver: Resolve = (name) => lookup(name, { all: true, verbatim: true });

class ForbiddenAddress extends Error {
  override name = "ForbiddenAddress";
}

/**
 * Posts to an address that somebody else named. The name is resolved here and the connection goes to the very address that
 * was looked at, so a name server cannot answer twice differently; one forbidden address among several forbids the name.
 * Redirects are not followed, and nothing of the answer is kept but its status.
 */
export function send(sending: Sending): Promise<Sent> {
  const { url, headers, body, allowsLoopback, patienceMs = PATIENCE_MS, resolve = ownResolver } = sending;
  const started = monotonic();
  const ms = (): number => Math.round(monotonic() - started);
  if (urlProblem(url, allowsLoopback) !== undefined)
    return Promise.resolve({ outcome: "failed", problem: "address", ms: ms() });
  const { protocol } = new URL(url);
  const client = protocol === "http:" ? http : https;
  return new Promise((done) => {
    const request = client.request(url, {
      method: "POST",
      agent: false,
      lookup: lookupOf(resolve, allowsLoopback),
      signal: AbortSignal.timeout(patienceMs),
      headers: {
        ...headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "Comity webhook",
      },
    });
    request.on("response", (response) => {
      done({ outcome: "answered", status: response.statusCode ?? 0, ms: ms() });
      let read = 0;
      response.on("data", (chunk: Buffer) => {
        read += chunk.length;
        if (read > BODY_BYTES_MAX) request.destroy();
      });
      response.on("error", () => undefined);
    });
    request.on("error", (error) => done({ outcome: "failed", problem: problemOf(error), ms: ms() }));
    request.end(body);
  });
}

/** Resolves a name once, refuses what it must, and gives the connection that address and no other. */
const lookupOf =
  (resolve: Resolve, allowsLoopback: boolean): LookupFunction =>
  (name, options, give) => {
    resolve(name).then(
      (found) => {
        const isFit = ({ address }: { address: string }) =>
          isPublicAddress(address) || (allowsLoopback && isLoopback(address));
        const [first] = found;
        if (!first || !found.every(isFit)) give(new ForbiddenAddress(name), "", 4);
        else if (options.all) give(null, [{ ...first }]);
        else give(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => give(error, "", 4),
    );
  };

function problemOf(error: Error): SendProblem {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (error instanceof ForbiddenAddress) return "address";
  if (error.name === "AbortError" || error.name === "TimeoutError" || code === "ETIMEDOUT" || code === "ABORT_ERR")
    return "timeout";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") return "name";
  if (/CERT|TLS|SSL|ALTNAME|SIGNATURE/.test(code)) return "certificate";
  return "connection";
}
