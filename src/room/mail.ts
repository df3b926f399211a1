import { createHash } from "node:crypto";
import PostalMime, { type Address, type Email } from "postal-mime";

/** One station of a message on its way, as the station itself wrote it. What stands below the first station of one's own provider may be made up. */
export interface Hop {
  readonly from: string;
  readonly by: string;
  readonly with: string;
  /** RFC 3339, UTC; `null` where the station wrote none that can be read. */
  readonly at: string | null;
  /** Address of the machine that handed it over. */
  readonly ip: string | null;
  /** Seconds since the station before; negative where the clocks disagree. */
  readonly seconds: number | null;
}

/** A link as the reader saw it, and where it leads. */
export interface MailLink {
  readonly shown: string;
  readonly target: string;
}

/** What is wrong with a message at first sight; each is a message key `attachments.warning.<warning>`. */
export type MailWarning = "reply-elsewhere" | "name-is-address" | "link-differs" | "checks-failed" | "cut";

/** What a message file says of itself. Every text is cut to a length; nothing of it is markup. */
export interface MailFacts {
  readonly from: string;
  readonly replyTo: string;
  readonly returnPath: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly date: string;
  readonly messageId: string;
  /** The oldest first. */
  readonly hops: readonly Hop[];
  /** What the receiving provider found: SPF, DKIM, DMARC. @source RFC 8601 */
  readonly checks: readonly { readonly what: string; readonly result: string; readonly by: string }[];
  readonly links: readonly MailLink[];
  readonly attachments: readonly {
    readonly name: string;
    readonly media: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly text: string;
  readonly warnings: readonly MailWarning[];
}

const TEXT_MAX = 20_000;
const LINE_MAX = 500;
const HOPS_MAX = 60;
const LINKS_MAX = 200;
const PARTS_MAX = 100;

/** Reads a message. Throws where it is nested too deep or its headers are too large. @source RFC 5322, RFC 2045 */
export async function readMail(bytes: Uint8Array): Promise<MailFacts> {
  const mail = await PostalMime.parse(bytes, {
    maxNestingDepth: 40,
    maxHeadersSize: 512 * 1_024,
    maxRfc822NestingDepth: 5,
    attachmentEncoding: "arraybuffer",
  });
  const links = linksOf(mail);
  const facts = {
    from: shown(mail.from),
    replyTo: (mail.replyTo ?? []).map(shown).join(", ").slice(0, LINE_MAX),
    returnPath: line(mail.returnPath),
    to: [...(mail.to ?? []), ...(mail.cc ?? [])].slice(0, 50).map(shown),
    subject: line(mail.subject),
    date: line(mail.date),
    messageId: line(mail.messageId),
    hops: hopsOf(mail),
    checks: checksOf(mail),
    links,
    attachments: mail.attachments.slice(0, PARTS_MAX).map(({ filename, mimeType, content }) => ({
      name: line(filename ?? ""),
      media: line(mimeType),
      bytes: Buffer.from(content as ArrayBuffer).length,
      sha256: createHash("sha256")
        .update(Buffer.from(content as ArrayBuffer))
        .digest("hex"),
    })),
    text: plain(mail.text ?? wordsOf(mail.html ?? ""))
      .slice(0, TEXT_MAX)
      .toWellFormed(),
  };
  return { ...facts, warnings: warningsOf(mail, facts) };
}

/** One line without control characters, cut to length. */
const line = (text: string | undefined): string =>
  plain(text ?? "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, LINE_MAX)
    .toWellFormed();
const plain = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "");

const shown = (address: Address | undefined): string =>
  address === undefined
    ? ""
    : address.group
      ? line(address.group.map(shown).join(", "))
      : line(
          address.name === "" || address.name === address.address
            ? address.address
            : `${address.name} <${address.address}>`,
        );

const IP = /\[(?:IPv6:)?([0-9a-f.:]{3,45})\]|\((?:[^()\s]*\s)?\[?(\d{1,3}(?:\.\d{1,3}){3})\]?\)/i;

/** The stations, the oldest first. @source RFC 5321 §4.4 */
function hopsOf({ headers }: Email): Hop[] {
  const lines = headers
    .filter(({ key }) => key === "received")
    .slice(0, HOPS_MAX)
    .map(({ value }) => value.slice(0, 2_000))
    .reverse();
  let before: number | undefined;
  return lines.map((value) => {
    const at = momentIn(value.slice(value.lastIndexOf(";") + 1));
    const seconds = at && before !== undefined ? Math.round(at.epochMilliseconds / 1_000 - before) : null;
    if (at) before = at.epochMilliseconds / 1_000;
    const word = (name: string): string =>
      line(new RegExp(String.raw`(?:^|\s)${name}\s+([^\s;]{1,200})`, "i").exec(value)?.[1]);
    const ip = IP.exec(value);
    return {
      from: word("from"),
      by: word("by"),
      with: word("with"),
      at: at?.toString() ?? null,
      ip: ip?.[1] ?? ip?.[2] ?? null,
      seconds,
    };
  });
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DATE = /(\d{1,2})\s+([A-Za-z]{3})\w*\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|GMT|UT|UTC|Z)?/;

/** A moment as mail writes it. @source RFC 5322 §3.3 */
function momentIn(text: string): Temporal.Instant | undefined {
  const [, day = "", month = "", year = "", hour = "", minute = "", second = "00", zone = "+0000"] =
    DATE.exec(text) ?? [];
  const number = MONTHS.indexOf(month.toLowerCase()) + 1;
  if (number === 0) return undefined;
  const two = (digits: string | number): string => String(digits).padStart(2, "0");
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : "Z";
  try {
    return Temporal.Instant.from(`${year}-${two(number)}-${two(day)}T${two(hour)}:${minute}:${second}${offset}`);
  } catch {
    return undefined;
  }
}

function checksOf({ headers }: Email): MailFacts["checks"] {
  const [first] = headers.filter(({ key }) => key === "authentication-results");
  if (!first) return [];
  const by = line(first.value.split(";", 1)[0]);
  return [...first.value.slice(0, 4_000).matchAll(/\b(spf|dkim|dmarc|arc)=(\w{1,20})/gi)]
    .slice(0, 12)
    .map(([, what = "", result = ""]) => ({ what: what.toUpperCase(), result: result.toLowerCase(), by }));
}

const ANCHOR =
  /<a\s[^>]{0,2000}?href\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s"'>]{1,2000}))[^>]{0,2000}>([^]{0,2000}?)<\/a/gi;
const BARE = /\bhttps?:\/\/[^\s<>"'()]{3,1000}/gi;

function linksOf({ html = "", text = "" }: Email): MailLink[] {
  const anchors = [...html.matchAll(ANCHOR)].slice(0, LINKS_MAX).map(([, double, single, none, inner = ""]) => ({
    shown: line(wordsOf(inner)),
    target: line((double ?? single ?? none ?? "").replaceAll("&amp;", "&")),
  }));
  const bare = [...text.matchAll(BARE)]
    .slice(0, LINKS_MAX)
    .map(([target]) => ({ shown: line(target), target: line(target) }));
  const seen = new Set<string>();
  return [...anchors, ...bare]
    .filter(({ target }) => /^(?:https?|ftp):/i.test(target) && !seen.has(target) && seen.add(target))
    .slice(0, LINKS_MAX);
}

/** The words of a page, roughly: for reading, never for showing as a page. */
const wordsOf = (html: string): string =>
  html
    .replaceAll(/<(script|style)\b[^]*?(?:<\/\1[^>]*>|$)/gi, " ")
    .replaceAll(/<(?:br|\/p|\/div|\/tr|\/li)\b[^>]*>/gi, "\n")
    .replaceAll(/<[^>]*>?/g, " ")
    .replaceAll("&nbsp;", " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const domainOf = (text: string): string =>
  /@([\w.-]+)/.exec(text.slice(text.lastIndexOf("<") + 1))?.[1]?.toLowerCase() ?? "";
const hostOf = (text: string): string =>
  /^(?:https?:\/\/)?([\w-]+(?:\.[\w-]+)+)/i.exec(text.trim())?.[1]?.toLowerCase() ?? "";

function warningsOf(mail: Email, { replyTo, from, links, checks }: Omit<MailFacts, "warnings">): MailWarning[] {
  const warnings: MailWarning[] = [];
  if (replyTo !== "" && domainOf(replyTo) !== domainOf(from)) warnings.push("reply-elsewhere");
  const name = mail.from && !mail.from.group ? mail.from.name : "";
  if (name.includes("@") && domainOf(name) !== domainOf(from)) warnings.push("name-is-address");
  if (links.some((each) => hostOf(each.shown) !== "" && !sameSite(hostOf(each.shown), hostOf(each.target))))
    warnings.push("link-differs");
  if (checks.some(({ result }) => result === "fail" || result === "softfail")) warnings.push("checks-failed");
  if (mail.attachments.length > PARTS_MAX || (mail.text ?? "").length > TEXT_MAX) warnings.push("cut");
  return warnings;
}

const sameSite = (a: string, b: string): boolean => a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
