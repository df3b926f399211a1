import type { Look } from "./look.ts";
import { visible } from "./look-text.ts";
import type { Looked } from "./program.ts";
import type { Asked } from "./source.ts";

/** What a document could do when it is opened. Looked for in its plain bytes: what is packed away is not found, and not said to be absent. */
const ACTIVE: readonly (readonly [string, RegExp])[] = [
  ["script", /\/(?:JavaScript|JS)\b/],
  ["starts-something", /\/(?:OpenAction|AA|Launch)\b/],
  ["holds-files", /\/EmbeddedFiles?\b/],
  ["sends-data", /\/(?:SubmitForm|ImportData)\b/],
  ["leads-elsewhere", /\/URI\b/],
  ["is-locked", /\/Encrypt\b/],
];
export function activeIn(bytes: Buffer): { version: string; active: string[] } {
  const text = bytes.toString("latin1");
  return {
    version: /^%PDF-(\d\.\d)/.exec(text)?.[1] ?? "",
    active: ACTIVE.flatMap(([name, pattern]) => (pattern.test(text) ? [name] : [])),
  };
}

const SIDE_MAX = 1_400;
const SCALE_MAX = 2;
const TEXT_MAX = 20_000;

/** Draws one page of a document as a picture, and gives its text beside it. Links, scripts and forms of it are not there any more. */
export async function lookAtPdf(bytes: Buffer, { page: asked = 1 }: Asked): Promise<Looked> {
  const { PDFiumLibrary } = await import("@hyzyla/pdfium");
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1);
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(bytes);
  const pages = document.getPageCount();
  const page = Math.min(Math.max(asked, 1), Math.max(pages, 1));
  const sheet = document.getPage(page - 1);
  const { originalWidth, originalHeight } = sheet.getOriginalSize();
  const scale = Math.min(SIDE_MAX / Math.max(originalWidth, originalHeight, 1), SCALE_MAX);
  const text = visible(sheet.getText()).slice(0, TEXT_MAX);
  // Form fields come to life with what they call; without them, their last drawn look is shown.
  const { data, width, height } = await sheet.render({ scale, colorSpace: "BGRA", renderFormFields: false });
  return {
    answer: { kind: "pdf", media: "application/pdf", ...activeIn(bytes), page, pages, text } satisfies Look,
    picture: await sharp(data, { raw: { width, height, channels: 4 } })
      .removeAlpha()
      .png({ compressionLevel: 7 })
      .toBuffer(),
  };
}
