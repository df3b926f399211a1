// Sends a file to a tus server from its last durable byte on, over lines that break. @source tus 1.0.0

/** One call brings so many bytes at most; the server keeps what came of a call that breaks. */
const CALL_BYTES = 256 * 1024 ** 2;
const WAIT_MAX_MS = 30_000;
const VERSION = { "tus-resumable": "1.0.0" };

/** The server refused in words, or for good: trying again would not help. */
export class Refused extends Error {}
/** The upload is no longer there. */
class Gone extends Error {}

/** An upload of this officer as the server tells it. */
export interface Known {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly offset: number;
  readonly sha256: string | null;
}
/** How one upload ended on the server. */
export interface Arrived {
  readonly id: string;
  readonly sha256: string;
  readonly sha1: string | null;
  readonly md5: string | null;
}
/** What sending is told and asked while it goes on. */
export interface Sending {
  readonly onSent: (bytes: number) => void;
  /** The line is broken; trying again in so many milliseconds. */
  readonly onWait: (ms: number) => void;
  /** All is there; the server has read so many bytes again for its digests. */
  readonly onHashed: (bytes: number) => void;
  /** Aborted when it is paused or forgotten. */
  readonly signal: AbortSignal;
}

const base64 = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));

async function refusal(answer: Response): Promise<Refused> {
  const { detail } = (await answer.json().catch(() => ({}))) as { detail?: string };
  return new Refused(detail ?? "");
}

/** This officer's uploads on the server. */
export async function known(to: string): Promise<readonly Known[]> {
  const answer = await fetch(to, { headers: { accept: "application/json" } });
  if (!answer.ok) throw await refusal(answer);
  return ((await answer.json()) as { uploads: Known[] }).uploads;
}

/** Begins an upload; gives its id. A key makes it the same one where the answer was lost. */
export async function begin(to: string, file: File, key: string): Promise<string> {
  const metadata = `filename ${base64(file.name)},filetype ${base64(file.type || "application/octet-stream")}`;
  const answer = await fetch(to, {
    method: "POST",
    headers: {
      ...VERSION,
      "idempotency-key": key,
      "upload-length": `${file.size}`,
      "upload-metadata": metadata,
    },
  });
  const location = answer.headers.get("location");
  if (answer.status !== 201 || !location) throw answer.status >= 500 ? new Error("begin") : await refusal(answer);
  return location.split("/").at(-1) ?? "";
}

/** Ends an upload on the server; true where it is gone. */
export async function end(to: string, id: string): Promise<boolean> {
  const answer = await fetch(`${to}/${id}`, { method: "DELETE", headers: VERSION });
  return answer.ok || answer.status === 404;
}

interface Standing extends Omit<Arrived, "sha256"> {
  readonly offset: number;
  readonly sha256: string | null;
  readonly hashed: number;
}
async function standing(to: string, id: string, signal: AbortSignal): Promise<Standing> {
  const answer = await fetch(`${to}/${id}`, { method: "HEAD", headers: VERSION, signal });
  if (answer.status === 404) throw new Gone();
  if (!answer.ok) throw new Error(`${answer.status}`);
  const told = (name: string) => answer.headers.get(name);
  return {
    id,
    offset: Number(told("upload-offset")),
    sha256: told("upload-sha256"),
    sha1: told("upload-sha1"),
    md5: told("upload-md5"),
    hashed: Number(told("upload-hashed") ?? "0"),
  };
}

/** One call; resolves with its status when it is answered. `fetch` does not tell how far it is. */
function patch(address: string, body: Blob, offset: number, { onSent, signal }: Sending): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const stop = () => call.abort();
    signal.addEventListener("abort", stop, { once: true });
    call.upload.addEventListener("progress", ({ loaded }) => onSent(offset + loaded));
    call.addEventListener("loadend", () => {
      signal.removeEventListener("abort", stop);
      if (call.status === 0) reject(new Error("the line is broken"));
      else resolve(call.status);
    });
    call.open("PATCH", address);
    const headers = { ...VERSION, "content-type": "application/offset+octet-stream", "upload-offset": `${offset}` };
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.send(body);
  });
}

/** Waits, less where the line comes back before. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });

const FOR_GOOD = new Set([400, 401, 403, 412, 413, 415]);

/** Sends from the last durable byte until all is there and hashed. `undefined` where the upload is gone; throws when aborted or refused. */
export async function send(to: string, id: string, file: File, sending: Sending): Promise<Arrived | undefined> {
  const { onSent, onWait, onHashed, signal } = sending;
  for (let failures = 0; ;) {
    try {
      const { offset, sha256, hashed, sha1, md5 } = await standing(to, id, signal);
      onSent(offset);
      if (offset < file.size) {
        const body = file.slice(offset, offset + CALL_BYTES);
        const status = await patch(`${to}/${id}`, body, offset, sending);
        if (FOR_GOOD.has(status)) throw new Refused();
        if (status >= 500) throw new Error(`${status}`);
        failures = 0;
      } else if (sha256 === null) {
        onHashed(hashed);
        await pause(1_000, signal);
      } else return { id, sha256, sha1, md5 };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Gone) return undefined;
      if (error instanceof Refused) throw error;
      failures += 1;
      const ms = Math.min(500 * 2 ** failures, WAIT_MAX_MS);
      onWait(ms);
      await pause(ms, signal);
    }
    signal.throwIfAborted();
  }
}
