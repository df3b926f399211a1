import { parse } from "tldts";
import { isFamous } from "./famous.ts";
import { type Finder, type Observable, sweep } from "./finding.ts";
import { readPhone } from "./phones.ts";

const DOT = String.raw`(?:\.|\s?[[({]\s?(?:\.|dot|punkt|point)\s?[\])}]\s?|\\\.)`;
const DOTS = new RegExp(DOT, "g");
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}])?`;
const LATIN_LABEL = String.raw`[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?`;
const TAIL = String.raw`(?::\d{2,5})?(?:[/?#][^\s<>"'()\u201c\u201d|;]{0,400})?`;
const SCHEME = String.raw`(?:h(?:tt|xx|\*\*|XX)ps?|fxp|ftp)\s?[[(]?:[\])]?\s?/\s?/\s?`;
/** With a scheme any script may follow; without one only Latin names are taken, as other scripts write no blank between words. */
const WITH_SCHEME = new RegExp(String.raw`${SCHEME}(${LABEL}(?:${DOT}${LABEL}){0,8})(${TAIL})`, "giu");
const BARE = new RegExp(String.raw`(?<![A-Za-z0-9@_-])(${LATIN_LABEL}(?:${DOT}${LATIN_LABEL}){1,8})(${TAIL})`, "g");
/**
 * Ways to hide the last dot that are ordinary typing elsewhere: a comma, or blanks around the dot. Endings that are words of
 * their own are left out, as "free bonus, click here" names no site.
 */
const HIDDEN_END = String.raw`(?:,|\s\.\s?)(com|net|org|info|biz|xyz|icu|ph|th|tz|ke|ng|mu|fr)(?![A-Za-z0-9-])`;
const HIDDEN = new RegExp(
  String.raw`(?<![A-Za-z0-9@_.,-])([A-Za-z0-9](?:[A-Za-z0-9-]{1,61}[A-Za-z0-9]))${HIDDEN_END}((?:/[^\s<>"'()|;]{0,400})?)`,
  "gi",
);
/** Seldom there, and quickly seen. */
const HAS_HIDDEN_END = new RegExp(HIDDEN_END, "i");

/**
 * Links, also those made harmless for the report (`hxxps://`, `[.]`, `example . com`). A domain is strong unless it is
 * famous; there the whole address is, where it is long enough to mean one thing: `bit.ly/3pDp2ry`.
 */
export const findLinks: Finder = (text) => {
  const schemed = sweep(text, WITH_SCHEME, ([value, host = "", tail = ""]) => link(value, host, tail, true));
  const bare = /[.[({]/.test(schemed.rest)
    ? sweep(schemed.rest, BARE, ([value, host = "", tail = ""]) => link(value, host, tail, false))
    : { observables: [], rest: schemed.rest };
  const hidden = HAS_HIDDEN_END.test(bare.rest)
    ? sweep(bare.rest, HIDDEN, ([value, label = "", ending = "", tail = ""]) =>
        link(value, `${label}.${ending}`, tail, true),
      )
    : { observables: [], rest: bare.rest };
  return { observables: [...schemed.observables, ...bare.observables, ...hidden.observables], rest: hidden.rest };
};

function link(
  value: string,
  written: string,
  tail: string,
  sure: boolean,
): Observable | readonly Observable[] | undefined {
  const host = written.replace(DOTS, ".").replaceAll(/\s/g, "");
  if (!sure && looksLikeProse(host, tail)) return undefined;
  const parsed = parse(host.toLowerCase(), { allowPrivateDomains: true });
  if (parsed.isIp === true) return [{ type: "ip", value: host, key: `ip:${host}`, strong: true }];
  if (!parsed.domain || !parsed.hostname || (parsed.isIcann !== true && parsed.isPrivate !== true)) return undefined;
  const shown = trimmed(value);
  const path = trimmed(tail)
    .replace(/^:\d+/, "")
    .replace(/[#].*$/, "")
    .replace(/\/$/, "");
  if (!isFamous(parsed.domain)) return { type: "link", value: shown, key: `domain:${parsed.domain}`, strong: true };
  // On a platform or a shortener only the whole address points at one author.
  const number = numberIn(parsed.hostname, path);
  if (number) return number;
  const telling = path.length >= TELLING_PATH_MIN;
  return {
    type: "link",
    value: shown,
    key: telling ? `url:${parsed.hostname}${path}` : `domain:${parsed.domain}`,
    strong: telling,
  };
}

/** The telephone number that a link to a chat names: `wa.me/255747878264`. */
function numberIn(host: string, path: string): Observable | undefined {
  const digits =
    (host === "wa.me" || host.endsWith("whatsapp.com")) && /(?:^\/|[?&]phone=)\+?(\d[\d-]{6,18})/.exec(path)?.[1];
  return digits ? readPhone(`+${digits}`, "ZZ") : undefined;
}

/** Shortest path that means one thing on a famous site: a slash and five characters. */
const TELLING_PATH_MIN = 6;
/** Endings of a sentence, brackets and quotes that stand after an address rather than in it. */
const trimmed = (text: string): string => text.replace(/[.,;:!?'")\]}>…*_]+$/u, "");

/** `Thanks.My` is two sentences: a capital begins the ending of a name otherwise written small. `3.com` and `1.5kg` are numbers. */
function looksLikeProse(host: string, tail: string): boolean {
  const dot = host.lastIndexOf(".");
  const [name, ending] = [host.slice(0, dot), host.slice(dot + 1)];
  if (/\d/.test(ending) && !ending.startsWith("xn--")) return true;
  if (tail.startsWith("/") && tail.length > 1) return false;
  if (/^[A-Z][a-z]/.test(ending) && /[a-z]$/.test(name)) return true;
  if (/^[A-Z]+$/.test(ending) && /[a-z]/.test(name)) return true;
  return /^\d+$/.test(name) && name.length < 3;
}
