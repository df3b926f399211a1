import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.ts";

/** What the desk answered. */
export interface DeskAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; `undefined` where there was none. */
  readonly body: unknown;
}
export interface DeskCall {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}
/** The way to a desk, as one officer. */
export interface Desk {
  readonly url: string;
  /** One call, without a second try. Throws where no answer came. */
  readonly once: (method: string, path: string, call?: DeskCall) => Promise<DeskAnswer>;
  /** A call that may be made again: tried for as long as `TRIES` last where no answer, or one of a struggling server, came. */
  readonly call: (method: string, path: string, call?: DeskCall) => Promise<DeskAnswer>;
  /** A call with JSON in and out; anything but 2xx is a `Failure` in the desk's own words. */
  readonly json: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Record<string, unknown>>;
}

/** Waits between tries, in milliseconds: about four minutes in all, for a restart of the node or a broken line. */
export const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 60_000, 90_000] as const;
/** Nothing heard for so long ends a call. */
const SILENCE_MS = 300_000;

/** Opens the way to the desk at `url`. The token is sent to this address only, and never shown. */
export function openDesk(url: string, token: string, onWait: (why: string, milliseconds: number) => void): Desk {
  const base = url.replace(/\/+$/, "");
  const once: Desk["once"] = async (method, path, { headers = {}, body } = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body: body as BodyInit }),
      redirect: "error",
      signal: AbortSignal.timeout(SILENCE_MS),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  };
  const call: Desk["call"] = async (method, path, more) => {
    for (let tries = 0; ; tries += 1) {
      const answer = await once(method, path, more).catch((error: unknown) => error);
      const struggles = !isAnswer(answer) || answer.status >= 500 || answer.status === 429;
      if (isAnswer(answer) && !struggles) return answer;
      const wait = WAITS_MS[tries];
      if (wait === undefined) {
        if (isAnswer(answer)) return answer;
        throw new Failure(
          `The desk at ${base} can't be reached: ${reasonOf(answer)}. Nothing is lost: run the same command again.`,
        );
      }
      onWait(isAnswer(answer) ? `the desk answers ${answer.status}` : reasonOf(answer), wait);
      await sleep(wait);
    }
  };
  return {
    url: base,
    once,
    call,
    json: async (method, path, body, headers = {}) => {
      const answer = await call(method, path, {
        headers: { "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.status >= 300) throw refusalOf(answer);
      return typeof answer.body === "object" && answer.body !== null ? (answer.body as Record<string, unknown>) : {};
    },
  };
}

const isAnswer = (value: unknown): value is DeskAnswer =>
  typeof value === "object" && value !== null && "status" in value;

/** Why no answer came: the cause says more than “fetch failed”. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause && cause.message === "" ? String(cause.code) : cause.message;
  return error.message;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the desk said against it, in its own words. */
export function refusalOf({ status, body }: DeskAnswer): Failure {
  if (status === 401)
    return new Failure(
      "The desk does not know this token, or it is no longer good. Make a new one on your account's page.",
    );
  const { detail, title, errors } = (typeof body === "object" && body !== null ? body : {}) as {
    detail?: unknown;
    title?: unknown;
    errors?: readonly { path?: unknown; message?: unknown }[];
  };
  const said = typeof detail === "string" ? detail : typeof title === "string" ? title : "it gave no reason";
  const fields = (Array.isArray(errors) ? errors : []).map(
    ({ path, message }) => `\n  ${String(path)}: ${String(message)}`,
  );
  return new Failure(`The desk refused it (${status}): ${said}${fields.join("")}`);
}
