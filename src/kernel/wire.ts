import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Node } from "./node.ts";

/** A page as it goes over the wire. */
interface Wired {
  readonly br: Buffer;
  readonly gzip: Buffer;
  readonly plain: string;
}

type Encoding = "br" | "gzip";
const encodingOf = (request: FastifyRequest): Encoding | undefined => {
  const accepted = request.headers["accept-encoding"];
  if (accepted === undefined) return undefined;
  return /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : undefined;
};

/** Pages are made for one reader and sent once: quick beats small, and a page of the portal is small either way. */
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const quickly = {
  br: (page: string) => brotliCompressSync(page, QUICK),
  gzip: (page: string) => gzipSync(page, { level: 1 }),
};

/** Sends a page of the public's face in the smallest form that the reader's browser takes. */
export function sendWired(request: FastifyRequest, reply: FastifyReply, page: string, status: number): FastifyReply {
  const encoding = encodingOf(request);
  return head(reply, encoding, status).send(encoding ? quickly[encoding](page) : page);
}

const head = (reply: FastifyReply, encoding: Encoding | undefined, status: number): FastifyReply => {
  if (encoding) reply.header("content-encoding", encoding);
  return reply
    .status(status)
    .headers({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store", vary: "accept-encoding" });
};

const known = new WeakMap<Node, Map<string, Wired>>();
const KNOWN_MAX = 500;

/**
 * Sends a page that is the same for everybody who reads that language: made and compressed once. `name` stands for all that it
 * depends on; an address with a query is not kept, as the page names it.
 */
export function sendSame(
  of: { readonly node: Node; readonly request: FastifyRequest; readonly reply: FastifyReply },
  { name, locale }: { readonly name: string; readonly locale: string },
  render: () => string,
): FastifyReply {
  const { node, request, reply } = of;
  if (request.url.includes("?")) return sendWired(request, reply, render(), 200);
  const pages = known.get(node) ?? new Map<string, Wired>();
  known.set(node, pages);
  const key = isNobodys(request) ? `${locale} ${request.url}` : `${name} ${locale} ${request.url}`;
  let page = pages.get(key);
  if (!page) {
    const plain = render();
    page = { plain, br: brotliCompressSync(plain), gzip: gzipSync(plain, { level: 9 }) };
    if (pages.size < KNOWN_MAX) pages.set(key, page);
  }
  return sendKept(request, reply, page);
}

function sendKept(request: FastifyRequest, reply: FastifyReply, page: Wired): FastifyReply {
  const encoding = encodingOf(request);
  return head(reply, encoding, 200).send(encoding ? page[encoding] : page.plain);
}

/** Whether the call bears nothing by which its caller could be known: no cookie but the language's, no code. */
const isNobodys = ({ headers: { cookie, authorization } }: FastifyRequest): boolean =>
  authorization === undefined && (cookie === undefined || /^locale=[\w-]*$/.test(cookie));

/**
 * Sends the page that nobody in particular was sent before at this address in this language; `undefined` where there was none, or
 * where the call may be somebody's. So the pages that everybody begins with cost no more than to send them.
 */
export function sendAgain(
  of: { readonly node: Node; readonly request: FastifyRequest; readonly reply: FastifyReply },
  locale: string,
): FastifyReply | undefined {
  const { node, request, reply } = of;
  const page = isNobodys(request) ? known.get(node)?.get(`${locale} ${request.url}`) : undefined;
  return page && sendKept(request, reply, page);
}
