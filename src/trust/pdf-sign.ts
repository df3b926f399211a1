import { signStamped } from "./cms.ts";
import type { Signers } from "./signers.ts";
import { readCertificate } from "./verify-certificate.ts";
import { Malformed } from "./verify-errors.ts";
import { CONTENTS_OPEN, RANGE_WIDTH, pdfMoment } from "./verify-pdf-form.ts";

/** Room for the signature and its time-stamp, in bytes: the authority's own token is small, a stranger's may bring its chain. */
const ROOM_BYTES = { own: 4_096, others: 16_384 } as const;

/** What is needed of a document to write behind it. */
interface Document {
  readonly text: string;
  /** The first number that no object has. */
  readonly size: number;
  readonly root: string;
  readonly info: string | null;
  readonly id: string;
  /** Where its own table of objects stands. */
  readonly table: number;
}

/**
 * Reads the end of a document that Typst made: one table of objects, nothing behind it. Throws `Malformed` for any other, such
 * as one that is signed already.
 */
function readDocument(pdf: Buffer): Document {
  const text = pdf.toString("latin1");
  const end = /trailer\n<<\n([\s\S]{1,500}?)\n>>\nstartxref\n(\d{1,10})\n%%EOF\n?$/.exec(text.slice(-1_000));
  const [, trailer = "", table = ""] = end ?? [];
  const size = /\/Size (\d+)/.exec(trailer)?.[1];
  const root = /\/Root (\d+) 0 R/.exec(trailer)?.[1];
  const id = /\/ID (\[[^\]]*\])/.exec(trailer)?.[1];
  if (size === undefined || root === undefined || id === undefined || trailer.includes("/Prev"))
    throw new Malformed("PDF: its end is not that of a document that was just typeset");
  const info = /\/Info (\d+) 0 R/.exec(trailer)?.[1] ?? null;
  return { text, size: Number(size), root, info, id, table: Number(table) };
}

/** The inside of a dictionary object, as it stands: `/Type /Catalog …`. */
function dictionaryOf({ text, table }: Document, number: string): string {
  const row = Number(number) + 1; // the table begins with its head `0 n`, then one line of twenty bytes for each object
  const rows = text.indexOf("\n", table + "xref\n".length) + 1;
  const offset = Number(text.slice(rows + (row - 1) * 20, rows + (row - 1) * 20 + 10));
  const head = `${number} 0 obj\n<<\n`;
  const end = text.indexOf("\n>>\nendobj", offset);
  if (!text.startsWith(head, offset) || end < 0) throw new Malformed(`PDF: object ${number} is not a dictionary`);
  return text.slice(offset + head.length, end);
}

/** The number of the first page. */
function firstPage(document: Document): string {
  let number = /\/Pages (\d+) 0 R/.exec(dictionaryOf(document, document.root))?.[1];
  for (let depth = 0; number !== undefined && depth < 20; depth += 1) {
    const kids = /\/Kids \[(\d+) 0 R/.exec(dictionaryOf(document, number))?.[1];
    if (kids === undefined) return number;
    number = kids;
  }
  throw new Malformed("PDF: it has no page");
}

/** The page with the field among its annotations. */
function annotated(page: string, field: number): string {
  const list = /\/Annots \[([^\]]*)\]/.exec(page);
  if (list) return page.replace(list[0], `/Annots [${list[1] ?? ""} ${field} 0 R]`);
  if (page.includes("/Annots")) throw new Malformed("PDF: the first page keeps its annotations elsewhere");
  return `${page}\n  /Annots [${field} 0 R]`;
}

/** A text string that any reader shows: UTF-16 in hexadecimal. @source ISO 32000-1 §7.9.2.2 */
const textString = (text: string): string => `<feff${Buffer.from(text, "utf16le").swap16().toString("hex")}>`;

/**
 * The signature's dictionary. The ranges are written in last, over spaces of the same width; nothing but the hexadecimal digits
 * of the signature itself is left out of what it covers. It allows no change at all afterwards.
 *
 * @source ISO 32000-1 §12.8.1, §12.8.2.2 (DocMDP)
 */
const signatureDictionary = (name: string, at: Temporal.Instant, room: number): string =>
  [
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached",
    `/Name ${textString(name)}`,
    `/M (${pdfMoment(at)})`,
    "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >>]",
    `/ByteRange ${" ".repeat(RANGE_WIDTH)}`,
    `${CONTENTS_OPEN}${"0".repeat(room * 2)}> >>`,
  ].join("\n");

/** Everything that is written behind the document, with empty places for the ranges and the signature. */
function updateOf(document: Document, signature: string): string {
  const [value, field] = [document.size, document.size + 1];
  const page = firstPage(document);
  const catalog = dictionaryOf(document, document.root);
  const widget = `<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /F 132 /Rect [0 0 0 0] /P ${page} 0 R /V ${value} 0 R >>`;
  const objects = new Map([
    [Number(page), `<<\n${annotated(dictionaryOf(document, page), field)}\n>>`],
    [
      Number(document.root),
      `<<\n${catalog}\n  /AcroForm << /Fields [${field} 0 R] /SigFlags 3 >>\n  /Perms << /DocMDP ${value} 0 R >>\n>>`,
    ],
    [value, signature],
    [field, widget],
  ]);
  let update = document.text.endsWith("\n") ? "" : "\n";
  const rows: string[] = [];
  for (const [number, body] of [...objects].toSorted(([a], [b]) => a - b)) {
    const offset = String(document.text.length + update.length).padStart(10, "0");
    rows.push(`${number} 1\n${offset} 00000 n \n`);
    update += `${number} 0 obj\n${body}\nendobj\n`;
  }
  const info = document.info === null ? "" : `\n  /Info ${document.info} 0 R`;
  const trailer = `<<\n  /Size ${document.size + 2}\n  /Root ${document.root} 0 R${info}\n  /ID ${document.id}\n  /Prev ${document.table}\n>>`;
  const table = document.text.length + update.length;
  return `${update}xref\n${rows.join("")}trailer\n${trailer}\nstartxref\n${table}\n%%EOF\n`;
}

/**
 * Signs a PDF that `typeset` made, so that nothing of it can be changed unseen: an invisible signature of level PAdES B-T is
 * written behind it, with a time-stamp of the node's authority; B-B where `signers` names none. The document itself stays byte for
 * byte as it was. Throws `Malformed` for a PDF that is signed already or was made by another program.
 *
 * @source ETSI EN 319 142-1 §6.3
 */
export async function signPdf(
  pdf: Buffer,
  { signing, authority }: Pick<Signers, "signing"> & Partial<Signers>,
  at: Temporal.Instant,
): Promise<Buffer> {
  const document = readDocument(pdf);
  const room = authority && !authority.isBuiltIn ? ROOM_BYTES.others : ROOM_BYTES.own;
  const { commonName } = readCertificate(signing.certificate);
  const update = updateOf(document, signatureDictionary(commonName, at, room));
  const signed = Buffer.from(document.text + update, "latin1");
  const open = signed.indexOf(CONTENTS_OPEN, pdf.length) + CONTENTS_OPEN.length - 1;
  const close = open + 1 + room * 2 + 1;
  signed.write(
    `[0 ${open} ${close} ${signed.length - close}]`,
    signed.indexOf("/ByteRange ", pdf.length) + "/ByteRange ".length,
    "latin1",
  );
  const covered = Buffer.concat([signed.subarray(0, open), signed.subarray(close)]);
  const signature = await signStamped(covered, signing, authority?.stamp);
  if (signature.length > room) throw new Malformed("PDF: the signature is longer than the room for it");
  signed.write(signature.toString("hex"), open + 1, "latin1");
  return signed;
}
