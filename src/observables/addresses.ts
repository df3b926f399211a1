import ipaddr from "ipaddr.js";
import { parse } from "tldts";
import { type Finder, type Observable, sweep } from "./finding.ts";

const AT = String.raw`(?:@|\s?[[({]\s?(?:at|@)\s?[\])}]\s?)`;
const DOT = String.raw`(?:\.|\s?[[({]\s?(?:\.|dot)\s?[\])}]\s?)`;
// Bounded repetition on both sides keeps the search linear whatever the text.
const EMAIL = new RegExp(
  String.raw`(?<![\w.+-])[A-Za-z0-9][\w.+%-]{0,63}${AT}[A-Za-z0-9-]{1,63}(?:${DOT}[A-Za-z0-9-]{1,63}){1,5}`,
  "gi",
);

/** E-mail addresses, also written `name [at] example [dot] com`. */
export const findEmails: Finder = (text) => {
  if (!/@|[[({]\s?at\s?[\])}]/i.test(text)) return { observables: [], rest: text };
  return sweep(text, EMAIL, ([value]) => {
    const address = value.replace(new RegExp(AT, "i"), "@").replace(new RegExp(DOT, "gi"), ".").toLowerCase();
    const parsed = parse(address.slice(address.indexOf("@") + 1));
    if (!parsed.domain || !parsed.isIcann) return undefined;
    return { type: "email", value, key: `email:${address}`, strong: true };
  });
};

const IPV4 = new RegExp(String.raw`(?<![\d.])\d{1,3}(?:${DOT}\d{1,3}){3}(?![\d.]*\d)`, "g");
const IPV6 =
  /(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){0,7}(?:::)?(?![\w:])|(?<![\w:])::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}(?![\w:])/gi;

/** IP addresses, also written `192[.]0[.]2[.]1`; strong only where they are reachable from the Internet. */
export const findIps: Finder = (text) => {
  const four = sweep(text, IPV4, ([value]) => ip(value, value.replace(new RegExp(DOT, "g"), ".")));
  const six = sweep(four.rest, IPV6, ([value]) =>
    value.replaceAll(/[^:]/g, "").length >= 2 && /[0-9a-f]{2}/i.test(value) ? ip(value, value) : undefined,
  );
  return { observables: [...four.observables, ...six.observables], rest: six.rest };
};

function ip(value: string, written: string): Observable | undefined {
  if (!ipaddr.isValid(written) || (written.includes(".") && !ipaddr.IPv4.isValidFourPartDecimal(written)))
    return undefined;
  const address = ipaddr.process(written);
  return { type: "ip", value, key: `ip:${address.toString()}`, strong: address.range() === "unicast" };
}

const HASH = /\b[0-9a-f]{32}(?:[0-9a-f]{32}|[0-9a-f]{8})?\b/gi;
/** Names of the digests by their length in hexadecimal characters. */
const DIGESTS: Readonly<Record<number, string>> = { 32: "md5", 40: "sha1", 64: "sha256" };

/** Digests of files (MD5, SHA-1, SHA-256) in hexadecimal. */
export const findHashes: Finder = (text) =>
  sweep(text, HASH, ([value]) =>
    /\d/.test(value) && /[a-f]/i.test(value)
      ? { type: "hash", value, key: `hash:${DIGESTS[value.length] ?? "digest"}:${value.toLowerCase()}`, strong: true }
      : undefined,
  );

const HANDLE = /(?<![\w@/.])@([A-Za-z][\w.]{2,29})(?![\w@])/g;

/** Account names written with an at sign. Weak: the same name may be another person's elsewhere. */
export const findHandles: Finder = (text) =>
  sweep(text, HANDLE, ([value, name = ""]) => ({
    type: "handle",
    value,
    key: `handle:${name.toLowerCase().replace(/\.$/, "")}`,
    strong: false,
  }));
