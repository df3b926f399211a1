import { readAff4 } from "./container-aff4.ts";
import { ewfOf, readEwf, segmentOf } from "./container-ewf.ts";
import { FOLDER_HEAD_BYTES, folderHead, readFolder } from "./container-folder.ts";
import { Damaged, type Found } from "./container-found.ts";
import { readPackage } from "./container-package.ts";
import type { Looked } from "./program.ts";
import type { Asked, Source } from "./source.ts";

/** First bytes of a ZIP archive. @source APPNOTE.TXT 6.3.10 §4.3.7 */
const ZIP = Buffer.from("504b0304", "hex");
const PACKAGE_TYPE = "mimetypeapplication/vnd.etsi.asic-e+zip";

/** Bytes that are needed to say whether something may be a container at all. */
export const HEAD_BYTES = FOLDER_HEAD_BYTES;

/** Whether the first bytes are those of something that is looked into. */
export const mayHold = (head: Buffer, bytes: number): boolean =>
  ewfOf(head) !== undefined || head.subarray(0, 4).equals(ZIP) || folderHead(head, bytes) !== undefined;

/** A part of a source, as a source of its own. */
const partOf = (source: Source, start: number, bytes: number): Source => ({
  bytes,
  read: (from, to) => source.read(start + from, start + Math.min(to, bytes)),
});

/** What a container holds and says of itself, recognised by its bytes; `null` for what is none. */
export async function lookIntoContainer(asked: Asked, source: Source): Promise<Looked> {
  const parts = asked.parts ?? [source.bytes];
  let start = 0;
  const files = parts.map((bytes) => {
    const file = partOf(source, start, bytes);
    start += bytes;
    return file;
  });
  return { answer: (await found(files)) ?? null };
}

async function found(files: readonly Source[]): Promise<Found | undefined> {
  const [first] = files;
  if (!first) return undefined;
  const head = await first.read(0, HEAD_BYTES);
  const form = ewfOf(head);
  if (form === "ewf2") return unread("ewf2", "ewf2-unread");
  if (form) return segmentOf(head) > 1 ? unread(form, "ewf-part", { number: segmentOf(head) }) : readEwf(form, files);
  const folder = folderHead(head, first.bytes);
  if (folder) return readFolder(first, folder);
  if (!head.subarray(0, 4).equals(ZIP)) return undefined;
  if (head.toString("latin1", 30, 30 + PACKAGE_TYPE.length) === PACKAGE_TYPE) return readPackage(first);
  try {
    return await readAff4(first);
  } catch (error) {
    // A ZIP that can't be read is no container of evidence; its preview says what is wrong with it.
    if (error instanceof Damaged) throw error;
    return undefined;
  }
}

const unread = (form: Found["form"], key: string, values: Record<string, number> = {}): Found => ({
  form,
  verdict: form === "ewf2" ? "unproved" : "partial",
  mediaBytes: null,
  facts: [],
  digests: [],
  findings: [{ key, values }],
});
