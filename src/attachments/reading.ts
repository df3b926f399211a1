import type { FileKind } from "../reports/slice.ts";
import { readApart, type Seen, sourceOf } from "../room/slice.ts";
import type { Failure } from "./attachment.ts";

/** What came of reading a file: what was seen, with a picture drawn anew as PNG, or why nothing was. */
export type Read = { readonly seen: Seen; readonly preview?: Buffer } | { readonly failed: Failure };

/** Reads a file that a stranger sent, apart. */
export async function readFile(bytes: Buffer, kind: FileKind, hidden: readonly string[]): Promise<Read> {
  if (kind !== "mail" && kind !== "picture" && kind !== "pdf") return { seen: {} };
  const outcome = await readApart({ ask: "attachment", kind, source: sourceOf(bytes), hidden });
  if ("failed" in outcome) return { failed: outcome.failed === "unreadable" ? "unreadable" : "too-long" };
  return { seen: outcome.answer as Seen, ...(outcome.picture ? { preview: outcome.picture } : {}) };
}
