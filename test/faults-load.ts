import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { persistently, json } from "./patient.ts";
import type { Client } from "./world.ts";

/** A report that the portal said it has. */
export interface Handed {
  readonly reference: string;
  readonly code: string;
}

const submission = (n: string) => ({
  description: `Caller number ${n} said that he was of my bank and asked for a one-time code.`,
});

/** Hands in one report after the other until told to stop. */
export async function reportOn(portal: string, signal: { stopped: boolean }): Promise<Handed[]> {
  const handed: Handed[] = [];
  for (let n = 1; !signal.stopped; n++) {
    const key = randomUUID();
    const { status, body } = await persistently(
      (abort) =>
        fetch(`${portal}/api/v1/reports`, {
          method: "POST",
          headers: { "content-type": "application/json", "idempotency-key": key },
          body: JSON.stringify(submission(`${n}`)),
          signal: abort,
        }),
      json,
    );
    if (status !== 201) throw new Error(`the portal answered ${status}: ${JSON.stringify(body)}`);
    handed.push({ reference: body.reference, code: body.code });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return handed;
}

/** A body that is sent while it is made. Its type stands nowhere in the browser's own definitions, though `fetch` of Node knows it. */
const streamed = (pieces: AsyncIterable<Uint8Array>): RequestInit =>
  ({ body: Readable.toWeb(Readable.from(pieces)), duplex: "half" }) as unknown as RequestInit;

const LINES = 40;
const LINE_MS = 15;

interface Line {
  readonly line: number;
  readonly reference?: string;
  readonly code?: string;
  readonly error?: string;
}

/**
 * Hands in batches until told to stop, each line slowly, each batch again under its key until all of it was answered. Whatever
 * line was answered in any try is told.
 */
export async function batchOn(portal: string, signal: { stopped: boolean }): Promise<Handed[]> {
  const handed = new Map<string, Handed>();
  for (let batch = 1; !signal.stopped; batch++) {
    const key = randomUUID();
    await persistently(
      (abort) =>
        fetch(`${portal}/api/v1/reports/batch`, {
          method: "POST",
          headers: { "content-type": "application/x-ndjson", "idempotency-key": key },
          ...streamed(linesOf(batch)),
          signal: abort,
        }),
      async (answer) => {
        let text = "";
        const whole = await (async () => {
          for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
          return true;
        })().catch(() => false);
        const lines = text
          .split("\n")
          .slice(0, -1)
          .map((each) => JSON.parse(each) as Line);
        for (const { line, reference, code } of lines) {
          if (reference === undefined || code === undefined) continue;
          const before = handed.get(`${batch}/${line}`);
          if (before && (before.reference !== reference || before.code !== code))
            throw new Error(`line ${line} was answered ${before.reference} and then ${reference}`);
          handed.set(`${batch}/${line}`, { reference, code });
        }
        // A line that met a server without its database is sent again, as its answer says.
        return whole && lines.length === LINES && lines.every(({ error }) => error === undefined) ? true : undefined;
      },
    );
  }
  return [...handed.values()];
}

async function* linesOf(batch: number): AsyncGenerator<Uint8Array> {
  for (let line = 1; line <= LINES; line++) {
    yield Buffer.from(`${JSON.stringify(submission(`${batch}-${line}`))}\n`);
    await new Promise((resolve) => setTimeout(resolve, LINE_MS));
  }
}

const CHUNK = 256 * 1024;
const CHUNK_MS = 20;
const TUS = { "tus-resumable": "1.0.0" };

/** What an upload came to. */
export interface Uploaded {
  readonly id: string;
  readonly digest: string;
  /** The offset that the server named before it was struck: bytes that a client may forget. */
  readonly promised: number;
  /** The offset that it named after that. */
  readonly resumedAt: number;
}

/**
 * Uploads slowly by tus; after each break asks for the offset and sends the rest from there. As soon as the server says that
 * it keeps a part, it is struck once.
 */
export async function uploadSlowly(
  client: Client,
  bytes: Buffer,
  name: string,
  strike: () => Promise<void>,
): Promise<Uploaded> {
  const location = await begin(client, bytes.length, name);
  const offsetNow = () =>
    persistently(
      (signal) => client.raw(location, { method: "HEAD", headers: TUS, signal }),
      async (answer) => {
        if (answer.status !== 200) throw new Error(`no upload any more: ${answer.status}`);
        return Number(answer.headers.get("upload-offset"));
      },
    );
  let promised = 0;
  let resumedAt: number | undefined;
  let striking: Promise<void> | undefined;
  let isFallen = false;
  const between = async () => {
    const offset = striking ? 0 : await offsetNow();
    if (offset > 0 && !striking) {
      promised = offset;
      striking = strike().then(() => {
        isFallen = true;
      });
    }
    await striking;
  };
  for (;;) {
    const offset = await offsetNow();
    if (isFallen) resumedAt ??= offset;
    if (offset === bytes.length) break;
    await client
      .raw(location, {
        method: "PATCH",
        headers: { ...TUS, "upload-offset": `${offset}`, "content-type": "application/offset+octet-stream" },
        ...streamed(chunksOf(bytes, offset, between)),
      })
      .then(
        (answer) => answer.text(),
        () => undefined,
      );
  }
  return {
    id: location.split("/").at(-1) ?? "",
    digest: createHash("sha256").update(bytes).digest("hex"),
    promised,
    resumedAt: resumedAt ?? 0,
  };
}

/** Makes an upload; gives its path. */
function begin(client: Client, length: number, name: string): Promise<string> {
  const key = randomUUID();
  const metadata = `filename ${Buffer.from(name).toString("base64")},filetype ${Buffer.from("text/plain").toString("base64")}`;
  return persistently(
    (signal) =>
      client.raw("/api/v1/uploads", {
        method: "POST",
        headers: { ...TUS, "upload-length": `${length}`, "upload-metadata": metadata, "idempotency-key": key },
        signal,
      }),
    async (answer) => {
      if (answer.status !== 201) throw new Error(`no upload: ${answer.status} ${await answer.text()}`);
      return new URL(answer.headers.get("location") ?? "", client.base).pathname;
    },
  );
}

const ASK_EVERY = 4 * CHUNK;

async function* chunksOf(bytes: Buffer, from: number, between: () => Promise<void>): AsyncGenerator<Uint8Array> {
  for (let sent = from; sent < bytes.length; sent += CHUNK) {
    if ((sent - from) % ASK_EVERY === 0) await between();
    yield bytes.subarray(sent, sent + CHUNK);
    await new Promise((resolve) => setTimeout(resolve, CHUNK_MS));
  }
}
