import { readMail, type MailFacts } from "./mail.ts";
import { drawPicture, type PictureSeen } from "./look-picture.ts";
import { activeIn } from "./look-pdf.ts";
import type { Looked } from "./program.ts";
import type { Asked, Source } from "./source.ts";

/** What was read in a file that a reporter added. */
export interface Seen {
  readonly mail?: MailFacts;
  readonly picture?: Pick<PictureSeen, "width" | "height" | "format" | "frames"> & { readonly hasMetadata: boolean };
  readonly pdf?: { readonly version: string; readonly active: readonly string[] };
}

/** Reads a reporter's file, of the kind that its first bytes say. */
export async function seeAttachment({ kind }: Asked, source: Source): Promise<Looked> {
  const bytes = await source.read(0, source.bytes);
  if (kind === "mail") return { answer: { mail: await readMail(bytes) } satisfies Seen };
  if (kind === "pdf") return { answer: { pdf: activeIn(bytes) } satisfies Seen };
  if (kind !== "picture") return { answer: {} };
  const { seen, drawn } = await drawPicture(bytes);
  const { width, height, format, frames, hasMetadata } = seen;
  return { answer: { picture: { width, height, format, frames, hasMetadata } } satisfies Seen, picture: drawn };
}
