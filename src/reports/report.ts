import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import { type Basis, CODES, type Code, type Priority } from "./classification.ts";
import { OBSERVABLE_TYPES } from "../observables/slice.ts";

/** Where a report stands: received, read by an officer, with an officer, part of a case, closed. */
export type State = "received" | "triaged" | "assigned" | "in-case" | "closed";

const OPEN: State[] = ["received", "triaged", "assigned", "in-case"];
const ALL: State[] = [...OPEN, "closed"];

/** A report's life. `triage` and `reopen` settle on `assigned` or `in-case` where somebody has it already. */
// prettier-ignore
export const LIFE = life<State>()({
  triage:   { from: OPEN,                                to: "triaged" },
  assign:   { from: OPEN,                                to: "assigned" },
  reply:    { from: OPEN },
  escalate: { from: OPEN },
  link:     { from: OPEN },
  unlink:   { from: OPEN },
  join:     { from: ["received", "triaged", "assigned"], to: "in-case" },
  redirect: { from: OPEN,                                to: "closed" },
  close:    { from: OPEN,                                to: "closed" },
  reopen:   { from: ["closed"],                          to: "triaged" },
  quarantine: { from: ["received", "triaged"] },
  release:  { from: OPEN },
  discard:  { from: OPEN,                                to: "closed" },
  restore:  { from: ALL,                                 to: "received" },
  open:     { from: ALL },
  climb:    { from: OPEN },
  identify: { from: ALL },
  write:    { from: ALL },
  attach:   { from: ALL },
  examine:  { from: ALL },
  overdue:  { from: ALL },
  consent:  { from: ALL },
  withdraw: { from: OPEN },
  disclose: { from: ALL,                                                source: "CETS 108 Art. 9" },
  erase:    { from: ["closed"],                                         source: "CETS 108 Art. 5" },
});

/** Through which door a report came. */
export const CHANNELS = ["portal", "api", "batch", "hotline", "import", "peer"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Age of whom it happened to, in bands that no figure can narrow further. The same in every country. */
export const AGE_BANDS = ["under-13", "13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65-plus"] as const;
export type AgeBand = (typeof AGE_BANDS)[number];

/** Whom it happened to, seen from the reporter. */
export const FOR_WHOM = ["me", "child", "other", "organisation"] as const;
export type ForWhom = (typeof FOR_WHOM)[number];

/** A report as its table holds it. */
export interface ReportRow {
  id: string;
  reference: string;
  state: State;
  category: Code;
  /** Articles that an officer has assigned. */
  offences: string[];
  priority: Priority;
  reasons: string[];
  channel: Channel;
  language: string;
  /** Sealed; `told.ts` opens it. */
  told: Buffer | null;
  description: string | null;
  facts: unknown;
  /** Code of the district, as the pack names it. */
  district: string | null;
  age_band: AgeBand | null;
  for_whom: ForWhom | null;
  loss_minor: number | null;
  loss_currency: string | null;
  transfer_at: Temporal.Instant | null;
  campaign_id: string | null;
  /** One of many alike, shown inside of its campaign only. */
  folded: boolean;
  /** `flood`, or `officer`: off the worklist until a person looks; `null` for the others. */
  quarantine: string | null;
  opened_at: Temporal.Instant | null;
  client_id: string | null;
  erased_at: Temporal.Instant | null;
  /** Which powers over electronic evidence it opens; `null` on rows from before it was kept. */
  basis: Basis | null;
  /** When it climbs if nobody has opened it by then. */
  unopened_at: Temporal.Instant | null;
  /** How often that time has passed. */
  climbed: number;
  /** By what copies of it are known. */
  pattern: Buffer | null;
  emptied_by: string | null;
  /** The node that handed it over. */
  peer: string | null;
  /** Conditions on its use, accepted before it came. */
  conditions: string | null;
  anonymous: boolean;
  received_at: Temporal.Instant;
  /** When the first answer is owed; `null` for intelligence that nobody waits for. */
  respond_by: Temporal.Instant | null;
  responded_at: Temporal.Instant | null;
  turn_at: Temporal.Instant;
  office: string | null;
  assignee: string | null;
  assignee_name: string | null;
  case_id: string | null;
  closed_reason: string | null;
  consent_contact: boolean;
  consent_share: boolean;
  consent_handover: boolean;
  /** When the reporter withdrew it; the office still closes it. */
  withdrawn_at: Temporal.Instant | null;
}

export const reportSubject = subject<ReportRow>()({
  name: "report",
  plural: "reports",
  table: "report",
  number: "reference",
  attributes: {
    state: "String",
    category: "String",
    priority: "Long",
    channel: "String",
    office: "String",
    assignee: "String",
    case_id: "String",
    client_id: "String",
    quarantine: "String",
  },
  life: LIFE,
});

/** The clock of the first answer. */
export const FIRST_RESPONSE = "report.first-response";
/** The clock of what was escalated: until when whoever it went to has to act. */
export const ESCALATION = "report.escalation";

export const DESCRIPTION_MAX = 20_000;
export const TRANSFERS_MAX = 200;
const line = (max: number) => z.string().trim().min(1).max(max);

/** Money, crypto-assets or credit that left: as much of it as the sender knows. */
export const transferSchema = z.strictObject({
  /** As typed, or a plain decimal: read by `readAmount`, never as a floating number. */
  amount: line(40).optional(),
  /** ISO 4217, or the short name of a crypto-asset. */
  currency: line(12).optional(),
  /** When it left, RFC 3339 with zone. */
  at: z.iso.datetime({ offset: true }).optional(),
  /** Account, number or wallet that it went to. */
  to: line(200).optional(),
  /** Bank, mobile money, card, exchange. */
  through: line(200).optional(),
  reference: line(200).optional(),
});

export type Transfer = z.output<typeof transferSchema>;

/** How the reporter can be reached; kept sealed, and opened by a journalled act only. */
export const contactSchema = z.strictObject({
  name: line(200).optional(),
  email: z.email().max(254).optional(),
  phone: line(40).optional(),
  address: line(500).optional(),
});

/** What the reporter agrees to: to be contacted, that banks concerned are told, that another country is. */
const consentSchema = z.strictObject({
  contact: z.boolean().default(false),
  share: z.boolean().default(false),
  handover: z.boolean().default(false),
});
export type Consent = z.output<typeof consentSchema>;

/** What somebody reports. Everything but the description has a meaning when left out. */
export const submissionSchema = z.strictObject({
  category: z.enum(CODES).default("X9"),
  description: z.string().trim().min(1).max(DESCRIPTION_MAX).meta({ control: "textarea" }),
  /** Somebody is in danger now. */
  danger: z.boolean().default(false),
  /** The victim, or one of them, is under 18. */
  minor: z.boolean().default(false),
  /** The attack goes on. */
  live: z.boolean().default(false),
  /** It hits hospital, power, water, rescue, bank or government. */
  essential: z.boolean().default(false),
  /** The person suspected is or was a partner. */
  partner: z.boolean().default(false),
  transfers: z.array(transferSchema).max(TRANSFERS_MAX).default([]),
  /** Code of the district, as the pack names it. */
  district: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,20}$/)
    .optional(),
  age_band: z.enum(AGE_BANDS).optional(),
  for_whom: z.enum(FOR_WHOM).optional(),
  /** Things that the sender knows to matter, beside those found in the description. */
  observables: z
    .array(z.strictObject({ type: z.enum(OBSERVABLE_TYPES), value: line(300) }))
    .max(100)
    .default([]),
  contact: contactSchema.optional(),
  consent: consentSchema.optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
});
export type Submission = z.output<typeof submissionSchema>;

/** Where a contact is sealed to: moved to another report it does not open. */
export const contactPlace = (report: string): string => `report:${report}:contact`;
