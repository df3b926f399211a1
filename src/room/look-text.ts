import chardet from "chardet";
import type { Look, TextSeen } from "./look.ts";
import type { Asked, Source } from "./source.ts";

const TEXT_PAGE_BYTES = 32_768;
/** How far a page goes on to end with a line. */
const LINE_BYTES_MAX = 4_096;
const HEX_PAGE_BYTES = 4_096;
const HEX_ROW_BYTES = 16;
const SAMPLE_BYTES = 65_536;

/** A byte that stands in no text of an encoding of bytes: control characters but tab, line ends and escape. */
const isControl = (byte: number): boolean => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte);

/** Whether the first bytes of a file read as text, be it of one byte or of two a character. */
export function isTextual(head: Buffer): boolean {
  if (head.length === 0) return true;
  return wideOf(head) !== undefined || !head.some(isControl);
}

/** UTF-16 by its mark, or by every other byte of Latin text being nought. */
function wideOf(head: Buffer): { encoding: string; guessed: boolean } | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", guessed: false };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", guessed: false };
  const sample = head.subarray(0, 512);
  if (sample.length < 8 || sample.length % 2 !== 0) return undefined;
  const noughts = [0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) noughts[index % 2] = (noughts[index % 2] ?? 0) + 1;
  const half = sample.length / 2;
  const [even = 0, odd = 0] = noughts;
  if (odd > half * 0.8 && even === 0) return { encoding: "utf-16le", guessed: true };
  if (even > half * 0.8 && odd === 0) return { encoding: "utf-16be", guessed: true };
  return undefined;
}

/** How the bytes are to be read as text. UTF-8 proves itself; what else it may be is a guess. */
export function encodingOf(sample: Buffer): Omit<TextSeen, "text"> {
  const wide = wideOf(sample);
  if (wide) return wide;
  try {
    // A character that the sample cuts in two is no fault: `stream` waits for the rest.
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
    return { encoding: "utf-8", guessed: false };
  } catch {
    const named = chardet.detect(sample) ?? "windows-1252";
    try {
      return { encoding: new TextDecoder(named).encoding, guessed: true };
    } catch {
      return { encoding: "windows-1252", guessed: true };
    }
  }
}

const pagesOf = (bytes: number, page: number): number => Math.max(Math.ceil(bytes / page), 1);
const within = (page: number | undefined, pages: number): number => Math.min(Math.max(page ?? 1, 1), pages);

/** One page of a text, begun and ended with a line where lines are not endless. Reads that page and a sample, however long the file. */
export async function lookAtText({ page: asked }: Asked, source: Source, media: string): Promise<Look> {
  const { encoding, guessed } = encodingOf(await source.read(0, SAMPLE_BYTES));
  const pages = pagesOf(source.bytes, TEXT_PAGE_BYTES);
  const page = within(asked, pages);
  const [from, to] = [
    await lineStart(source, (page - 1) * TEXT_PAGE_BYTES, encoding),
    await lineStart(source, Math.min(page * TEXT_PAGE_BYTES, source.bytes), encoding),
  ];
  const bytes = await source.read(from, to);
  return {
    kind: "text",
    media,
    encoding,
    guessed,
    page,
    pages,
    from,
    to,
    text: visible(new TextDecoder(encoding).decode(bytes)),
  };
}

/** Where the first line at or after an offset begins; where none ends in sight, the next whole character. */
async function lineStart(source: Source, at: number, encoding: string): Promise<number> {
  if (at === 0 || at >= source.bytes) return Math.min(at, source.bytes);
  const near = await source.read(at, at + LINE_BYTES_MAX);
  const width = encoding.startsWith("utf-16") ? 2 : 1;
  const end = width === 2 ? Buffer.from(encoding === "utf-16le" ? "0a00" : "000a", "hex") : Buffer.from("\n");
  for (let found = near.indexOf(end); found !== -1; found = near.indexOf(end, found + 1))
    if ((at + found) % width === 0) return at + found + width;
  if (encoding !== "utf-8") return at;
  const whole = near.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return at + Math.max(whole, 0);
}

const named = (code: number): string => `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;

/** A text in which nothing hides: control characters and marks that turn its direction are shown as what they are. */
export const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replaceAll(/[^\P{Cc}\n\t]/gu, (control) => {
      const code = control.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : named(code);
    })
    .replaceAll(/[\u200b\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g, (hidden) =>
      named(hidden.charCodeAt(0)),
    )
    .toWellFormed();

/** One page of the bytes themselves, sixteen a row, with their offset. */
export async function asHex({ page: asked }: Asked, source: Source, media: string): Promise<Look> {
  const pages = pagesOf(source.bytes, HEX_PAGE_BYTES);
  const page = within(asked, pages);
  const from = (page - 1) * HEX_PAGE_BYTES;
  const bytes = await source.read(from, from + HEX_PAGE_BYTES);
  const digits = Math.max(8, source.bytes.toString(16).length);
  const rows = Array.from({ length: Math.ceil(bytes.length / HEX_ROW_BYTES) }, (_, index) => {
    const row = bytes.subarray(index * HEX_ROW_BYTES, (index + 1) * HEX_ROW_BYTES);
    const hex = [...row]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(" ")
      .padEnd(HEX_ROW_BYTES * 3 - 1);
    const letters = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    return `${(from + index * HEX_ROW_BYTES).toString(16).padStart(digits, "0")}  ${hex}  ${letters}`;
  });
  return { kind: "hex", media, page, pages, from, rows };
}
