import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { Clock } from "../kernel/clock.ts";
import { VERSION } from "../kernel/version.ts";
import { type Desk, openDesk } from "./desk.ts";
import { Failure } from "./failure.ts";
import { type Digests, openHashing } from "./hashing.ts";
import type { Progress } from "./progress.ts";
import { bring, createUpload, pieceBytesOf, piecesOf, standingOf } from "./sending.ts";
import { openFile, openFolder, openPipe, type Source, thingAt } from "./sources.ts";
import { newState, openState, type State, type StateFolder } from "./state.ts";

/** What is to be acquired, for whom and as what. */
export interface Wanted {
  /** A file, a folder, `-` for standard input, `s3://bucket/key`. */
  readonly source: string;
  readonly desk: string;
  readonly token: string;
  /** Number or id of the case; without it the item is lodged without one. */
  readonly case?: string;
  /** Id of the request that it is lodged for. */
  readonly request?: string;
  readonly description: string;
  /** Name of the file, where the source has none. */
  readonly name?: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly retainUntil?: string;
  /** Folder in which what is under way is remembered. */
  readonly state: string;
  readonly anew: boolean;
  readonly input: AsyncIterable<Uint8Array>;
  /** Opens an object of a bucket. */
  readonly openBucket: (address: string) => Promise<Source>;
}

/** What was made of it. */
export interface Acquired extends Digests {
  readonly id: string;
  readonly number: string;
  readonly bytes: number;
  /** Things of a folder that could not be read whole. */
  readonly troubled: number;
}

/** Acquires: opens the source, brings its bytes to the desk, compares the digests of both sides, and makes the exhibit. */
export async function acquire(wanted: Wanted, clock: Clock, progress: Progress): Promise<Acquired> {
  const wait = (why: string, milliseconds: number) => progress.say(`Waiting ${milliseconds / 1_000} s: ${why}.`);
  const desk = openDesk(wanted.desk, wanted.token, wait);
  const target = await targetOf(desk, wanted);
  const folder = openState(wanted.state, [desk.url, target, wanted.source, wanted.name ?? ""]);
  if (wanted.anew) folder.forget();
  const earlier = folder.read();
  if (earlier?.item) return finish(desk, folder, JSON.parse(earlier.item) as Item);
  const source = await openSource(wanted, { folder, earlier }, progress);
  try {
    const state = stateOf(source, { folder, earlier, clock }, progress);
    const { digests, bytes, upload } = await send(desk, { source, state, folder, wait }, progress);
    await source.end();
    const acquisition = {
      at: state.began,
      tool: "comity acquire",
      tool_version: VERSION,
      source: source.place,
      ...source.facts,
      ...wanted.facts,
    };
    const retain = wanted.retainUntil === undefined ? {} : { retain_until: wanted.retainUntil };
    const request = wanted.request === undefined ? {} : { request: wanted.request };
    const body = {
      upload: idOf(upload),
      description: wanted.description,
      ...digests,
      acquisition,
      ...retain,
      ...request,
    };
    const item: Item = { path: target, key: `${state.key}-item`, body, bytes, digests, troubled: source.troubles() };
    folder.write({ ...state, upload, item: JSON.stringify(item) });
    return await finish(desk, folder, item);
  } finally {
    await source.end().catch(() => undefined);
  }
}

const idOf = (upload: string): string => upload.split("/").at(-1) ?? "";

/** The call that makes the exhibit: kept until it is answered, so that it is made once. */
interface Item {
  readonly path: string;
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  readonly digests: Digests;
  readonly troubled: number;
}

async function finish(desk: Desk, folder: StateFolder, item: Item): Promise<Acquired> {
  const { path, key, body, bytes, digests, troubled } = item;
  const made = await desk.json("POST", path, body, { "idempotency-key": key });
  folder.forget();
  return { id: String(made["id"]), number: String(made["number"]), bytes, troubled, ...digests };
}

/** Where the exhibit is made: in the case, whose number or id was given, or by itself. */
async function targetOf(desk: Desk, { case: file }: Wanted): Promise<string> {
  if (file === undefined) return "/api/v1/items";
  const found = await desk.json("GET", `/api/v1/cases/${encodeURIComponent(file)}`);
  return `/api/v1/cases/${String(found["id"])}/items`;
}

async function openSource(
  { source, name, input, openBucket }: Wanted,
  { folder, earlier }: { readonly folder: StateFolder; readonly earlier: State | undefined },
  progress: Progress,
): Promise<Source> {
  if (source === "-") return openPipe(name ?? "standard-input", input);
  if (source.startsWith("s3://")) return openBucket(source);
  if (!thingAt(source).isDirectory()) return { ...openFile(source), ...(name === undefined ? {} : { name }) };
  // The list lies in the state's folder, so that folder must be there first.
  if (!earlier) folder.write(newState("folder", ""));
  return openFolder(source, { list: folder.list, results: folder.results, listed: earlier?.listed }, progress);
}

/** The state to go on from: the earlier run's, where the source is still what it was then. */
function stateOf(
  source: Source & { readonly listed?: State["listed"] },
  {
    folder,
    earlier,
    clock,
  }: { readonly folder: StateFolder; readonly earlier: State | undefined; readonly clock: Clock },
  progress: Progress,
): State {
  const listed = source.listed === undefined ? {} : { listed: source.listed };
  const began = clock().toString({ smallestUnit: "second" });
  if (source.mark === undefined) return newState("", began);
  if (earlier?.upload !== undefined && earlier.mark !== source.mark)
    throw new Failure(
      "The source has changed since its acquisition began, so it can't be gone on with. Run the command with --anew to begin again.",
    );
  if (earlier?.upload !== undefined) {
    progress.say("Going on with what an earlier run began.");
    return earlier;
  }
  const state = { ...newState(source.mark, began), ...listed };
  folder.write(state);
  return state;
}

interface Sending {
  readonly source: Source;
  readonly state: State;
  readonly folder: StateFolder;
  readonly wait: (why: string, milliseconds: number) => void;
}

/** Brings the bytes, hashing them on the way, and compares both sides' digests. */
async function send(
  desk: Desk,
  { source, state, folder, wait }: Sending,
  progress: Progress,
): Promise<{ digests: Digests; bytes: number; upload: string }> {
  const isAgain = source.mark !== undefined;
  const known = state.upload === undefined ? undefined : await standingOf(desk, state.upload);
  if (state.upload !== undefined && !known)
    progress.say("The desk has forgotten the earlier run's upload: beginning anew.");
  const { name, media, bytes: total } = source;
  // An upload that was forgotten must not come back under its key.
  const key = known || state.upload === undefined ? state.key : `${state.key}-${state.upload.slice(-12)}`;
  const upload = known && state.upload ? state.upload : await createUpload(desk, { name, media, bytes: total, key });
  if (isAgain && upload !== state.upload) folder.write({ ...state, upload });
  const resumedAt = known?.offset ?? 0;
  const hashing = openHashing();
  let at = 0;
  let sent = resumedAt;
  let flight: Promise<void> = Promise.resolve();
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const block of source.read(resumedAt)) {
      await hashing.update(block);
      yield block;
    }
  }
  try {
    for await (const piece of piecesOf(hashed(), pieceBytesOf(total))) {
      const from = Math.max(at, resumedAt);
      const end = at + piece.length;
      if (end > from) {
        await flight;
        const bytes = piece.subarray(from - at);
        flight = bring(desk, upload, { from, bytes }, wait).then(() => {
          sent = end;
        });
        flight.catch(() => undefined);
      }
      at = end;
      if (at <= resumedAt) progress.show("Reading again", at, total);
      else progress.show("Sending", sent, total);
    }
    await flight;
    if (total === undefined) await bring(desk, upload, { from: at, bytes: Buffer.alloc(0), total: at }, wait);
    progress.show("Sending", at, total ?? at);
    const digests = await hashing.digests();
    await compare(desk, { upload, digests, folder });
    return { digests, bytes: at, upload };
  } finally {
    await hashing.end();
    progress.end();
  }
}

/** How often, and after how many milliseconds, the desk is asked whether it has hashed. An hour in all: it reads as fast as its disk. */
const HASHING_TRIES = 7_200;
const HASHING_MS = 500;

/** Both sides must have computed the same. */
async function compare(
  desk: Desk,
  { upload, digests, folder }: { readonly upload: string; readonly digests: Digests; readonly folder: StateFolder },
): Promise<void> {
  let theirs = await standingOf(desk, upload);
  // The desk reads it again where it was cut off while it hashed.
  for (let tries = 0; theirs && theirs.sha256 === undefined && theirs.isWhole && tries < HASHING_TRIES; tries += 1) {
    await sleep(HASHING_MS);
    theirs = await standingOf(desk, upload);
  }
  if (theirs?.sha256 === undefined) throw new Failure("The desk has not got all bytes. Run the same command again.");
  const differs = (["sha256", "sha1", "md5"] as const).filter(
    (name) => theirs[name] !== undefined && theirs[name] !== digests[name],
  );
  if (differs.length === 0) return;
  await desk.once("DELETE", upload, { headers: { "tus-resumable": "1.0.0" } }).catch(() => undefined);
  folder.forget();
  throw new Failure(
    `This side and the desk computed different digests (${differs.join(", ")}): here SHA-256 ${digests.sha256}, there ${theirs.sha256}. Nothing was acquired. Either the source changed while it was read, or bytes were damaged on the way: run the command again.`,
  );
}

/** Where state is kept when nobody says otherwise. @source XDG Base Directory Specification 0.8 */
export const stateFolder = (environment: NodeJS.ProcessEnv): string =>
  join(environment["XDG_STATE_HOME"] ?? join(environment["HOME"] ?? ".", ".local", "state"), "comity", "acquire");
