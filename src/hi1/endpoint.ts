import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { EndpointId } from "./schema-base.ts";

export type EndpointState = "proposed" | "trusted" | "revoked";

/** An endpoint's life: nothing is sent there or believed from there before a second person has compared the key. @source CETS 185 Art. 25(3) */
// prettier-ignore
const LIFE = life<EndpointState>()({
  confirm: { from: ["proposed"],            to: "trusted", source: "CETS 185 Art. 25(3)" },
  revoke:  { from: ["proposed", "trusted"], to: "revoked" },
});

/** Where a provider takes messages of TS 103 120, and by which key it signs its own. */
export interface EndpointRow {
  readonly id: string;
  /** Code of the correspondent whose endpoint it is. */
  readonly peer: string;
  readonly correspondent_id: string;
  readonly state: EndpointState;
  readonly url: string;
  readonly country: string;
  readonly identifier: string;
  /** Public key, PEM (SPKI). */
  readonly public_key: string;
  /** SHA-256 of the key, hex. */
  readonly fingerprint: string;
  readonly proposed_by: string;
  readonly confirmed_by: string | null;
  readonly proposed_at: Temporal.Instant;
  readonly confirmed_at: Temporal.Instant | null;
  readonly revoked_at: Temporal.Instant | null;
  /** When somebody last spoke in its name and was not believed, and how often. */
  readonly doubted_at: Temporal.Instant | null;
  readonly doubted: number;
}
export const endpoint = subject<EndpointRow>()({
  name: "hi1-endpoint",
  plural: "hi1-endpoints",
  table: "hi1_endpoint",
  attributes: { peer: "String", state: "String", proposed_by: "String" },
  life: LIFE,
});

/** What has become of a message. In: applied or refused. Out: waits, was taken, was refused there, or went as a letter. */
export type DispatchState = "applied" | "refused" | "waiting" | "taken" | "letter";

/** A message of TS 103 120 as its table holds it, without its text. */
export interface DispatchRow {
  readonly id: string;
  readonly peer: string;
  readonly direction: "in" | "out";
  readonly state: DispatchState;
  readonly transaction: string;
  readonly request_id: string | null;
  /** What it does to which kinds of object, `CREATE LDTask`. */
  readonly actions: readonly string[];
  /** SHA-256 of the text as it went or came, hex; `null` for what went as a letter. */
  readonly digest: string | null;
  readonly at: Temporal.Instant;
  readonly settled_at: Temporal.Instant | null;
  readonly attempts: number;
  /** Why not: in words of the standard, or the name of a reason of ours. */
  readonly problem: Problem | null;
}
export interface Problem {
  /** Name of a reason (`hi1.reason.…`). */
  readonly type: string;
  /** Number of the standard's error, and what was said with it. */
  readonly code?: number;
  readonly words?: string;
}
export const dispatch = subject<DispatchRow>()({
  name: "dispatch",
  plural: "dispatches",
  table: "hi1_message",
  attributes: { peer: "String", state: "String" },
});

/** Places that a message's text and its answer are sealed to. */
export const textPlace = (id: string): string => `hi1:${id}:text`;
export const answerPlace = (id: string): string => `hi1:${id}:answer`;

/** How an endpoint is named in messages. */
export const namesOf = ({ country, identifier }: Pick<EndpointRow, "country" | "identifier">): EndpointId => ({
  CountryCode: country,
  UniqueIdentifier: identifier,
});
/** How this node is named in messages: the country that its code begins with (`XX` where none does), and its code. */
export const ownNames = ({ code }: { readonly code: string }): EndpointId => ({
  CountryCode: /^[A-Z]{2}/.exec(code)?.[0] ?? "XX",
  UniqueIdentifier: code,
});
