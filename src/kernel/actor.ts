/** The roles of the contract. */
export type Role =
  | "investigator"
  | "unit-head"
  | "examiner"
  | "prosecutor"
  | "judge"
  | "duty-officer"
  | "central-authority"
  | "data-protection-officer"
  | "overseer"
  | "statistician"
  | "administrator"
  | "response-officer"
  | "response-head";

/** The kinds of office of `law.md`. */
export type OfficeKind =
  | "police"
  | "prosecution"
  | "court"
  | "central-authority"
  | "contact-point"
  | "provider"
  | "data-protection"
  | "oversight"
  | "training"
  | "statistics"
  | "administration";

/** An officer, signed in by session or token. */
export interface Officer {
  readonly kind: "officer";
  /** Account id (UUID). */
  readonly account: string;
  readonly name: string;
  readonly role: Role;
  readonly office: { readonly id: string; readonly name: string; readonly kind: OfficeKind; readonly zone: string };
  readonly locale: string;
  readonly via: "session" | "token";
  /** Session or token id (UUID). */
  readonly credential: string;
  /** When the person last proved to be present; `null` for never in this session. A token counts as always. */
  readonly steppedUpAt: Temporal.Instant | null;
}
/** Anybody, on the portal. */
export interface Public {
  readonly kind: "public";
}
/** The holder of a report's code. */
export interface Reporter {
  readonly kind: "reporter";
  readonly report: string;
}
/** Another node, proved by its signature. */
export interface Peer {
  readonly kind: "peer";
  readonly code: string;
  readonly peerKind: "state" | "provider";
}
/** The node itself: clocks that fire, receipts that arrive, demo and import commands. */
export interface System {
  readonly kind: "system";
  readonly job: string;
}
/** A machine of a bank, a telecom or a platform, proved by its key. */
export interface ApiClient {
  readonly kind: "client";
  /** Id of the client and of the key that it showed (UUIDs). */
  readonly client: string;
  readonly key: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Codes of the classification that it may send; none for all. */
  readonly categories: readonly string[];
}
export type Actor = Officer | Public | Reporter | ApiClient | Peer | System;

export const PUBLIC: Public = { kind: "public" };
export const system = (job: string): System => ({ kind: "system", job });

/** The actor as the journal names it: `account:<uuid>`, `peer:XB`, `reporter:<uuid>`, `client:<uuid>`, `public`, `system:clock`. */
export function actorId(actor: Actor): string {
  switch (actor.kind) {
    case "officer":
      return `account:${actor.account}`;
    case "public":
      return "public";
    case "reporter":
      return `reporter:${actor.report}`;
    case "client":
      return `client:${actor.client}`;
    case "peer":
      return `peer:${actor.code}`;
    case "system":
      return `system:${actor.job}`;
  }
}
