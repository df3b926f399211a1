import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** By which way a person is told in writing: by registered post, to a registered mailbox, or by an officer who hands it over. */
export const WAYS = ["letter", "registered-e-mail", "served"] as const;
export type Way = (typeof WAYS)[number];
export type NoticeState = "prepared" | "sent" | "served" | "returned" | "dropped";

/** A notice's life: written and signed, on its way, and in the end with the person, or back. */
// prettier-ignore
export const NOTICE_LIFE = life<NoticeState>()({
  send:   { from: ["prepared"], to: "sent",     source: "CETS 185 Art. 15(1)" },
  prove:  { from: ["sent"],     to: "served",   source: "CETS 185 Art. 15(1)" },
  fail:   { from: ["sent"],     to: "returned" },
  drop:   { from: ["prepared"], to: "dropped" },
});

/** A notice to a person concerned, as its table holds it, without person and document. */
export interface NoticeRow {
  readonly id: string;
  readonly request_id: string;
  readonly office: string | null;
  readonly state: NoticeState;
  readonly way: Way;
  readonly language: string;
  readonly prepared_by: string;
  readonly prepared_at: Temporal.Instant;
  readonly sent_at: Temporal.Instant | null;
  readonly sent_by: string | null;
  readonly reference: string | null;
  readonly ended_on: Temporal.PlainDate | null;
  readonly ended_by: string | null;
  readonly proof: string | null;
}

export const noticeSubject = subject<NoticeRow>()({
  name: "notice",
  plural: "notices",
  table: "notice",
  attributes: { state: "String", office: "String" },
  life: NOTICE_LIFE,
  sealed: true,
});

/** Places that what a notice says of the person, and its document, are sealed to. */
export const personPlace = (id: string): string => `notice:${id}:person`;
export const documentPlace = (id: string): string => `notice:${id}:document`;

/** Who is told, and where. */
export interface Person {
  readonly name: string;
  readonly address: string;
}
