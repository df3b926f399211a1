import { z } from "zod";
import type { OfficeKind, Role } from "../kernel/actor.ts";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { AccountTable, OfficeTable, SessionTable, TokenTable } from "../kernel/tables.ts";

/** A row as read: what the database fills in is there. */
type Read<Table> = { readonly [Column in keyof Table]: Table[Column] };
export type AccountRow = Read<AccountTable>;
export type OfficeRow = Read<OfficeTable>;
export type SessionRow = Read<SessionTable>;
export type TokenRow = Read<TokenTable>;

export type AccountState = "invited" | "active" | "disabled";

/** An account's life. An invitation gives the holder their own password; a reset is a new invitation. */
// prettier-ignore
const LIFE = life<AccountState>()({
  accept:  { from: ["invited"],                       to: "active" },
  reset:   { from: ["invited", "active", "disabled"], to: "invited" },
  disable: { from: ["invited", "active"],             to: "disabled" },
});

export const office = subject<OfficeRow>()({
  name: "office",
  plural: "offices",
  table: "office",
  attributes: { kind: "String" },
});
export const account = subject<AccountRow>()({
  name: "account",
  plural: "accounts",
  table: "account",
  attributes: { state: "String", role: "String", office: "String" },
  life: LIFE,
});
export const session = subject<SessionRow>()({
  name: "session",
  plural: "sessions",
  table: "session",
  attributes: { account: "String" },
});
export const token = subject<TokenRow>()({
  name: "token",
  plural: "tokens",
  table: "token",
  attributes: { account: "String" },
});

/** In which kind of office each role works. */
export const OFFICE_OF: Readonly<Record<Role, OfficeKind>> = {
  investigator: "police",
  "unit-head": "police",
  examiner: "police",
  prosecutor: "prosecution",
  judge: "court",
  "duty-officer": "contact-point",
  "central-authority": "central-authority",
  "data-protection-officer": "data-protection",
  overseer: "oversight",
  statistician: "statistics",
  administrator: "administration",
  "response-officer": "provider",
  "response-head": "provider",
};
export const ROLES = Object.keys(OFFICE_OF) as [Role, ...Role[]];
export const OFFICE_KINDS = [
  "police", "prosecution", "court", "central-authority", "contact-point", "provider", "data-protection", "oversight", "training",
  "statistics", "administration",
] as const satisfies readonly OfficeKind[]; // prettier-ignore

export const isRole = (text: string): text is Role => Object.hasOwn(OFFICE_OF, text);

/** What may be done with a token: everything, reading, or single acts by name. */
export const SCOPE = /^(\*|read|[a-z-]+\.[a-z-]+)$/;

/** How long an invitation opens, in hours. */
export const INVITATION_HOURS = 72;
/** Longest life of a token, in days. */
export const TOKEN_DAYS_MAX = 366;
/** Shortest password. No rule about its characters: length is what counts. @source NIST SP 800-63B §3.1.1.2 */
export const PASSWORD_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MAX = 200;

export const usernameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z][a-z0-9._-]{1,39}$/, "username-form");
export const passwordSchema = z.string().min(PASSWORD_LENGTH_MIN, "password-short").max(PASSWORD_LENGTH_MAX);
