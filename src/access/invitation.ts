import { timingSafeEqual } from "node:crypto";
import { Secret } from "otpauth";
import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";

const CODE_BYTES = 15;
const TOTP_BYTES = 20;

/** An invitation that still opens. */
export interface Invitation {
  readonly account: string;
  readonly nonce: string;
}

/**
 * The code by which a person takes up their account: 120 bits, derived from the invitation, so that it can be shown again
 * until it is used and stands in no table.
 */
export const invitationCode = (node: Node, { account, nonce }: Invitation): string => {
  const bytes = lookupKey(node.services.keys.lookup, "invitation", account, nonce).subarray(0, CODE_BYTES);
  return (new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32.match(/.{4}/g) ?? []).join("-");
};

/** The secret of one-time codes that the invitation offers; the same on every page until it is taken up. */
export const invitedSecret = (node: Node, { account, nonce }: Invitation): Buffer =>
  lookupKey(node.services.keys.lookup, "invitation-totp", account, nonce).subarray(0, TOTP_BYTES);

/** True where the code typed, in whatever grouping and case, is the invitation's. */
export function isInvitationCode(node: Node, invitation: Invitation, typed: string): boolean {
  const plain = (code: string) => Buffer.from(code.toUpperCase().replaceAll(/[^A-Z2-7]/g, ""));
  const [given, expected] = [plain(typed), plain(invitationCode(node, invitation))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
