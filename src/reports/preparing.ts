import { randomUUIDv7 } from "node:crypto";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Reporting } from "../access/slice.ts";
import type { Node } from "../kernel/node.ts";
import { seal } from "../trust/seal.ts";
import { reportingOf } from "./law.ts";
import { contactPlace, type Submission } from "./report.ts";
import { type Prepared, prepare, type Receiving } from "./submission.ts";
import { sealTold } from "./told.ts";

/** A submission as it came in: not searched yet. */
export interface Submitted {
  readonly submission: Submission;
  readonly receiving: Receiving;
}

/** A report with its id, searched, and with what is sealed of it. */
export interface Whole {
  readonly id: string;
  readonly prepared: Prepared;
  readonly told: Buffer;
  /** `null` for an anonymous report. */
  readonly contact: Buffer | null;
}

/** From so many at once on, searching and sealing is given to a thread of its own; below, the way there costs more than it saves. */
const APART_MIN = 8;

/** Searches and seals reports that came together, in their order. */
export async function prepareGroup(node: Node, group: readonly (Prepared | Submitted)[]): Promise<Whole[]> {
  const given = group.map((what) => ({ id: randomUUIDv7(), what }));
  const submitted = given.flatMap(({ id, what }) => ("submission" in what ? [{ id, ...what }] : []));
  const apart = submitted.length < APART_MIN ? undefined : await threadOf(node).ask(submitted);
  return given.map(
    ({ id, what }) =>
      apart?.get(id) ?? wholeOf(node, id, "submission" in what ? prepare(what.submission, what.receiving) : what),
  );
}

/** A prepared report with its sealed parts. */
export const wholeOf = (node: Pick<Node, "services">, id: string, prepared: Prepared): Whole => ({
  id,
  prepared,
  told: sealTold(node, id, prepared),
  contact: prepared.contact === null ? null : seal(node.services.keys.seal, prepared.contact, contactPlace(id)),
});

/** A submission on its way to the thread. What is the same for all is told to the thread once. */
export interface Sent {
  readonly id: string;
  readonly submission: Submission;
  readonly receiving: Omit<Receiving, "reporting" | "now"> & { readonly now: string };
}
/** What the thread is told once. */
export interface Told {
  readonly seal: Uint8Array;
  readonly reporting: Reporting;
}

/** What goes to the thread: JSON, which is quicker than a structured clone of many small objects. */
export interface Order {
  readonly number: number;
  readonly sent: string;
}
/** What comes back: JSON of the prepared reports, and all that was sealed, one after the other. */
export interface Answer {
  readonly number: number;
  readonly prepared: string;
  readonly sealed: Uint8Array;
}
/** A report in the thread's answer. */
export interface Returned {
  readonly id: string;
  readonly prepared: Omit<Prepared, "receivedAt" | "transferAt"> & {
    readonly receivedAt: string;
    readonly transferAt?: string;
  };
  readonly toldBytes: number;
  readonly contactBytes: number;
}

/** The thread of one node: asked in order, started when it is first needed. It does not keep the process alive. */
interface Thread {
  /** The reports by id; `undefined` where the thread ended, and each is prepared where it is. */
  readonly ask: (
    submitted: readonly (Submitted & { readonly id: string })[],
  ) => Promise<ReadonlyMap<string, Whole> | undefined>;
}
const threads = new WeakMap<Node, Thread>();

function threadOf(node: Node): Thread {
  const thread = threads.get(node) ?? startThread(node);
  threads.set(node, thread);
  return thread;
}

function startThread(node: Node): Thread {
  const here = fileURLToPath(import.meta.url);
  const worker = new Worker(new URL(`./prepare-worker${extname(here)}`, import.meta.url), {
    workerData: { seal: node.services.keys.seal, reporting: reportingOf(node) } satisfies Told,
  });
  const waiting = new Map<number, (answer: Answer | undefined) => void>();
  let next = 0;
  const end = (): void => {
    threads.delete(node);
    for (const resolve of waiting.values()) resolve(undefined);
    waiting.clear();
  };
  worker.on("message", (answer: Answer) => {
    waiting.get(answer.number)?.(answer);
    waiting.delete(answer.number);
  });
  worker.once("error", end);
  worker.once("exit", end);
  // After the listeners: they would hold the process again.
  worker.unref();
  return {
    ask: async (submitted) => {
      next += 1;
      const number = next;
      const answer = await new Promise<Answer | undefined>((resolve) => {
        waiting.set(number, resolve);
        worker.postMessage({ number, sent: JSON.stringify(submitted.map(sentOf)) } satisfies Order);
      });
      return answer && readAnswer(answer);
    },
  };
}

function sentOf({ id, submission, receiving }: Submitted & { readonly id: string }): Sent {
  const { reporting: _, now, ...rest } = receiving;
  return { id, submission, receiving: { ...rest, now: now.toString() } };
}

function readAnswer({ prepared, sealed }: Answer): ReadonlyMap<string, Whole> {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const wholes = new Map<string, Whole>();
  let at = 0;
  for (const { id, prepared: each, toldBytes, contactBytes } of JSON.parse(prepared) as Returned[]) {
    const { receivedAt, transferAt, ...rest } = each;
    wholes.set(id, {
      id,
      prepared: {
        ...rest,
        receivedAt: Temporal.Instant.from(receivedAt),
        ...(transferAt === undefined ? {} : { transferAt: Temporal.Instant.from(transferAt) }),
      },
      told: bytes.subarray(at, at + toldBytes),
      contact: contactBytes === 0 ? null : bytes.subarray(at + toldBytes, at + toldBytes + contactBytes),
    });
    at += toldBytes + contactBytes;
  }
  return wholes;
}
