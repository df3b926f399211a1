import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { ComponentChildren } from "preact";
import type { RouteAnswer, RouteCall } from "../kernel/page.ts";
import { htmlOf } from "../kernel/render.tsx";
import { portalAddress } from "./address.ts";
import type { Writing } from "./feeds.ts";

/** Seconds for which a copy of what is public may be shown without asking again: a warning that was called off must not stand long. */
const AGE_SECONDS = 60;

/** The language that a feed or box is asked for in, else the reader's. */
export function localeOf({ node, reader, query }: RouteCall): string {
  const { language } = query;
  return language !== undefined && node.config.languages.includes(language) ? language : reader.locale;
}

/** What feeds and pages for one language are written with. */
export function writingOf({ node }: Pick<RouteCall, "node">, locale: string): Writing {
  const t = node.translations.translate(locale);
  const { districts } = node.services.country.pack.reporting;
  return {
    base: portalAddress(node),
    name: node.name,
    locale,
    t,
    zone: node.config.zone,
    place: (code, language) => {
      if (code === undefined) return node.translations.translate(language)("alerts.everywhere", { country: node.name });
      const name = districts.find((each) => each.code === code)?.name;
      return name?.[language] ?? name?.en ?? code;
    },
  };
}

/** The districts of the country, in the reader's language. */
export const districtsOf = ({ node }: Pick<RouteCall, "node">, locale: string): { code: string; name: string }[] =>
  node.services.country.pack.reporting.districts.map(({ code, name }) => ({ code, name: name[locale] ?? name.en }));

/** A page that may be kept for a minute, and asked for again by what it is. */
export const publicPage = (
  call: RouteCall,
  page: ComponentChildren,
  headers: Readonly<Record<string, string>> = {},
): RouteAnswer =>
  kept(call, htmlOf(page, call.tools), "text/html; charset=utf-8", {
    ...headers,
    "cache-control": `private, max-age=${AGE_SECONDS}`,
  });

const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/**
 * Anything public: in the smallest form that the caller reads, with the digest of its bytes as its tag, so that whoever has it already
 * is told so in a few bytes.
 * @source RFC 9110 §8.8.3, §13.1.2
 */
export function kept(
  { request, reply }: RouteCall,
  text: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): RouteAnswer {
  const accepted = String(request.headers["accept-encoding"] ?? "");
  const encoding = /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : undefined;
  const digest = createHash("sha256").update(text).digest("base64url").slice(0, 27);
  // Each form has a tag of its own, as their bytes differ.
  const tag = `"${digest}${encoding === undefined ? "" : `-${encoding}`}"`;
  const known = (request.headers["if-none-match"] ?? "").split(",").map((each) => each.trim().replace(/^W\//, ""));
  reply.headers({
    etag: tag,
    "cache-control": `public, max-age=${AGE_SECONDS}`,
    vary: "accept-language, accept-encoding, cookie",
    "content-type": type,
    ...headers,
  });
  if (known.includes(tag) || known.includes("*")) void reply.status(304).send();
  else if (encoding === undefined) void reply.send(text);
  else
    void reply
      .header("content-encoding", encoding)
      .send(encoding === "br" ? brotliCompressSync(text, QUALITY) : gzipSync(text));
  return undefined;
}
