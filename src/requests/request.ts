import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { Amendment } from "./amendment.ts";
import type { Missing } from "./missing.ts";
import type { Term, TermsState } from "./terms.ts";
import {
  ARTICLE_CODES,
  CATEGORIES,
  type Category,
  MEASURE_CODES,
  type MeasureCode,
  type Particulars,
  particularsSchema,
  type Reach,
} from "../law/slice.ts";

import { type Safeguards, type SafeguardsSaid, safeguardsSchema } from "./safeguards.ts";
import type { ChosenBasis, JudgedBasis } from "./basis.ts";

/** Where a request stands. Both nodes fold the same acts, so both show the same. */
export type State =
  | "draft" | "submitted" | "ordered" | "authorised" | "denied" | "sent" | "delivered" | "acknowledged" | "clarification" | "accepted" | "refused"
  | "postponed" | "executing" | "partly-executed" | "executed" | "closed" | "withdrawn" | "lapsed"; // prettier-ignore

const UNANSWERED: State[] = [
  "sent",
  "delivered",
  "acknowledged",
  "clarification",
  "postponed",
  "accepted",
  "executing",
  "partly-executed",
];

/** States that a request may have reached here before the receipt of the wire, or a crossing act, is known. */
const SENT: State[] = [...UNANSWERED, "withdrawn", "refused", "executed", "lapsed", "closed"];
/** Before it was sent. */
const BEFORE: State[] = ["draft", "submitted", "ordered", "authorised"];
/** Come from abroad, and not yet answered in full. */
const OPEN_HERE: State[] = [
  "delivered",
  "acknowledged",
  "clarification",
  "postponed",
  "accepted",
  "executing",
  "partly-executed",
];
/** Taken on, and not yet answered in full. */
const IN_HAND: State[] = ["accepted", "executing", "partly-executed"];
/** States in which an answer to conditions may be owed, whatever was asked or postponed meanwhile. */
const ANSWERED: State[] = [...IN_HAND, "acknowledged", "clarification", "postponed", "executed"];
/** Data may have been given: its conditions live on after the request has ended. */
const GIVEN: State[] = [
  ...IN_HAND,
  "acknowledged",
  "clarification",
  "postponed",
  "executed",
  "closed",
  "withdrawn",
  "lapsed",
  "refused",
];
const RECEIVED: State[] = SENT.filter((state) => state !== "sent");
/** States of what has an order that awaits its validation, or had one. */
const ORDERED: State[] = ["ordered", ...SENT];
/** States in which what was asked for may have been obtained: the person concerned is to be told. */
const OBTAINED: State[] = ["executed", "partly-executed", "lapsed", "closed", "withdrawn"];
/** States in which something may still be done that oversight can stop. */
const HALTABLE: State[] = ["draft", "submitted", "ordered", "authorised", ...UNANSWERED, "executed"];
/** Everything but what has come to its end here without leaving. */
const ALIVE: State[] = ["draft", "submitted", "ordered", "authorised", ...SENT];
/** What has been withdrawn, or closed when a part had come, may have been answered before that was known there. */
const CROSSED: State[] = ["withdrawn", "closed"];

/** Formal confirmation may be asked for when it is acknowledged, and given as long as it is worked on. */
const CONFIRMABLE: State[] = [
  "acknowledged",
  "clarification",
  "postponed",
  "accepted",
  "executing",
  "partly-executed",
  "executed",
];

/**
 * A request's life. An act from a state that its row does not name is refused with `wrong-state`. `execute` and `deliver` settle on
 * `executing`, `partly-executed` or `executed` by what their officer says; `arrive` is the receipt of the wire, `lapse` a clock. What
 * stands below `close` moves nothing: a request that was read, a telephone call, and the review of an emergency. What nobody else is asked
 * for is served or carried out by the own side: `serve` and `record` stand for all that lies between two nodes.
 *
 * Acts of the two sides may cross. Both nodes then decide alike: against a withdrawal an answer that ends the matter stands, any
 * other gives way. A node that was restored from a backup lets what has lapsed lapse again: that it did is known, and nothing follows.
 */
// prettier-ignore
export const LIFE = life<State>()({
  revise:      { by: "sender",   from: ["draft"] },
  submit:      { by: "sender",   from: ["draft"],                                                     to: "submitted" },
  return:      { by: "sender",   from: ["submitted"],                                                 to: "draft" },
  authorise:   { by: "sender",   from: ["submitted"],                                                 to: "authorised",   source: "CETS 185 Art. 15(2)" },
  deny:        { by: "sender",   from: ["submitted"],                                                 to: "denied",       source: "CETS 185 Art. 15(2)" },
  order:       { by: "sender",   from: ["submitted"],                                                 to: "ordered",      source: "CETS 185 Art. 15(2)" },
  validate:    { by: "sender",   from: ORDERED,                                                                           source: "CETS 185 Art. 15(2)" }, // unsent: settles on authorised or denied
  void:        { by: "sender",   from: ORDERED,                                                                           source: "CETS 185 Art. 15(2)" }, // its time ran out
  inform:      { by: "sender",   from: OBTAINED,                                                                          source: "CETS 185 Art. 15(1)" },
  defer:       { by: "sender",   from: OBTAINED,                                                                          source: "CETS 185 Art. 15(1)" },
  halt:        { by: "either",   from: HALTABLE,                                                                          source: "CETS 185 Art. 15(2)", late: ["withdrawn", "refused", "lapsed", "closed"] },
  resume:      { by: "either",   from: ALIVE,                                                                             source: "CETS 185 Art. 15(2)" },
  send:        { by: "sender",   from: ["authorised", "ordered"],                                     to: "sent",         source: "CETS 185 Art. 25(3)" },
  serve:       { by: "sender",   from: ["authorised"],                                                to: "executing",    source: "CETS 185 Art. 18(1)(a)" },
  record:      { by: "sender",   from: ["authorised", "executing", "partly-executed"],                to: "executed",     source: "CETS 185 Art. 19" },
  arrive:      { by: "sender",   from: SENT }, // settles on `delivered`; the peer's first answer may overtake the receipt
  acknowledge: { by: "receiver", from: ["sent", "delivered"],                                         to: "acknowledged", late: CROSSED },
  ask:         { by: "receiver", from: ["acknowledged", "accepted", "executing"],                     to: "clarification", late: CROSSED },
  answer:      { by: "sender",   from: ["clarification"],                                             to: "acknowledged", late: ["refused"] },
  accept:      { by: "receiver", from: ["acknowledged", "postponed"],                                 to: "accepted",     late: CROSSED },
  refuse:      { by: "receiver", from: ["acknowledged", "clarification", "postponed", "accepted"],    to: "refused",      source: "CETS 185 Art. 27(7)", late: CROSSED },
  postpone:    { by: "receiver", from: ["acknowledged", "accepted"],                                  to: "postponed",    source: "CETS 185 Art. 27(5)", late: CROSSED },
  disclose:    { by: "sender",   from: ["accepted"],                                                                      source: "CETS 185 Art. 26", late: [...ANSWERED, "refused", "lapsed"] },
  execute:     { by: "receiver", from: ["accepted", "executing", "partly-executed"],                  to: "executed",     late: CROSSED },
  deliver:     { by: "receiver", from: ["accepted", "executing", "partly-executed"],                  to: "executed",     late: CROSSED },
  confirm:     { by: "sender",   from: CONFIRMABLE,                                                                       source: "CETS 185 Art. 25(3)", late: ["refused", "lapsed", "withdrawn", "closed"] },
  extend:      { by: "sender",   from: ["executed"],                                                                      source: "CETS 185 Art. 16(2)", late: ["lapsed"] },
  lapse:       { by: "receiver", from: ["executed"],                                                  to: "lapsed",       source: "CETS 185 Art. 29(7)", late: ["closed", "lapsed"] },
  withdraw:    { by: "sender",   from: UNANSWERED,                                                    to: "withdrawn",    late: ["refused", "executed", "lapsed"] },
  close:       { by: "sender",   from: ["executed", "partly-executed", "refused", "lapsed"],          to: "closed" },
  bind:        { by: "receiver", from: IN_HAND,                                                                           source: "CETS 185 Art. 28(2)", late: CROSSED },
  agree:       { by: "sender",   from: ANSWERED,                                                                          source: "CETS 185 Art. 28(3)", late: ["refused", "lapsed"] },
  decline:     { by: "sender",   from: ANSWERED,                                                                          source: "CETS 185 Art. 28(3)", late: ["refused", "lapsed"] },
  seek:        { by: "sender",   from: GIVEN },
  amend:       { by: "sender",   from: UNANSWERED,                                                                        late: ["refused", "executed", "lapsed"] },
  approve:     { by: "sender",   from: UNANSWERED,                                                                        source: "CETS 185 Art. 15(2)", late: ["refused", "executed", "lapsed"] },
  disapprove:  { by: "sender",   from: SENT,                                                                              source: "CETS 185 Art. 15(2)" },
  revoke:      { by: "sender",   from: ["authorised", "denied"],                                      to: "submitted",    source: "CETS 185 Art. 15(2)" },
  attach:      { by: "sender",   from: ["draft"] },
  spread:      { by: "sender",   from: ["draft"] },
  translate:   { by: "either",   from: [...BEFORE, ...SENT] },
  translated:  { by: "either",   from: [...BEFORE, ...SENT] },
  assign:      { by: "receiver", from: OPEN_HERE,                                                                         source: "CETS 185 Art. 25(4)" },
  remind:      { by: "sender",   from: UNANSWERED,                                                                        late: ["refused", "executed", "lapsed"] },
  waive:       { by: "receiver", from: GIVEN,                                                                             source: "CETS 185 Art. 28(2)" },
  see:         { by: "receiver", from: UNANSWERED,                                                                        source: "CETS 185 Art. 35", late: SENT },
  call:        { by: "either",   from: SENT,                                                                         source: "CETS 185 Art. 25(3)", late: SENT },
  escalate:    { by: "sender",   from: SENT },
  enter:       { by: "sender",   from: UNANSWERED,                                                                        source: "CETS 185 Art. 27(7)" }, // settles on what was answered
  claim:       { by: "receiver", from: ["partly-executed", "executed", "lapsed", "closed"], late: SENT },
  owe:         { by: "receiver", from: RECEIVED,                                                                          source: "CETS 185 Art. 16(3)" },
  notify:      { by: "receiver", from: RECEIVED,                                                                          source: "CETS 185 Art. 16(3)" },
  "delay-notice": { by: "receiver", from: RECEIVED,                                                                       source: "CETS 185 Art. 16(3)" },
  review:      { by: "sender",   from: SENT,                                                                         source: "CETS 185 Art. 15(1)" },
  unreviewed:  { by: "sender",   from: SENT },
});

/** True for a request that was taken on and is not yet answered in full: then it can be carried out. */
export const isInHand = ({ state }: { readonly state: State }): boolean =>
  (LIFE.execute.from as readonly State[]).includes(state);

/**
 * Where saying that it is being carried out, is in part, or is in full leads. What was withdrawn or closed meanwhile stays so until it is
 * done in full: then it is done; and what is done in part is not begun again.
 */
export function executedState(state: State, outcome: "started" | "partly" | "done"): State {
  if (state === "closed") return state;
  if (outcome === "done") return "executed";
  if (state === "withdrawn") return state;
  return outcome === "partly" || state === "partly-executed" ? "partly-executed" : "executing";
}

/** One thing that is asked for. */
export interface WantedData {
  readonly category: Category;
  readonly description: string;
  /** Addresses, account names, numbers: one each. */
  readonly identifiers: readonly string[];
}

export const URGENCIES = ["routine", "urgent", "emergency"] as const;

/** A request as its table holds it. */
export interface RequestRow {
  id: string;
  number: string;
  case_id: string | null;
  parent_id: string | null;
  follows_id: string | null;
  side: "sender" | "receiver";
  measure: MeasureCode;
  peer: string;
  data_category: Reach;
  /** True where traffic data is asked for solely to identify the user. */
  identifying: boolean;
  urgency: (typeof URGENCIES)[number];
  state: State;
  offence: string;
  /** Code of the article that it falls under (`ARTICLES`); empty where nobody said. */
  article: string;
  facts: string;
  necessity: string;
  proportionality: string;
  custodian: string;
  data: WantedData[];
  /** What depends on the measure. */
  particulars: Particulars;
  /** What the draft says to the safeguards of the law. */
  safeguards: SafeguardsSaid;
  /** The same as it was submitted, with the questions and the law they come from: what is decided on, and what travels. */
  tests: Safeguards | null;
  /** Highest penalty of the offence, in years, by the law; `null` where no offence of the law is named. */
  penalty_years: number | null;
  offence_code: string | null;
  privilege: string | null;
  filter_person: string | null;
  /** Codes of the questions that are answered. */
  answered: string[];
  /** Days for which it is authorised. */
  period_days: number | null;
  /** True where the law here counts the power as one of which oversight sees every use. */
  intrusive: boolean;
  ordered_by: string | null;
  ordered_at: Temporal.Instant | null;
  /** Of what was ordered before it was authorised. */
  validation: "due" | "confirmed" | "refused" | "lapsed" | null;
  validated_by: string | null;
  validated_at: Temporal.Instant | null;
  /** Whether the person concerned has been told. */
  notification: "due" | "delayed" | "told" | null;
  notified_at: Temporal.Instant | null;
  /** Nodes whose oversight has halted it. */
  halts: string[];
  /** The requesting authority, as documents name it. */
  authority: Authority;
  /** The treaty that it is made on; `null` where none is wanted, and on a draft that names none. */
  basis: ChosenBasis | null;
  /** What this node's own table says of that, where the request came from elsewhere. */
  basis_here: JudgedBasis | null;
  drafted_by: string | null;
  office: string | null;
  authorised_by: string | null;
  authorised_until: Temporal.PlainDate | null;
  executed_by: string | null;
  refusal_ground: string | null;
  created_at: Temporal.Instant;
  sent_at: Temporal.Instant | null;
  received_at: Temporal.Instant | null;
  executed_at: Temporal.Instant | null;
  document_digest: Buffer | null;
  /** What was done on the sender’s node before it was sent, as the sender told it. */
  before: unknown;
  items: string[];
  /** Conditions on the use of what is given, in their order. */
  terms: Term[];
  terms_version: number;
  terms_state: TermsState | null;
  /** What was asked for and has not been given, as the one who answered last said it. */
  missing: Missing[];
  /** What was asked before the decision struck some of it out; `null` where nothing was. */
  asked: Pick<RequestRow, "data" | "particulars"> | null;
  /** A change of the sent request that waits for its decision, or did not get it. */
  amendment: Amendment | null;
  amended_by: string | null;
  amended_category: string | null;
  /** One draft sent to many: all requests of it bear the same mark. */
  bundle: string | null;
  /** Items that go with it. */
  annexes: string[];
  translations: Translation[];
  /** The office here that carries out what came from abroad. */
  assigned_office: string | null;
  assigned_name: string | null;
}

/** A translation that was ordered and, once it is here, received. */
export interface Translation {
  /** ISO 639. */
  readonly language: string;
  readonly translator: string;
  /** The day by which it is wanted. */
  readonly due: string;
  readonly ordered_at: string;
  readonly ordered_by: string;
  readonly received_at?: string;
  readonly received_by?: string;
  readonly remark?: string;
}

/** Who asks, who decided, and how to reach them: the head of the T-CY templates. @source CETS 185 Art. 29(2) */
export interface Authority {
  readonly node: string;
  readonly country: string;
  readonly office: string;
  readonly person: string;
  readonly zone: string;
  /** Telephone and hours of the contact point there, as they were when it was drafted. */
  readonly voice?: string;
  readonly hours?: string;
  readonly authorisedBy?: string;
  readonly authorisedOffice?: string;
  readonly authorisedAt?: string;
  readonly authorisedUntil?: string;
  readonly reasons?: string;
  readonly provision?: string;
  /** Of what was sent before it was authorised: who ordered it, and until when it must be validated. */
  readonly orderedBy?: string;
  readonly orderedOffice?: string;
  readonly orderedAt?: string;
  readonly validationDue?: string;
  /** What becomes of it unvalidated, where that is more than that it stands still. */
  readonly unvalidated?: "withdrawn";
}

export const requestSubject = subject<RequestRow>()({
  name: "request",
  plural: "requests",
  table: "request",
  number: "number",
  attributes: {
    state: "String", side: "String", measure: "String", peer: "String", data_category: "String", identifying: "Bool", urgency: "String",
    drafted_by: "String", office: "String", authorised_by: "String", executed_by: "String", terms_state: "String",
    amended_by: "String", amended_category: "String", assigned_office: "String",
    penalty_years: "Long", offence_code: "String", privilege: "String", filter_person: "String", answered: "Set", period_days: "Long",
    intrusive: "Bool", ordered_by: "String", validation: "String", notification: "String", halts: "Set",
  }, // prettier-ignore
  life: LIFE,
  sealed: true,
});

const text = (max: number) => z.string().trim().max(max).meta({ control: "textarea" });

/** The data that a request names: a line for each thing that is asked for. */
export const dataSchema = z
  .array(
    z.strictObject({
      category: z.enum(CATEGORIES),
      description: z.string().trim().max(1_000).default(""),
      identifiers: z.array(z.string().trim().min(1).max(300)).max(200).default([]),
    }),
  )
  .max(50);

/** What a draft may hold. All of it may be missing: what must be there is asked when it is submitted. */
export const draftSchema = z.strictObject({
  measure: z.enum(MEASURE_CODES),
  to: z
    .string()
    .trim()
    .regex(/^[A-Z][A-Z0-9]{1,7}$/, "peer-code"),
  offence: z.string().trim().max(300).default(""),
  article: z.enum(ARTICLE_CODES).optional(),
  facts: text(20_000).default(""),
  necessity: text(10_000).default(""),
  proportionality: text(10_000).default(""),
  data: dataSchema.default([]),
  custodian: z.string().trim().max(500).default(""),
  urgency: z.enum(URGENCIES).default("routine"),
  particulars: particularsSchema.default({}),
  safeguards: safeguardsSchema.default({ answers: {} }),
  /** Code of the treaty that it is made on; the first that applies, where none is named. */
  basis: z
    .string()
    .trim()
    .regex(/^(?:[a-z][a-z0-9-]{1,39})?$/, "treaty-code")
    .default(""),
});
export type Draft = z.infer<typeof draftSchema>;
