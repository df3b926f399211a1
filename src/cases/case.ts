import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Where a case stands: under investigation, with the prosecution, charged, decided by a court, closed. */
export type State = "open" | "referred" | "charged" | "adjudicated" | "closed";

const LIVE: State[] = ["open", "referred", "charged"];
const ALL: State[] = ["open", "referred", "charged", "adjudicated", "closed"];

/** A case's life. */
// prettier-ignore
export const LIFE = life<State>()({
  join:       { from: ["open", "referred"] },
  involve:    { from: LIVE },
  qualify:    { from: LIVE },
  note:       { from: ALL },
  refer:      { from: ["open"],                                        to: "referred" },
  charge:     { from: ["referred"],                                    to: "charged" },
  adjudicate: { from: ["charged"],                                     to: "adjudicated" },
  close:      { from: ["open", "referred", "charged", "adjudicated"],  to: "closed" },
  reopen:     { from: ["closed"],                                      to: "open" },
  specialise: { from: ALL,                                                             source: "CETS 185 Art. 28(2)" },
});

/** What somebody is in a case. */
export const PERSON_ROLES = [
  "victim",
  "suspect",
  "witness",
  "complainant",
  "account-holder",
  "expert",
  "other",
] as const;
/** How a court ended it. */
export const OUTCOMES = ["convicted", "acquitted", "dismissed", "settled", "other"] as const;
/** Why a case is closed. */
export const CLOSED = [
  "adjudicated",
  "no-offence",
  "not-enough",
  "unknown-offender",
  "transferred",
  "prescribed",
  "other",
] as const;

/** A case as its table holds it. */
export interface CaseRow {
  id: string;
  /** `C-2026-000017`. */
  number: string;
  title: string;
  state: State;
  office: string;
  office_name: string;
  lead: string | null;
  lead_name: string | null;
  priority: number;
  /** Articles, `CETS 185 Art. 8`, or national provisions. */
  offences: string[];
  /** Who gave data of it for these offences alone; `null` where nobody did. */
  special_by: string | null;
  opened_at: Temporal.Instant;
  referred_at: Temporal.Instant | null;
  charged_at: Temporal.Instant | null;
  adjudicated_at: Temporal.Instant | null;
  closed_at: Temporal.Instant | null;
  /** How the court, or the office that closed it, ended it. */
  outcome: string | null;
}

export const caseSubject = subject<CaseRow>()({
  name: "case",
  plural: "cases",
  table: "case_file",
  number: "number",
  attributes: { state: "String", office: "String", lead: "String", priority: "Long" },
  life: LIFE,
});
