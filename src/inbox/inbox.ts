import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** A view of the list that an officer keeps: theirs alone. */
export interface SavedViewRow {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  /** Query of the list's address. */
  readonly filters: string;
  readonly list: string;
}
export const savedViewSubject = subject<SavedViewRow>()({
  name: "saved-view",
  plural: "saved-views",
  table: "saved_view",
  attributes: { account: "String" },
});

/** Lists of which views are kept. */
export const LISTS = ["reports", "requests"] as const;
export type List = (typeof LISTS)[number];

/** By what reports of the quarantine are alike. */
export const PATTERNS = ["wording", "observable", "hour", "channel"] as const;
export type PatternKind = (typeof PATTERNS)[number];
/** What becomes of all that are alike: back to the worklist, or closed as junk. */
export const VERDICTS = ["release", "junk"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Where an order to empty stands: being carried out, done, being taken back, taken back. */
type EmptyingState = "running" | "done" | "undoing" | "undone";
// prettier-ignore
export const EMPTYING_LIFE = life<EmptyingState>()({
  end:    { from: ["running", "undoing"] },
  undo:   { from: ["running", "done"],    to: "undoing" },
});

/** An order to empty part of the quarantine. */
export interface EmptyingRow {
  readonly id: string;
  readonly state: EmptyingState;
  readonly office: string;
  readonly account: string;
  readonly by: PatternKind;
  readonly key: string;
  readonly verdict: Verdict;
  readonly at: Temporal.Instant;
  readonly ended_at: Temporal.Instant | null;
  readonly done: number;
  readonly refused: number;
}
export const emptyingSubject = subject<EmptyingRow>()({
  name: "emptying",
  plural: "emptyings",
  table: "emptying",
  attributes: { state: "String", office: "String", account: "String" },
  life: EMPTYING_LIFE,
});

/** Which reports an order is about: `key` is a pattern in hex, a key of an observable, an hour, or a channel. */
export const patternSchema = z.strictObject({
  by: z.enum(PATTERNS).meta({ control: "hidden" }),
  key: z.string().min(1).max(500).meta({ control: "hidden" }),
});
/** Channel on which the worker hears of an order. */
export const EMPTYING_CHANNEL = "comity_emptying";
