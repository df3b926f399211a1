import { randomUUID } from "node:crypto";
import type { Answer, Client } from "./world.ts";

/** An act that a node said was done: it must stand in the journal, once. */
export interface Acknowledged {
  readonly node: string;
  readonly path: string;
  readonly entry: { readonly id: string; readonly digest: string };
}

const PATIENCE_MS = 60_000;
const ANSWER_MS_MAX = 15_000;
const PAUSE_MS = 60;

/**
 * Asks until there is an answer: a call that broke off or met a server that could not serve is made again, as a client that
 * was not answered may. Gives what `read` made of the answer; `undefined` from it asks again too.
 */
export async function persistently<T>(
  ask: (signal: AbortSignal) => Promise<Response>,
  read: (answer: Response) => Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let last = "nothing was asked"; ;) {
    try {
      const answer = await ask(AbortSignal.timeout(ANSWER_MS_MAX));
      if (answer.status < 500) {
        const value = await read(answer);
        if (value !== undefined) return value;
        last = `${answer.status}, not whole`;
      } else last = `${answer.status} ${(await answer.text()).slice(0, 300)}`;
    } catch (error) {
      last = `${String(error)} ${error instanceof Error ? String(error.cause ?? "") : ""}`;
    }
    if (performance.now() > end)
      throw new Error(`no answer within ${PATIENCE_MS / 1_000} s; the last try gave ${last}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Reads a JSON answer. */
export const json = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
};

/** A client that gives each act a key and repeats it until it is answered; `begun` hears of each act before it is asked for. */
export function patient(
  client: Client,
  node: string,
  more: { readonly acknowledged: Acknowledged[]; readonly begun: () => void },
): Client {
  const get = (path: string) => persistently((signal) => client.raw(`/api/v1${path}`, { signal }), json);
  const post = async (path: string, body: unknown = {}, headers: Record<string, string> = {}) => {
    more.begun();
    const key = randomUUID();
    const answer = await persistently(
      (signal) =>
        client.raw(`/api/v1${path}`, {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json", "idempotency-key": key, ...headers },
          signal,
        }),
      json,
    );
    if (answer.status < 300) more.acknowledged.push({ node, path, entry: answer.body.entry });
    return answer;
  };
  return { ...client, get, post };
}
