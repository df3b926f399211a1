import { createHmac } from "node:crypto";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { Node } from "../kernel/node.ts";
import { codeDigest, machineCodeFrom } from "../reports/slice.ts";
import { seal, unseal } from "../trust/seal.ts";

/** Where a disclosure stands: being prepared, approved by the prosecution, with the defence, its receipt confirmed, taken back. */
export type State = "prepared" | "approved" | "served" | "received" | "withdrawn";

/** A disclosure's life. What was served is never unserved: `close` ends the defence's access, the record stays. */
// prettier-ignore
export const LIFE = life<State>()({
  address: { from: ["prepared"] },
  decide:  { from: ["prepared"] },
  approve: { from: ["prepared"],             to: "approved" },
  return:  { from: ["approved"],             to: "prepared" },
  serve:   { from: ["approved"],             to: "served" },
  take:    { from: ["served", "received"] },
  receipt: { from: ["served"],               to: "received" },
  close:   { from: ["served", "received"] },
  renew:   { from: ["served", "received"] },
  withdraw:{ from: ["prepared", "approved"], to: "withdrawn" },
});

/** What becomes of an item of the case: a copy is given; it may be looked at where it is kept; it is withheld. */
export const FATES = ["given", "inspect", "withheld"] as const;
export type Fate = (typeof FATES)[number];

/** A disclosure as its table holds it. */
export interface DisclosureRow {
  readonly id: string;
  /** `C-2026-000017/D2`. */
  readonly number: string;
  readonly case_id: string;
  readonly state: State;
  /** Office of the case. */
  readonly office: string;
  readonly words: Buffer;
  readonly prepared_by: string | null;
  readonly prepared_by_name: string | null;
  readonly prepared_at: Temporal.Instant;
  readonly approved_by: string | null;
  readonly approved_by_name: string | null;
  readonly approved_at: Temporal.Instant | null;
  readonly served_at: Temporal.Instant | null;
  /** HMAC of the code that the defence was given; `null` before, and after access was ended. */
  readonly code: Buffer | null;
  /** Which code it is, counted; and since when. The code follows from it and the node's key, so that it can be shown again while it is new. */
  readonly code_number: number;
  readonly code_at: Temporal.Instant | null;
  readonly open_until: Temporal.Instant | null;
  readonly received_at: Temporal.Instant | null;
}

export const disclosureSubject = subject<DisclosureRow>()({
  name: "disclosure",
  plural: "disclosures",
  table: "disclosure",
  sealed: true,
  recorded: { parts: [{ table: "disclosure_item", of: "disclosure", key: "item" }] },
  number: "number",
  attributes: { state: "String", office: "String", prepared_by: "String", approved_by: "String" },
  life: LIFE,
});

/** What a disclosure says of people; sealed in its row. */
export interface Words {
  /** Whom it goes to: counsel, or the person defended. */
  readonly to: string;
  /** Who is defended. */
  readonly defendant: string;
  /** What it may be used for. */
  readonly conditions?: string;
  /** Whoever took receipt, in their own name. */
  readonly received_by?: string;
  /** age recipient, where the package goes encrypted. */
  readonly recipient?: string;
}

/** Minutes for which the page of a disclosure shows its new code to those who may serve it. */
const CODE_SHOWN_MINUTES = 30;
/** The code of 26 characters that opens it; 128 bits that follow from the node's key and stand in no table. */
const codeOf = ({ services }: Pick<Node, "services">, id: string, number: number): string =>
  machineCodeFrom(
    createHmac("sha256", services.keys.receipt).update(`comity disclosure code\n${id}\n${number}`).digest(),
  );
/** What the database knows a code by. */
export const codeDigestOf = ({ services }: Pick<Node, "services">, code: string): Buffer =>
  codeDigest(services.keys.receipt, `disclosure:${code}`);
/** The next code of a disclosure. */
export const nextCode = (node: Pick<Node, "services">, { id, code_number: number }: DisclosureRow) => ({
  code: codeOf(node, id, number + 1),
  number: number + 1,
});
/** The code while it is new; `undefined` afterwards, when nobody can read it any more. */
export function newCodeOf(
  node: Pick<Node, "services">,
  { id, code, code_number: number, code_at: since }: DisclosureRow,
  now: Temporal.Instant,
): string | undefined {
  const isNew = code !== null && since !== null && now.since(since).total("minutes") < CODE_SHOWN_MINUTES;
  return isNew ? codeOf(node, id, number) : undefined;
}

const place = (id: string): string => `disclosure:${id}:words`;
export const sealWords = ({ services }: Pick<Node, "services">, id: string, words: Words): Buffer =>
  seal(services.keys.seal, JSON.stringify(words), place(id));
export const wordsIn = (
  { services }: Pick<Node, "services">,
  { id, words }: Pick<DisclosureRow, "id" | "words">,
): Words => JSON.parse(unseal(services.keys.seal, words, place(id)).toString()) as Words;

const reasonPlace = (disclosure: string, item: string): string => `disclosure:${disclosure}:item:${item}`;
export const sealReason = ({ services }: Pick<Node, "services">, at: readonly [string, string], reason: string) =>
  seal(services.keys.seal, reason, reasonPlace(...at));
export const reasonIn = (
  { services }: Pick<Node, "services">,
  at: readonly [string, string],
  kept: Buffer | null,
): string | null => (kept ? unseal(services.keys.seal, kept, reasonPlace(...at)).toString() : null);
