import { z } from "zod";
import { life } from "../kernel/life.ts";
import type { Node } from "../kernel/node.ts";
import { subject } from "../kernel/subject.ts";
import { addressSchema } from "../mail/slice.ts";
import { lookupKey } from "../trust/seal.ts";
import { type Group, GROUPS } from "./alert.ts";

/** Asked for, and not yet confirmed by whoever reads the mailbox; confirmed; ended, which leaves nothing. */
export type State = "asked" | "confirmed" | "ended";

// prettier-ignore
export const LIFE = life<State>()({
  confirm: { from: ["asked"],              to: "confirmed" },
  end:     { from: ["asked", "confirmed"], to: "ended" },
});

/** Somebody who wants warnings by e-mail, as the table holds it. */
export interface SubscriptionRow {
  id: string;
  state: State;
  lookup: Buffer;
  address: Buffer;
  language: string;
  categories: Group[];
  districts: string[];
  asked_at: Temporal.Instant;
  confirmed_at: Temporal.Instant | null;
}

export const subscriptionSubject = subject<SubscriptionRow>()({
  name: "subscription",
  plural: "subscriptions",
  table: "subscription",
  attributes: { state: "String" },
  life: LIFE,
});

/** Hours for which the link that confirms is good. */
export const CONFIRM_HOURS = 48;
/** Most times in a day that one mailbox is asked to confirm, whoever asks for it. */
export const ASKED_A_DAY_MAX = 3;

/** What somebody asks for. No group or district is all of them. */
export const askSchema = z.strictObject({
  email: addressSchema,
  language: z.string().regex(/^[a-z]{2,3}$/),
  categories: z
    .array(z.enum(GROUPS as [Group, ...Group[]]))
    .max(GROUPS.length)
    .default([]),
  districts: z
    .array(z.string().regex(/^[A-Za-z0-9-]{1,20}$/))
    .max(100)
    .default([]),
});

/** An address as it is looked up: two ways to write one mailbox are one. */
export const addressKey = ({ services }: Node, email: string): Buffer =>
  lookupKey(services.keys.lookup, "subscription", email.toLowerCase());

/** Where an address is sealed to. */
export const addressPlace = (id: string): string => `subscription:${id}:address`;

/** What a link in a message lets one do. */
export type Purpose = "confirm" | "end";
const ID_BYTES = 16;
const PROOF_BYTES = 16;
const proofOf = ({ services }: Node, purpose: Purpose, id: string): Buffer =>
  lookupKey(services.keys.lookup, "subscription-link", purpose, id).subarray(0, PROOF_BYTES);

/** The last part of a link: whose subscription, and the proof that we wrote it. Nothing of it is kept. */
export const linkOf = (node: Node, purpose: Purpose, id: string): string =>
  Buffer.concat([Buffer.from(id.replaceAll("-", ""), "hex"), proofOf(node, purpose, id)]).toString("base64url");

/** Whose subscription a link is about; `undefined` where we did not write it. */
export function readLink(node: Node, purpose: Purpose, link: string): string | undefined {
  const bytes = Buffer.from(link, "base64url");
  if (bytes.length !== ID_BYTES + PROOF_BYTES) return undefined;
  const hex = bytes.subarray(0, ID_BYTES).toString("hex");
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return proofOf(node, purpose, id).equals(bytes.subarray(ID_BYTES)) ? id : undefined;
}
