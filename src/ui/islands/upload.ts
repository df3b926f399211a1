// Hashes a file on this device, brings it in pieces that survive a broken line, and goes on to the next step with its digest.
import { Sha256 } from "./sha256.js";

const PIECE_BYTES = 8 * 1024 ** 2;
const TRIES_MAX = 8;
const VERSION = { "tus-resumable": "1.0.0" };

/** In the worker: reads the file and tells how far it is. */
async function hash(file: File, tell: (message: { done: number; digest?: string }) => void): Promise<void> {
  const sha256 = new Sha256();
  for (let from = 0; from < file.size; from += PIECE_BYTES) {
    sha256.update(new Uint8Array(await file.slice(from, from + PIECE_BYTES).arrayBuffer()));
    tell({ done: Math.min(from + PIECE_BYTES, file.size) });
  }
  tell({ done: file.size, digest: sha256.digest() });
}

function digestOf(file: File, onProgress: (done: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(import.meta.url, { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<{ done: number; digest?: string }>) => {
      onProgress(data.done);
      if (data.digest === undefined) return;
      worker.terminate();
      resolve(data.digest);
    });
    worker.addEventListener("error", () => reject(new Error("hashing")));
    worker.postMessage(file);
  });
}

const base64 = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));

async function begin(to: string, file: File): Promise<string> {
  const metadata = `filename ${base64(file.name)},filetype ${base64(file.type || "application/octet-stream")}`;
  const answer = await fetch(to, {
    method: "POST",
    headers: { ...VERSION, "upload-length": `${file.size}`, "upload-metadata": metadata },
  });
  const location = answer.headers.get("location");
  if (answer.status === 201 && location) return location;
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Error(problem.detail ?? "");
}

/** Where the server stands; what it tells last is the digest that it computed. */
async function standing(location: string): Promise<{ offset: number; digest: string | null }> {
  const answer = await fetch(location, { method: "HEAD", headers: VERSION });
  if (!answer.ok) throw new Error("gone");
  return { offset: Number(answer.headers.get("upload-offset")), digest: answer.headers.get("upload-sha256") };
}

async function bring(location: string, file: File, onProgress: (done: number) => void): Promise<string | null> {
  let offset = 0;
  for (let tries = 0; offset < file.size;) {
    try {
      const headers = { ...VERSION, "content-type": "application/offset+octet-stream", "upload-offset": `${offset}` };
      const answer = await fetch(location, {
        method: "PATCH",
        headers,
        body: file.slice(offset, offset + PIECE_BYTES),
      });
      if (answer.status === 204) {
        offset = Number(answer.headers.get("upload-offset"));
        tries = 0;
        onProgress(offset);
        continue;
      }
      if (answer.status !== 409 && answer.status !== 423) throw new Error(`${answer.status}`);
    } catch (error) {
      if (tries >= TRIES_MAX) throw error;
    }
    tries += 1;
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** Math.min(tries, 5)));
    offset = await standing(location).then(
      (now) => now.offset,
      () => offset,
    );
  }
  return (await standing(location)).digest;
}

function start(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>("input[type=file]");
  const bar = form.querySelector<HTMLProgressElement>("progress");
  const words = form.querySelector<HTMLElement>("[data-words]");
  const button = form.querySelector("button");
  const { upload: to = "", next = "", hashing = "", sending = "", differs = "", failed = "" } = form.dataset;
  if (!input || !bar || !words || !button) return;
  form.addEventListener("submit", async (event) => {
    const [file] = input.files ?? [];
    if (!file || file.size === 0) return;
    event.preventDefault();
    button.disabled = true;
    bar.hidden = false;
    const show = (text: string) => (done: number) => {
      bar.max = file.size;
      bar.value = done;
      words.textContent = text;
    };
    try {
      const digest = await digestOf(file, show(hashing));
      const location = await begin(to, file);
      const theirs = await bring(location, file, show(sending));
      if (theirs !== digest) throw new Error(differs);
      const described = new URL(next, window.location.href);
      described.searchParams.set("upload", location.split("/").at(-1) ?? "");
      described.searchParams.set("sha256", digest);
      window.location.assign(described);
    } catch (error) {
      words.textContent = error instanceof Error && error.message.includes(" ") ? error.message : failed;
      words.className = "error";
      button.disabled = false;
      bar.hidden = true;
    }
  });
}

if (typeof document === "undefined")
  addEventListener("message", ({ data }: MessageEvent<File>) => void hash(data, (message) => postMessage(message)));
else for (const form of document.querySelectorAll<HTMLFormElement>("form[data-upload]")) start(form);
