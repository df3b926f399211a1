import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Peer } from "../kernel/actor.ts";
import { stamp } from "../kernel/clock.ts";
import type { Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { asJson, type JsonObject } from "../kernel/json.ts";
import { receiveIn } from "../kernel/receive.ts";
import { measureOf } from "../law/slice.ts";
import type { State } from "../requests/slice.ts";
import type { Answer, Meaning } from "./answers.ts";
import type { BlobOf } from "./delivery.ts";
import type { DictionaryEntry } from "./dictionary.ts";
import { groundIn, notHeld, type Reason } from "./grounds.ts";
import { Hi1Error } from "./message.ts";
import type { Row, Taking } from "./messages-objects.ts";

/** What is said of an object's status. */
export interface Status {
  readonly id: string;
  readonly generation?: number | undefined;
  readonly status: DictionaryEntry | undefined;
  readonly reason?: Reason | undefined;
  readonly keptUntil?: string | undefined;
}

/** What can't be said of a request that stands there. */
export const improper = (state: State, meaning: string): Hi1Error =>
  new Hi1Error("ImproperValueChange", `the request is ${state} here: ${meaning} does not follow from that`);

const REASONS_MIN = 10;
/** Words given with a status, long enough to be reasons. */
function wordsOf(meaning: Meaning, { reason, status }: Status): string {
  const words = (reason?.ErrorDescription ?? "").trim().slice(0, 4_000);
  return words.length >= REASONS_MIN ? words : `${words} (TS 103 120: ${status?.["common:Value"] ?? meaning})`.trim();
}

/** The body of an act, as a provider's node would send it. */
export function bodyOf(
  answer: Answer,
  { row, taking, meaning, said }: { row: Row; taking: Taking; meaning: Meaning; said: Status },
): JsonObject {
  switch (answer) {
    case "acknowledge":
      return seenBody(taking);
    case "accept":
      return {};
    case "start":
      return { outcome: "started" };
    case "done":
      return doneBody(row, taking, said.keptUntil);
    case "ask":
      return { about: [meaning === "ask" ? "format" : "other"], text: wordsOf(meaning, said) };
    case "postpone":
      return { reasons: wordsOf(meaning, said) };
    case "refuse": {
      const ground =
        meaning === "not-held"
          ? (groundIn(row.measure, said.reason) ?? notHeld(row.measure))
          : groundIn(row.measure, said.reason);
      if (ground === undefined)
        throw new Hi1Error(
          "RequiredElementMissing",
          "a rejection names its ground in StatusReason: its code, a colon, the reasons",
        );
      return { ground, reasons: wordsOf(meaning, said) };
    }
    case "lapse":
    case "deliver":
      return {};
  }
}

/** That somebody there has it. */
export const seenBody = ({ name, now }: Taking): JsonObject => ({
  office: name,
  person: name,
  receivedAt: stamp(now),
  clocks: [],
});

/** A preservation that is done says until when the data is kept, where it says so. */
function doneBody(row: Row, { now }: Taking, keptUntil: string | undefined): JsonObject {
  if (keptUntil === undefined || measureOf(row.measure).yields !== "preservation")
    return { outcome: "done", clocks: [] };
  const due = Temporal.Instant.from(keptUntil);
  if (Temporal.Instant.compare(due, now) <= 0)
    throw new Hi1Error("ImproperValue", "PreservationExpiration has passed already");
  return {
    outcome: "done",
    clocks: [
      {
        rule: "request.preservation",
        startsAt: stamp(now),
        dueAt: stamp(due),
        source: measureOf(row.measure).keepDays?.source ?? measureOf(row.measure).basis,
      },
    ],
  };
}

/** Verbs of the acts that answers are. */
const ACTS: Readonly<Record<Answer, string>> = {
  acknowledge: "acknowledge",
  accept: "accept",
  ask: "ask",
  refuse: "refuse",
  postpone: "postpone",
  start: "execute",
  done: "execute",
  deliver: "deliver",
  lapse: "lapse",
};

/** Performs an act of the provider's, as one that came from a node: the same messages, the same table, the same policy. */
export async function apply(
  tx: Tx,
  taking: Taking,
  of: { readonly row: Row; readonly answer: Answer; readonly body: JsonObject; readonly files?: readonly BlobOf[] },
): Promise<void> {
  const { node, peer, name, digest, now } = taking;
  const act = `request.${ACTS[of.answer]}`;
  const from: Peer = { kind: "peer", code: peer, peerKind: "provider" };
  // What they signed is the message: the entry says what it says in the words of an act, and names its digest.
  const record = asJson({
    act,
    at: stamp(now),
    node: peer,
    actor: { id: `peer:${peer}`, name },
    change: { ...of.body, way: "ts-103-120", message: digest },
  });
  const entry = createHash("sha256")
    .update(canonicalize(record) ?? "")
    .digest("hex");
  try {
    await receiveIn(
      tx,
      node,
      {
        from,
        act,
        subjectId: of.row.id,
        body: of.body,
        at: now,
        entry: { record, salt: "", digest: entry },
        files: of.files ?? [],
      },
      now,
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Hi1Error("ImproperValueChange", `${act}: ${error.fields[0]?.key ?? error.key}`);
  }
}
