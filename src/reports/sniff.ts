import { fileTypeFromBuffer } from "file-type";

/** What a file is by its bytes, as far as it matters for handling it. */
export const FILE_KINDS = ["picture", "pdf", "mail", "text", "archive", "program", "other"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** What the first bytes say. */
export interface Sniffed {
  readonly kind: FileKind;
  /** Media type by the bytes, never by the name. */
  readonly media: string;
  /** True where the name's ending says another kind. */
  readonly misnamed: boolean;
}

/** Bytes that are looked at: so many can neither unfold nor take long. */
const LOOKED_AT = 4_100;

const ENDINGS: Readonly<Record<string, FileKind>> = {
  png: "picture", jpg: "picture", jpeg: "picture", gif: "picture", webp: "picture", avif: "picture", heic: "picture", heif: "picture", bmp: "picture", tif: "picture", tiff: "picture",
  pdf: "pdf", eml: "mail", txt: "text", csv: "text", log: "text", json: "text", html: "text", htm: "text", svg: "text", xml: "text", vcf: "text",
  zip: "archive", rar: "archive", "7z": "archive", gz: "archive", tar: "archive", docx: "archive", xlsx: "archive", pptx: "archive", apk: "archive", jar: "archive", odt: "archive",
  exe: "program", dll: "program", msi: "program", elf: "program", scr: "program", com: "program",
}; // prettier-ignore

/** Looks at the first bytes of a file, and at what its name claims. */
export async function sniff(bytes: Uint8Array, name: string): Promise<Sniffed> {
  const head = bytes.subarray(0, LOOKED_AT);
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  const { kind, media } = found ? { kind: kindOf(found.mime), media: found.mime } : textual(head);
  const claimed = ENDINGS[/\.([a-z0-9]{2,5})$/i.exec(name)?.[1]?.toLowerCase() ?? ""];
  return { kind, media, misnamed: claimed !== undefined && claimed !== kind };
}

function kindOf(media: string): FileKind {
  if (media === "image/svg+xml" || media === "application/xml" || media.startsWith("text/")) return "text";
  if (media.startsWith("image/")) return "picture";
  if (media === "application/pdf") return "pdf";
  if (/zip|rar|7z|gzip|tar|bzip|xz|zstd|officedocument|opendocument|android|java-archive/.test(media)) return "archive";
  if (/msdownload|elf|mach|msi|dosexec|x-sh|wasm/.test(media)) return "program";
  return "other";
}

/** A byte that stands in no text of any encoding: control characters but tab, line ends and escape. */
const isControl = (byte: number): boolean => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte);

/** A message begins with header lines, of which at least two are ones that every message has. */
const HEADER =
  /^(?:received|from|to|subject|date|message-id|mime-version|return-path|delivered-to|dkim-signature|content-type|reply-to|x-[\w-]+):/gim;

function textual(head: Uint8Array): { kind: FileKind; media: string } {
  const text = Buffer.from(head).toString("latin1");
  if (head.some(isControl)) return { kind: "other", media: "application/octet-stream" };
  const before = text.split(/\r?\n\r?\n/, 1)[0] ?? "";
  const names = new Set([...before.matchAll(HEADER)].map(([name]) => name.toLowerCase()));
  if (/^(?:From \S+ .*\r?\n)?[\w-]+:/.test(text) && (names.has("from:") || names.has("received:")) && names.size >= 2)
    return { kind: "mail", media: "message/rfc822" };
  return { kind: "text", media: "text/plain" };
}
