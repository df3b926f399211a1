import { createHash } from "node:crypto";
import type { Reporter } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { RouteCall } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { demandStorable } from "../kernel/server.ts";
import { attach } from "./acts.ts";

/** Largest file that a reporter may add, in bytes. */
export const FILE_BYTES_MAX = 25 * 1024 ** 2;
const NAME_MAX = 200;

/** What keeps a reporter's file: the vault, or whatever the node is composed with. Gives an address for `report_file.blob`. */
export interface FileStore {
  readonly put: (bytes: Buffer) => Promise<string>;
}
declare module "../kernel/node.ts" {
  interface Services {
    /** Keeps the files that reporters add; absent, they are refused with a sentence. */
    readonly reportFiles?: FileStore;
  }
}

/** Takes the one file of a multipart call and adds it to the reporter's own report. */
export async function takeFile(
  { node, request }: Pick<RouteCall, "node" | "request">,
  actor: Reporter,
): Promise<Record<string, unknown>> {
  if (!request.isMultipart()) throw new Refusal("unsupported", "file-multipart");
  const part = await request.file({ limits: { fileSize: FILE_BYTES_MAX, files: 1 } });
  if (!part) throw new Refusal("invalid", "invalid-input", { fields: [{ path: "file", key: "field-required" }] });
  const bytes = await part.toBuffer();
  const name = nameOf(part.filename);
  demandStorable(name, "file");
  if (bytes.length === 0)
    throw new Refusal("invalid", "invalid-input", { fields: [{ path: "file", key: "file-empty" }] });
  const store = node.services.reportFiles;
  if (!store) throw new Refusal("unavailable", "file-no-store");
  const blob = await store.put(bytes);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const { done, entry } = await perform({
    node,
    actor,
    act: attach,
    id: actor.report,
    input: { name, media: mediaOf(part.mimetype), size: bytes.length, digest, blob },
  });
  return { ...done, entry };
}

/** The last part of the name that the sender gave, cut to length; never a path. */
const nameOf = (given: string | undefined): string =>
  ((given ?? "").split(/[/\\]/).at(-1) ?? "").trim().slice(-NAME_MAX) || "file";
const mediaOf = (given: string): string =>
  /^[\w.+-]{1,50}\/[\w.+-]{1,49}$/.test(given) ? given.toLowerCase() : "application/octet-stream";
