import type { Readable } from "node:stream";
import type { Actor } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Translate } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import { problemOf, refusalFrom } from "../kernel/problem.ts";
import { demandStorable } from "../kernel/server.ts";
import { issuesOf } from "../kernel/validation.ts";
import { handIn } from "./acts-intake.ts";
import { submissionSchema } from "./report.ts";
import { prepare, receivingOn } from "./submission.ts";

/** Longest line in bytes, and most lines of one call. */
export const LINE_BYTES_MAX = 131_072;
export const LINES_MAX = 100_000;
/** Reports of one call that are under way at once. */
const WINDOW = 256;

/** One call of the batch. */
export interface Batch {
  readonly node: Node;
  readonly actor: Actor;
  readonly locale: string;
  /** The caller's Idempotency-Key: line by line the same call again has no second effect. */
  readonly key: string | undefined;
}

/**
 * Takes reports one a line (NDJSON) and answers one line each, in order, while more are read: `{line, reference, code}` or
 * `{line, error, errors?}`. Lines count from 1; empty lines are passed over. A bad line costs only itself.
 */
export async function* takeBatch(input: Readable, batch: Batch): AsyncGenerator<string> {
  const t = batch.node.translations.translate(batch.locale);
  const pending: Promise<string>[] = [];
  let line = 0;
  for await (const read of linesOf(input)) {
    line += 1;
    if (read !== null && read.trim() === "") continue;
    if (line > LINES_MAX) {
      pending.push(
        Promise.resolve(
          answer(line, refused(new Refusal("too-large", "batch-too-many", { values: { maximum: LINES_MAX } }), t)),
        ),
      );
      break;
    }
    pending.push(takeLine(read, line, batch, t));
    if (pending.length >= WINDOW) yield (await pending.shift()) ?? "";
  }
  for (const each of pending) yield await each;
}

const answer = (line: number, rest: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ line, ...rest })}\n`;

function refused(refusal: Refusal, t: Translate): Record<string, unknown> {
  const { detail, errors } = problemOf(refusal, t);
  return {
    error: errors ? errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(" ") : detail,
    ...(errors ? { errors } : {}),
  };
}

async function takeLine(text: string | null, line: number, batch: Batch, t: Translate): Promise<string> {
  try {
    const { node, actor, key } = batch;
    const sent = parsed(text);
    const submission = submissionSchema.safeParse(sent);
    if (!submission.success) throw new Refusal("invalid", "invalid-input", { fields: issuesOf(submission.error) });
    const prepared = prepare(submission.data, receivingOn(node, "batch"));
    const { done } = await handIn(node, {
      actor,
      prepared,
      ...(key === undefined ? {} : { key: `${key}/${line}`, sent }),
    });
    return answer(line, done);
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) batch.node.log.error({ err: error }, "a line of a batch met a bug");
    return answer(line, refused(refusal ?? new Refusal("unavailable", "our-fault"), t));
  }
}

function parsed(text: string | null): unknown {
  if (text === null) throw new Refusal("too-large", "batch-line-too-long", { values: { maximum: LINE_BYTES_MAX } });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal("unsupported", "not-json");
  }
  demandStorable(value, "");
  return value;
}

/** Lines of a byte stream as text; `null` for a line that is too long, whose bytes are dropped as they come. */
async function* linesOf(input: Readable): AsyncGenerator<string | null> {
  let held: Buffer[] = [];
  let size = 0;
  let isTooLong = false;
  const take = (): string | null => {
    const text = isTooLong ? null : Buffer.concat(held).toString("utf8");
    held = [];
    size = 0;
    isTooLong = false;
    return text;
  };
  const keep = (part: Buffer): void => {
    size += part.length;
    if (size > LINE_BYTES_MAX) {
      isTooLong = true;
      held = [];
    } else held.push(part);
  };
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (size > 0) yield take();
}
