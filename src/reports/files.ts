import { createHash } from "node:crypto";
import type { Reporter } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { RouteCall } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { demandStorable } from "../kernel/server.ts";
import { attach } from "./acts.ts";
import { draftBytes, noteDraftFile } from "./acts-files.ts";
import { takesFilesOf } from "./classification.ts";
import { categoryOf } from "./views-receipt.ts";
import { type FileKind, sniff } from "./sniff.ts";

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

/** A file as kept, before it belongs to a report or as part of one on its way in. */
export interface KeptFile {
  readonly name: string;
  /** By its bytes. */
  readonly media: string;
  readonly kind: FileKind;
  readonly misnamed: boolean;
  readonly size: number;
  /** SHA-256, hex. */
  readonly digest: string;
  /** Under which the vault holds it. */
  readonly blob: string;
}

type Posting = Pick<RouteCall, "node" | "request">;

/** Takes the one file of a multipart call and adds it to the reporter's own report. */
export async function takeFile(call: Posting, actor: Reporter): Promise<Record<string, unknown>> {
  const category = await categoryOf(call.node.db, actor.report);
  if (category && !takesFilesOf(category)) throw new Refusal("not-allowed", "file-of-child");
  const input = await keepFile(call);
  const { done, entry } = await perform({ node: call.node, actor, act: attach, id: actor.report, input });
  return { ...done, entry };
}

/** Bytes that the files of unsent reports may take in all. Reports that are sent take theirs out of it. */
const DRAFT_BYTES_MAX = 20 * 1024 ** 3;

/**
 * Takes the one file of a multipart call for a report that is still being written. It is the report's once that is sent, and is let go
 * of with a draft that was left. `undefined` where the form was sent without choosing one.
 */
export async function takeDraftFile(call: Posting): Promise<KeptFile | undefined> {
  const { node } = call;
  const waiting = await draftBytes(node.db);
  if (waiting + FILE_BYTES_MAX > DRAFT_BYTES_MAX) throw new Refusal("unavailable", "file-no-room");
  const kept = await keepFile(call, true);
  if (kept) await noteDraftFile(node.db, kept, node.clock());
  return kept;
}

async function keepFile(call: Posting): Promise<KeptFile>;
async function keepFile(call: Posting, mayLack: true): Promise<KeptFile | undefined>;
async function keepFile({ node, request }: Posting, mayLack = false): Promise<KeptFile | undefined> {
  const part = await filePart(request);
  const bytes = part && (await part.toBuffer());
  if (mayLack && (!part || (bytes?.length === 0 && part.filename === ""))) return undefined;
  if (!part || !bytes)
    throw new Refusal("invalid", "invalid-input", { fields: [{ path: "file", key: "field-required" }] });
  const name = nameOf(part.filename);
  demandStorable(name, "file");
  if (bytes.length === 0)
    throw new Refusal("invalid", "invalid-input", { fields: [{ path: "file", key: "file-empty" }] });
  const store = node.services.reportFiles;
  if (!store) throw new Refusal("unavailable", "file-no-store");
  const sniffed = await sniff(bytes, name);
  const blob = await store.put(bytes);
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { name, ...sniffed, size: bytes.length, digest, blob };
}

async function filePart(request: Posting["request"]) {
  if (!request.isMultipart()) throw new Refusal("unsupported", "file-multipart");
  return request.file({ limits: { fileSize: FILE_BYTES_MAX, files: 1 } });
}

/** The last part of the name that the sender gave, cut to length; never a path. */
const nameOf = (given: string | undefined): string =>
  ((given ?? "").split(/[/\\]/).at(-1) ?? "").trim().slice(-NAME_MAX) || "file";
