import { timingSafeEqual } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";

/** Minutes between the password and the code. */
const PENDING_MINUTES = 5;

const proofOf = (node: Node, account: string, until: number): Buffer =>
  lookupKey(node.services.keys.lookup, "sign-in", account, `${until}`);

/** Says in a cookie that the password was right for this account, until a moment: between the two steps nothing is stored. */
export function pendingMark(node: Node, account: string): string {
  const until = node.clock().add({ minutes: PENDING_MINUTES }).epochMilliseconds;
  return `${account}.${until}.${proofOf(node, account, until).toString("base64url")}`;
}

/** The account whose password was right; `undefined` where the mark is not ours or has lapsed. */
export function pendingAccount(node: Node, mark: string | undefined): string | undefined {
  const [account = "", until = "", proof = ""] = mark?.split(".") ?? [];
  if (!/^[\da-f-]{36}$/.test(account) || !/^\d{13}$/.test(until)) return undefined;
  const [given, expected] = [Buffer.from(proof, "base64url"), proofOf(node, account, Number(until))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return Number(until) > node.clock().epochMilliseconds ? account : undefined;
}
