import type { Readable } from "node:stream";
import type { Actor } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { Translate } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import { problemOf, refusalFrom } from "../kernel/problem.ts";
import { demandStorable } from "../kernel/server.ts";
import { issuesOf } from "../kernel/validation.ts";
import { handIn } from "./acts-intake.ts";
import { type BatchOf, batchOf, noteAnswered } from "./acts-batch.ts";
import { submissionSchema } from "./report.ts";
import { receivingOn } from "./submission.ts";

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
  /** Number of the first line that is sent; those before it came earlier. */
  readonly from: number;
}

/** Answers that are noted at once, before they are given. */
const NOTED_AT_ONCE = 128;

/** One line's answer, and whether it was refused. */
interface Answered {
  readonly line: number;
  readonly text: string;
  readonly isRefused: boolean;
}

/**
 * Takes reports one a line (NDJSON) and answers one line each, in order, while more are read: `{line, reference, code}` or
 * `{line, error, errors?}`. Lines count from 1, or from where a broken batch goes on; empty lines are passed over. A bad line
 * costs only itself. What a machine is answered under its key is noted first, so that it can ask again.
 */
export async function* takeBatch(input: Readable, batch: Batch): AsyncGenerator<string> {
  const { node, actor, key } = batch;
  const noted = actor.kind === "client" && key !== undefined ? batchOf(node, actor, key) : undefined;
  let held: Answered[] = [];
  for await (const answered of answersOf(input, batch)) {
    if (!noted) {
      yield answered.text;
      continue;
    }
    held.push(answered);
    if (held.length >= NOTED_AT_ONCE) yield await note(node, noted, held.splice(0));
  }
  if (noted && held.length > 0) yield await note(node, noted, held);
}

async function note(node: Node, batch: BatchOf, answered: readonly Answered[]): Promise<string> {
  const refused = answered.filter(({ isRefused }) => isRefused);
  await noteAnswered(
    node,
    batch,
    { from: answered[0]?.line ?? 0, to: answered.at(-1)?.line ?? 0 },
    refused.map(({ line, text }) => ({ line, answer: JSON.parse(text) as Json })),
  );
  return answered.map(({ text }) => text).join("");
}

async function* answersOf(input: Readable, batch: Batch): AsyncGenerator<Answered> {
  const t = batch.node.translations.translate(batch.locale);
  const pending: Promise<Answered>[] = [];
  let line = batch.from - 1;
  for await (const read of linesOf(input)) {
    line += 1;
    if (typeof read === "string" && read.trim() === "") continue;
    if (line > LINES_MAX) {
      pending.push(
        Promise.resolve(
          answer(line, refused(new Refusal("too-large", "batch-too-many", { values: { maximum: LINES_MAX } }), t)),
        ),
      );
      break;
    }
    pending.push(takeLine(read, line, batch, t));
    if (pending.length < WINDOW) continue;
    const first = await pending.shift();
    if (first) yield first;
  }
  for (const each of pending) yield await each;
}

const answer = (line: number, rest: Readonly<Record<string, unknown>>, isRefused = true): Answered => ({
  line,
  text: `${JSON.stringify({ line, ...rest })}\n`,
  isRefused,
});

function refused(refusal: Refusal, t: Translate): Record<string, unknown> {
  const { detail, errors } = problemOf(refusal, t);
  return {
    error: errors ? errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(" ") : detail,
    ...(errors ? { errors } : {}),
  };
}

async function takeLine(text: Line, line: number, batch: Batch, t: Translate): Promise<Answered> {
  try {
    const { node, actor, key } = batch;
    const sent = parsed(text);
    const submission = submissionSchema.safeParse(sent);
    if (!submission.success) throw new Refusal("invalid", "invalid-input", { fields: issuesOf(submission.error) });
    const prepared = { submission: submission.data, receiving: receivingOn(node, "batch") };
    const { done } = await handIn(node, {
      actor,
      prepared,
      ...(key === undefined ? {} : { key: `${key}/${line}`, sent }),
    });
    return answer(line, done, false);
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) batch.node.log.error({ err: error }, "a line of a batch met a bug");
    return answer(line, refused(refusal ?? new Refusal("unavailable", "our-fault"), t));
  }
}

function parsed(text: Line): unknown {
  if (text === NOT_UTF8) throw new Refusal("unsupported", "batch-not-utf8");
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

/** A line of the batch: its text, or why it has none. */
type Line = string | null | typeof NOT_UTF8;
const NOT_UTF8 = Symbol("a line that is not UTF-8");
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

function textOf(bytes: Buffer): string | typeof NOT_UTF8 {
  try {
    return utf8.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}

/** Lines of a byte stream as text; `null` for a line that is too long, whose bytes are dropped as they come. */
async function* linesOf(input: Readable): AsyncGenerator<Line> {
  let held: Buffer[] = [];
  let size = 0;
  let isTooLong = false;
  const take = (): Line => {
    const text = isTooLong ? null : textOf(Buffer.concat(held));
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
