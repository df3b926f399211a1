import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import { CODES, type Code, type Priority } from "./classification.ts";
import { OBSERVABLE_TYPES } from "./finding.ts";

/** Where a report stands: received, read by an officer, with an officer, part of a case, closed. */
export type State = "received" | "triaged" | "assigned" | "in-case" | "closed";

const OPEN: State[] = ["received", "triaged", "assigned", "in-case"];
const ALL: State[] = [...OPEN, "closed"];

/** A report's life. `triage` and `reopen` settle on `assigned` or `in-case` where somebody has it already. */
// prettier-ignore
export const LIFE = life<State>()({
  triage:  { from: OPEN,                                to: "triaged" },
  assign:  { from: OPEN,                                to: "assigned" },
  link:    { from: OPEN },
  unlink:  { from: OPEN },
  reply:   { from: OPEN },
  join:    { from: ["received", "triaged", "assigned"], to: "in-case" },
  close:   { from: OPEN,                                to: "closed" },
  reopen:   { from: ["closed"],                         to: "triaged" },
  identify: { from: ALL },
  write:    { from: ALL },
  attach:   { from: ALL },
  overdue:  { from: ALL },
});

/** Through which door a report came. */
export const CHANNELS = ["portal", "api", "batch", "import"] as const;
export type Channel = (typeof CHANNELS)[number];

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
  description: string;
  /** Answers beside the text: danger, minor, transfers, the columns of an import. */
  facts: unknown;
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
}

export const reportSubject = subject<ReportRow>()({
  name: "report",
  plural: "reports",
  table: "report",
  attributes: {
    state: "String",
    category: "String",
    priority: "Long",
    channel: "String",
    office: "String",
    assignee: "String",
    case_id: "String",
  },
  life: LIFE,
});

/** The clock of the first answer. */
export const FIRST_RESPONSE = "report.first-response";

export const DESCRIPTION_MAX = 20_000;
const line = (max: number) => z.string().trim().min(1).max(max);

/** Money, crypto-assets or credit that left: as much of it as the sender knows. */
export const transferSchema = z.strictObject({
  amount: line(40).optional(),
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
  transfers: z.array(transferSchema).max(50).default([]),
  /** Things that the sender knows to matter, beside those found in the description. */
  observables: z
    .array(z.strictObject({ type: z.enum(OBSERVABLE_TYPES), value: line(300) }))
    .max(100)
    .default([]),
  contact: contactSchema.optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
});
export type Submission = z.output<typeof submissionSchema>;

/** Where a contact is sealed to: moved to another report it does not open. */
export const contactPlace = (report: string): string => `report:${report}:contact`;
