import { fileTypeFromBuffer } from "file-type";
import { lookAtArchive } from "./look-archive.ts";
import { lookAtMail, lookAtMailbox, lookAtMessage } from "./look-mail.ts";
import { lookAtMedia } from "./look-media.ts";
import { lookAtPdf } from "./look-pdf.ts";
import { lookAtPicture, type PictureSeen } from "./look-picture.ts";
import { asHex, isTextual, lookAtText } from "./look-text.ts";
import type { MailFacts } from "./mail.ts";
import type { Looked } from "./program.ts";
import type { Asked, Source } from "./source.ts";

/** One line of an archive's list. */
export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
  /** Packed size; `null` where the format packs all together. */
  readonly packed: number | null;
  /** RFC 3339 without a zone, as archives hold it; `null` where there is none. */
  readonly at: string | null;
  readonly encrypted: boolean;
}
/** One message of a mailbox, as its list shows it. */
export interface MailSummary {
  readonly from: string;
  readonly subject: string;
  readonly date: string;
}
/** A stretch of text. */
export interface TextSeen {
  readonly text: string;
  /** WHATWG name of the encoding. */
  readonly encoding: string;
  /** True where the encoding is a guess of the bytes rather than marked or proved by them. */
  readonly guessed: boolean;
}
/** Which part of how many is shown, from 1. */
interface Paged {
  readonly page: number;
  readonly pages: number;
}

/** What a preview shows. Texts are as they stand in the file, cut to a length; none of them is markup. */
export type Look = { readonly media: string } & (
  | ({ readonly kind: "text"; readonly from: number; readonly to: number } & TextSeen & Paged)
  | ({ readonly kind: "hex"; readonly from: number; readonly rows: readonly string[] } & Paged)
  | { readonly kind: "picture"; readonly picture: PictureSeen }
  | ({
      readonly kind: "pdf";
      readonly version: string;
      readonly active: readonly string[];
      readonly text: string;
    } & Paged)
  | { readonly kind: "mail"; readonly mail: MailFacts }
  | ({
      readonly kind: "mailbox";
      readonly list: readonly MailSummary[];
      readonly whole: boolean;
      readonly mail: MailFacts | null;
    } & Paged)
  | {
      readonly kind: "archive";
      readonly format: "zip" | "tar";
      readonly entries: readonly ArchiveEntry[];
      /** Entries in all; more than are listed where the list is cut. */
      readonly count: number;
      readonly bytes: number;
      readonly whole: boolean;
    }
  | { readonly kind: "media"; readonly facts: readonly (readonly [string, string])[] }
  | { readonly kind: "large" }
);

const HEAD_BYTES = 65_536;
/** Largest file that is read whole to be drawn. */
const WHOLE_BYTES_MAX = 96 * 1_024 ** 2;

/** Looks at bytes by what they are, never by what their name says. */
export async function look(asked: Asked, source: Source): Promise<Looked> {
  const head = await source.read(0, HEAD_BYTES);
  if (asked.hex) return { answer: await asHex(asked, source, "application/octet-stream") };
  // The mark of UTF-16 is also how a sound could begin, and nearly never does.
  const isMarked = ["fffe", "feff"].includes(head.toString("hex", 0, 2)) && isTextual(head);
  const found = isMarked ? undefined : await fileTypeFromBuffer(head).catch(() => undefined);
  const media = found?.mime ?? (isTextual(head) ? "text/plain" : "application/octet-stream");
  const whole = async (): Promise<Buffer> => source.read(0, source.bytes);
  const isLarge = source.bytes > WHOLE_BYTES_MAX;
  if (isDrawable(media)) return isLarge ? tooLarge(media) : lookAtPicture(await whole(), media);
  if (media === "application/pdf") return isLarge ? tooLarge(media) : lookAtPdf(await whole(), asked);
  if (media === "application/x-cfb" && /\.(?:msg|oft)$/i.test(asked.name ?? ""))
    return isLarge ? tooLarge(media) : lookAtMessage(await whole());
  if (media === "application/zip" || isZipInside(head)) return lookAtArchive("zip", source, media);
  if (media === "application/x-tar") return lookAtArchive("tar", source, media);
  if (/^(?:audio|video)\//.test(media)) return lookAtMedia(head, source, media);
  const text = head.toString("latin1");
  if (/^From \S+ .*\r?\n[\w-]+:/.test(text)) return lookAtMailbox(asked, source);
  if (isMail(text)) return isLarge ? tooLarge("message/rfc822") : lookAtMail(await whole());
  // Markup and drawings are text here: what could run is read, not run.
  if (isTextual(head)) return { answer: await lookAtText(asked, source, media) };
  return { answer: await asHex(asked, source, media) };
}

const tooLarge = (media: string): Looked => ({ answer: { kind: "large", media } satisfies Look });
const isDrawable = (media: string): boolean => media.startsWith("image/") && media !== "image/svg+xml";
const isZipInside = (head: Buffer): boolean => head.subarray(0, 4).equals(Buffer.from("504b0304", "hex"));

/** Header lines of which every message has some. @source RFC 5322 §3.6 */
const HEADER =
  /^(?:received|from|to|subject|date|message-id|mime-version|return-path|delivered-to|dkim-signature|reply-to):/gim;
function isMail(text: string): boolean {
  const before = text.split(/\r?\n\r?\n/, 1)[0] ?? "";
  const names = new Set([...before.matchAll(HEADER)].map(([name]) => name.toLowerCase()));
  return /^[\w-]+:/.test(text) && (names.has("from:") || names.has("received:")) && names.size >= 2;
}
