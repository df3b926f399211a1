import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

export type CorrespondentState = "proposed" | "trusted" | "revoked";

/** A correspondent's life: nothing goes there before a second person has compared the address. @source CETS 185 Art. 25(3) */
// prettier-ignore
const LIFE = life<CorrespondentState>()({
  confirm: { from: ["proposed"],            to: "trusted", source: "CETS 185 Art. 25(3)" },
  revoke:  { from: ["proposed", "trusted"], to: "revoked" },
});

/** Somebody who runs no node and is written to by e-mail, as its table holds them. */
export interface CorrespondentRow {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly state: CorrespondentState;
  readonly address: string;
  readonly languages: readonly string[];
  readonly hours: string | null;
  readonly voice: string | null;
  readonly escalation: string | null;
  readonly proposed_by: string;
  readonly confirmed_by: string | null;
  readonly proposed_at: Temporal.Instant;
  readonly confirmed_at: Temporal.Instant | null;
  readonly revoked_at: Temporal.Instant | null;
}
export const correspondentSubject = subject<CorrespondentRow>()({
  name: "correspondent",
  plural: "correspondents",
  table: "correspondent",
  attributes: { code: "String", kind: "String", state: "String", proposed_by: "String" },
  life: LIFE,
});

/** How far a letter has come. `handed`: our mail server took it; nobody there has said anything. */
export type LetterState = "queued" | "handed" | "delayed" | "delivered" | "read" | "bounced";

/** A letter's life: what mail servers and readers say of it, as an officer puts it in. */
// prettier-ignore
const LETTER_LIFE = life<LetterState>()({
  notice: { from: ["queued", "handed", "delayed", "delivered", "bounced"] }, // settles on what the notice says
});

/** A letter as its table holds it, without the document. */
export interface LetterRow {
  readonly id: string;
  readonly request_id: string;
  readonly peer: string;
  readonly act: string;
  readonly state: LetterState;
  readonly at: Temporal.Instant;
  readonly changed_at: Temporal.Instant;
  readonly detail: string | null;
}
export const letterSubject = subject<LetterRow>()({
  name: "letter",
  plural: "letters",
  table: "letter",
  attributes: { state: "String", peer: "String" },
  life: LETTER_LIFE,
});

/** The one message of the mail queue that a letter is. */
export const letterKey = (id: string): string => `letter:${id}`;
/** Place that a letter's document is sealed to. */
export const letterPlace = (id: string): string => `letter:${id}`;
