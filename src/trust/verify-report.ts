import type { SentenceKey } from "./verify-words.ts";

/** What was looked at: one word per part of the promise that a package makes. */
export type CheckId =
  | "pdf"
  | "zip"
  | "mimetype"
  | "bag"
  | "manifest"
  | "signature"
  | "certificate"
  | "policy"
  | "timestamp"
  | "checkpoint"
  | "witnesses"
  | "custody"
  | "proof"
  | "head"
  | "item"
  | "withheld"
  | "file";

export type SentenceValues = Readonly<Record<string, string | number>>;

/**
 * One thing looked at. `subject` names the file or the part concerned, as it stands in the package; `key` with `values`
 * is the sentence that says what was found (`sentence()` of verify-words.ts).
 */
export interface Check {
  readonly id: CheckId;
  readonly ok: boolean;
  readonly subject: string;
  readonly key: SentenceKey;
  readonly values: SentenceValues;
}

/** A check that failed. */
export interface Finding extends Check {
  readonly ok: false;
}

/** What is wrong, and with which file or part. */
export const found = (id: CheckId, subject: string, key: SentenceKey, values: SentenceValues = {}): Finding => ({
  id,
  ok: false,
  subject,
  key,
  values,
});

/** What was looked at and is right. */
export const passed = (id: CheckId, subject: string, key: SentenceKey, values: SentenceValues = {}): Check => ({
  id,
  ok: true,
  subject,
  key,
  values,
});

/** The sentence for success when nothing was found, otherwise what was found. */
export const either = (findings: readonly Finding[], success: Check): readonly Check[] =>
  findings.length > 0 ? findings : [success];
