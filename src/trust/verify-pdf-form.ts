import { Malformed } from "./verify-errors.ts";

/** What stands before the digits of the signature. */
export const CONTENTS_OPEN = "/Contents <";
/** Room for the four numbers of the ranges, in characters. */
export const RANGE_WIDTH = 48;
/** Longest PDF that is read, in bytes: a document of an authority, not evidence. */
export const PDF_BYTES_MAX = 64 * 1024 * 1024;

/** A moment as a PDF writes it, to the second: `D:20261123120000Z`. @source ISO 32000-1 §7.9.4 */
export const pdfMoment = (at: Temporal.Instant): string =>
  `D:${at.toString({ smallestUnit: "second" }).replaceAll(/[-:T]/g, "")}`;

/** A signed document taken apart. Nothing in it is proven yet. */
export interface SignedPdf {
  /** Everything but the digits of the signature and their brackets. */
  readonly covered: Buffer;
  /** CMS SignedData. */
  readonly signature: Buffer;
  /** When its signer says that it signed; what is signed says so too. */
  readonly at: Temporal.Instant;
}

const only = (text: string, what: string, name: string): number => {
  const at = text.indexOf(what);
  if (at < 0) throw new Malformed(`${name}: there is none`);
  if (text.includes(what, at + 1)) throw new Malformed(`${name}: there is more than one`);
  return at;
};

/** The bytes that the digits spell: DER, and zeros behind it up to the end. Only the one form that we write is read. */
function readDigits(digits: string): Buffer {
  if (!/^(?:[0-9a-f]{2})+$/.test(digits)) throw new Malformed("Contents: not hexadecimal digits as they were written");
  const bytes = Buffer.from(digits, "hex");
  // 30 82 hh ll: a sequence longer than 255 bytes and shorter than 65,536, as every signature with its certificate is.
  if (bytes[0] !== 0x30 || bytes[1] !== 0x82) throw new Malformed("Contents: not a signature");
  const length = 4 + bytes.readUInt16BE(2);
  if (length > bytes.length) throw new Malformed("Contents: the signature is cut off");
  if (bytes.subarray(length).some((byte) => byte !== 0)) throw new Malformed("Contents: bytes behind the signature");
  return bytes.subarray(0, length);
}

function readMoment(text: string): Temporal.Instant {
  const [, year, month, day, hour, minute, second] =
    /\/M \(D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z\)\n/.exec(text) ?? [];
  try {
    return Temporal.Instant.from(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  } catch {
    throw new Malformed("M: not a moment");
  }
}

/**
 * Takes apart a PDF with exactly one signature that leaves out nothing but its own digits: not a byte before, between or
 * behind. Any other PDF, also one that others have signed in another manner, throws `Malformed`.
 *
 * @source ISO 32000-1 §12.8.1
 */
export function readSignedPdf(pdf: Buffer): SignedPdf {
  const text = pdf.toString("latin1");
  if (!text.startsWith("%PDF-1.")) throw new Malformed("PDF: does not begin as one");
  const range = only(text, "/ByteRange ", "ByteRange");
  const dictionary = text.lastIndexOf("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n", range);
  if (dictionary < 0 || range - dictionary > 2_000) throw new Malformed("Sig: not a signature as it is made here");
  const ranges = text.slice(range + "/ByteRange ".length, range + "/ByteRange ".length + RANGE_WIDTH + 1);
  const [, first = "", second = "", rest = ""] = /^\[0 (\d{1,10}) (\d{1,10}) (\d{1,10})\] *\n$/.exec(ranges) ?? [];
  const [open, close] = [Number(first), Number(second)];
  const contents = range + "/ByteRange ".length + RANGE_WIDTH + 1;
  if (!text.startsWith(CONTENTS_OPEN, contents) || open !== contents + CONTENTS_OPEN.length - 1)
    throw new Malformed("ByteRange: does not lead to the signature");
  if (close + Number(rest) !== pdf.length) throw new Malformed("ByteRange: does not reach to the end of the file");
  if (text.indexOf(">", open) !== close - 1) throw new Malformed("ByteRange: leaves out more than the signature");
  return {
    covered: Buffer.concat([pdf.subarray(0, open), pdf.subarray(close)]),
    signature: readDigits(text.slice(open + 1, close - 1)),
    at: readMoment(text.slice(dictionary, range)),
  };
}
