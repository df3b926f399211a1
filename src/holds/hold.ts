import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Where a notice stands: made, released for sending, with the institution, and what came of it. */
export type State =
  | "drafted"
  | "approved"
  | "sent"
  | "acknowledged"
  | "held"
  | "extended"
  | "nothing-left"
  | "refused"
  | "released"
  | "over"
  | "withdrawn";

const WITH_THEM: State[] = ["sent", "acknowledged"];
const HELD: State[] = ["held", "extended"];

/** A notice's life. `answer` settles on what the institution said; `lapse` is the clock's alone. */
// prettier-ignore
export const LIFE = life<State>()({
  revise:      { from: ["drafted"] },
  approve:     { from: ["drafted"],                          to: "approved" },
  send:        { from: ["drafted", "approved"],              to: "sent" },
  acknowledge: { from: ["sent"],                             to: "acknowledged" },
  answer:      { from: [...WITH_THEM, ...HELD],              to: "held" },
  extend:      { from: HELD,                                 to: "extended" },
  release:     { from: HELD,                                 to: "released" },
  withdraw:    { from: ["drafted", "approved", ...WITH_THEM], to: "withdrawn" },
  warn:        { from: [...WITH_THEM, ...HELD] },
  lapse:       { from: [...WITH_THEM, ...HELD],              to: "over" },
});

/** States in which something is still to be done or waited for. */
export const OPEN: readonly State[] = ["drafted", "approved", ...WITH_THEM, ...HELD];

/** A notice as its table holds it. Amounts are whole minor units of `currency`. */
export interface HoldRow {
  readonly id: string;
  /** `H-2026-000017`. */
  readonly number: string;
  readonly state: State;
  readonly report_id: string;
  readonly transfer: number | null;
  readonly institution: string | null;
  readonly office: string | null;
  readonly amount_minor: number | null;
  readonly currency: string;
  readonly details: Buffer | null;
  readonly provision: string;
  readonly hours: number;
  readonly needs_approval: boolean;
  readonly drafted_at: Temporal.Instant;
  readonly drafted_by: string | null;
  readonly approved_by: string | null;
  readonly approved_at: Temporal.Instant | null;
  readonly sent_by: string | null;
  readonly sent_by_name: string | null;
  readonly sent_at: Temporal.Instant | null;
  readonly sent_via: "mail" | "hand" | null;
  readonly language: string | null;
  readonly notice: Buffer | null;
  readonly notice_digest: Buffer | null;
  readonly held_until: Temporal.Instant | null;
  readonly warned_at: Temporal.Instant | null;
  readonly answered_at: Temporal.Instant | null;
  readonly held_minor: number | null;
  readonly returned_minor: number | null;
  readonly answer: Buffer | null;
}

export const holdSubject = subject<HoldRow>()({
  name: "hold",
  plural: "holds",
  table: "hold",
  number: "number",
  attributes: {
    state: "String",
    office: "String",
    drafted_by: "String",
    approved_by: "String",
    needs_approval: "Bool",
  },
  life: LIFE,
});

/** The clock of the hold itself, and the one that warns before it runs out. */
export const TERM = "hold.term";
export const WARNING = "hold.warning";
/** The part of the term after which the office is warned. */
const WARNED_AFTER = 0.75;
export const warningAt = (from: Temporal.Instant, until: Temporal.Instant): Temporal.Instant =>
  from.add({ milliseconds: Math.round((until.epochMilliseconds - from.epochMilliseconds) * WARNED_AFTER) });

const line = (max: number) => z.string().trim().min(1).max(max);

/** What identifies the transfer to the institution. Sealed: accounts are somebody's. */
export const detailsSchema = z.strictObject({
  /** Account, number or wallet that the money went to. */
  to: line(200).optional(),
  /** Through whom, in the reporter's words. */
  through: line(200).optional(),
  /** The transaction's own reference. */
  reference: line(200).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
});
export type Details = z.output<typeof detailsSchema>;

/** What the institution said of it. */
export const answerSchema = z.strictObject({ reference: line(200).optional(), note: line(4_000).optional() });
export type Answer = z.output<typeof answerSchema>;

/** What an institution can say: it holds, the money has gone, it will not. */
export const ANSWERS = ["held", "nothing-left", "refused"] as const;
/** What became of money that was held. */
export const RELEASES = ["returned", "seized", "freed"] as const;
/** Languages in which a notice is written. */
export const LANGUAGES = ["en", "fr", "ar"] as const;

export const detailsPlace = (hold: string): string => `hold:${hold}:details`;
export const noticePlace = (hold: string): string => `hold:${hold}:notice`;
export const answerPlace = (hold: string): string => `hold:${hold}:answer`;
