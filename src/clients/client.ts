import type { Selectable } from "kysely";
import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { ClientKeyTable, ClientTable } from "../kernel/tables.ts";

export type ClientRow = Readonly<Selectable<ClientTable>>;
export type KeyRow = Readonly<Selectable<ClientKeyTable>>;

/** A machine may report while it is active; suspended it is refused until somebody resumes it; closed is the end. */
export type ClientState = "active" | "suspended" | "closed";

// prettier-ignore
const LIFE = life<ClientState>()({
  amend:   { from: ["active", "suspended"] },
  suspend: { from: ["active"],              to: "suspended" },
  resume:  { from: ["suspended"],           to: "active" },
  close:   { from: ["active", "suspended"], to: "closed" },
});

export const clientSubject = subject<ClientRow>()({
  name: "client",
  plural: "clients",
  table: "client",
  attributes: { state: "String" },
  life: LIFE,
});

export const keySubject = subject<KeyRow>()({
  name: "client-key",
  plural: "client-keys",
  table: "client_key",
  attributes: { client_id: "String" },
});

/** What a key may be used for; policies ask for them by these names. */
export const SCOPES = ["report.submit", "report.batch", "report.follow", "hotline.submit", "webhook"] as const;

export const DAY_QUOTA_MAX = 5_000_000;
export const MINUTE_QUOTA_MAX = 10_000;
export const KEY_DAYS_MAX = 730;
/** Longest that the key before is still good after a rotation, in days. */
export const OVERLAP_DAYS_MAX = 30;

const line = (max: number) => z.string().trim().min(1).max(max);

/** What an authority and the operator of a machine agree on. */
export const agreementShape = {
  organisation: line(200),
  contact_name: line(120),
  contact_email: z.email().max(254),
  contact_voice: line(40).optional(),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  categories: z
    .array(
      z
        .string()
        .trim()
        .toUpperCase()
        .regex(/^[A-Z][0-9]{1,2}$/, "client-category-form"),
    )
    .max(60)
    .default([]),
  day_quota: z.coerce.number().int().min(1).max(DAY_QUOTA_MAX).default(10_000),
  minute_quota: z.coerce.number().int().min(1).max(MINUTE_QUOTA_MAX).default(60),
} as const;
