import { createReadStream, type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { type Desk, openDesk } from "./desk.ts";
import { Failure } from "./failure.ts";
import { codeOf } from "./folder-list.ts";
import { openHashing } from "./hashing.ts";
import type { Progress } from "./progress.ts";
import { bring, createUpload, pieceBytesOf, piecesOf, standingOf } from "./sending.ts";
import { openFile } from "./sources.ts";
import { newState, openState } from "./state.ts";

/** A provider's return that lies in a folder here. */
export interface WantedReturn {
  readonly folder: string;
  readonly desk: string;
  readonly token: string;
  readonly provider: string;
  readonly reference?: string;
  readonly case?: string;
  readonly request?: string;
  /** The provider's list of files and digests, and its certificate: files. */
  readonly list?: string;
  readonly certificate?: string;
  readonly state: string;
  readonly anew: boolean;
  /** Take it in where all is as the list says. */
  readonly confirm: boolean;
  /** Why it is taken in although not all is. */
  readonly despite?: string;
}
/** How what came compares with the list, and what was made of it. */
export interface Returned {
  readonly id: string;
  readonly number: string;
  readonly counts: Readonly<Record<"matched" | "renamed" | "different" | "missing" | "extra", number>>;
  readonly whole: boolean;
  /** Files that are not as listed, by what is the matter. */
  readonly wrong: readonly { readonly outcome: string; readonly name: string }[];
  /** Exhibits made; none where it was not taken in. */
  readonly exhibits: number;
}

/** Files below a folder, their paths with slashes, in order. Links and what is no file are refused: nothing is left out silently. */
function filesBelow(folder: string, path = ""): string[] {
  return namesIn(join(folder, path))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const own = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(folder, own);
      if (!entry.isFile())
        throw new Failure(`${join(folder, own)} is no file. Take it out, or acquire the folder as one exhibit.`, 2);
      if (entry.name.includes("\ufffd"))
        throw new Failure(
          `${join(folder, own)} has a name that is no UTF-8, by which it can't be held against a list. Acquire the folder as one exhibit, which keeps the name's bytes.`,
          2,
        );
      return [own];
    });
}

function namesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new Failure(`${folder} can't be read as a folder (${codeOf(error)}).`, 2);
  }
}

/** Brings a provider's return to the desk, file by file, tells how it compares with the list, and takes it in where that was asked for. */
export async function bringReturn(wanted: WantedReturn, progress: Progress): Promise<Returned> {
  const { folder } = wanted;
  const wait = (why: string, milliseconds: number) => progress.say(`Waiting ${milliseconds / 1_000} s: ${why}.`);
  const desk = openDesk(wanted.desk, wanted.token, wait);
  const state = openState(wanted.state, [
    "return",
    desk.url,
    folder,
    wanted.provider,
    wanted.case ?? "",
    wanted.request ?? "",
  ]);
  if (wanted.anew) state.forget();
  const earlier = state.read();
  const begun = earlier ?? newState("return", "");
  if (!earlier) state.write(begun);
  const asides = [wanted.list, wanted.certificate].flatMap((path) => (path === undefined ? [] : [statSync(path).ino]));
  const files = filesBelow(folder).filter((path) => !asides.includes(statSync(join(folder, path)).ino));
  const id = await begin(desk, wanted, begun.key);
  if (wanted.list !== undefined)
    await desk.json(
      "POST",
      `/api/v1/returns/${id}/relist`,
      { list: readFileSync(wanted.list, "utf8") },
      { "idempotency-key": `${begun.key}-list-${digestOf(wanted.list)}` },
    );
  const total = files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
  let done = 0;
  const there = await cameOf(desk, id);
  for (const path of [...(wanted.certificate === undefined ? [] : [wanted.certificate]), ...files]) {
    const isCertificate = path === wanted.certificate;
    const full = isCertificate ? path : join(folder, path);
    const key = `${begun.key}-${createHash("sha256")
      .update(isCertificate ? "certificate" : path)
      .digest("hex")
      .slice(0, 40)}`;
    const show = (bytes: number) => progress.show("Sending", done + bytes, total);
    if (await isThere(full, there)) progress.say(`${basename(full)} is there already.`);
    else await addFile(desk, { full, key, as: isCertificate ? "certificate" : "file", to: id, show, wait });
    if (!isCertificate) done += statSync(full).size;
  }
  progress.end();
  const told = await told_(desk, id);
  if (!wanted.confirm || (!told.whole && wanted.despite === undefined)) return { ...told, exhibits: 0 };
  const made = await desk.json(
    "POST",
    `/api/v1/returns/${id}/take`,
    wanted.despite === undefined ? {} : { despite: wanted.despite },
    { "idempotency-key": `${begun.key}-take` },
  );
  state.forget();
  return { ...told, exhibits: Number(made["exhibits"]) };
}

const digestOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 32);

async function begin(desk: Desk, wanted: WantedReturn, key: string): Promise<string> {
  const { provider, reference, request } = wanted;
  const caseId =
    wanted.case === undefined
      ? undefined
      : String((await desk.json("GET", `/api/v1/cases/${encodeURIComponent(wanted.case)}`))["id"]);
  const body = {
    provider,
    ...(reference === undefined ? {} : { provider_reference: reference }),
    ...(caseId === undefined ? {} : { case: caseId }),
    ...(request === undefined ? {} : { request }),
  };
  return String((await desk.json("POST", "/api/v1/returns", body, { "idempotency-key": `${key}-begin` }))["id"]);
}

/** What has come already, by name and digest: how often. */
async function cameOf(desk: Desk, id: string): Promise<Map<string, number>> {
  const there = new Map<string, number>();
  const note = (name: string, sha256: string) =>
    there.set(`${name} ${sha256}`, (there.get(`${name} ${sha256}`) ?? 0) + 1);
  for (let from = 0; ;) {
    const found = await desk.json("GET", `/api/v1/returns/${id}?limit=1000&from=${from}`);
    for (const { came } of found["lines"] as { came?: { name: string; digests: { sha256: string } } }[])
      if (came) note(came.name, came.digests.sha256);
    if (from === 0)
      for (const { name, sha256 } of found["certificates"] as { name: string; sha256: string }[]) note(name, sha256);
    if (typeof found["next"] !== "number") return there;
    from = found["next"];
  }
}

/** Whether an earlier run added this file. Each that came stands for one file only. */
async function isThere(file: string, there: Map<string, number>): Promise<boolean> {
  const name = basename(file);
  if (![...there.keys()].some((key) => key.startsWith(`${name} `))) return false;
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  const key = `${name} ${hash.digest("hex")}`;
  const left = there.get(key) ?? 0;
  there.set(key, left - 1);
  return left > 0;
}

interface Adding {
  readonly full: string;
  readonly key: string;
  readonly as: "file" | "certificate";
  readonly to: string;
  readonly show: (bytes: number) => void;
  readonly wait: (why: string, milliseconds: number) => void;
}

/** One file: sent, its digests compared, added. Done before, it is not sent again. */
async function addFile(desk: Desk, { full, key, as, to, show, wait }: Adding): Promise<void> {
  const source = openFile(full);
  const total = source.bytes ?? 0;
  const upload = await createUpload(desk, { name: basename(full), media: source.media, bytes: total, key });
  const add = () =>
    desk.json(
      "POST",
      `/api/v1/returns/${to}/add`,
      { upload: upload.split("/").at(-1), as },
      { "idempotency-key": `${key}-add` },
    );
  const known = await standingOf(desk, upload);
  if (known?.sha256 === undefined) {
    const hashing = openHashing();
    try {
      let at = 0;
      const resumedAt = known?.offset ?? 0;
      async function* hashed(): AsyncGenerator<Uint8Array> {
        for await (const block of source.read(0)) {
          await hashing.update(block);
          yield block;
        }
      }
      for await (const piece of piecesOf(hashed(), pieceBytesOf(total))) {
        const from = Math.max(at, resumedAt);
        const end = at + piece.length;
        if (end > from) await bring(desk, upload, { from, bytes: piece.subarray(from - at) }, wait);
        at = end;
        show(at);
      }
      const [here, there] = [await hashing.digests(), await standingOf(desk, upload)];
      if (there?.sha256 !== undefined && there.sha256 !== here.sha256)
        throw new Failure(
          `${full}: this side and the desk computed different digests. Run the command again with --anew.`,
        );
    } finally {
      await hashing.end();
    }
  }
  await source.end();
  await add();
}

async function told_(desk: Desk, id: string): Promise<Omit<Returned, "exhibits">> {
  const found = await desk.json("GET", `/api/v1/returns/${id}?limit=1000`);
  const lines = (found["lines"] ?? []) as { outcome: string; listed?: { name: string }; came?: { name: string } }[];
  return {
    id,
    number: String(found["number"]),
    counts: found["counts"] as Returned["counts"],
    whole: found["whole"] === true,
    wrong: lines
      .filter(({ outcome }) => outcome !== "matched")
      .map(({ outcome, listed, came }) => ({ outcome, name: listed?.name ?? came?.name ?? "" })),
  };
}
