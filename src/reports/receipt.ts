import { z } from "zod";
import type { Reporter } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import type { Authenticate } from "../kernel/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { codeDigest } from "./code.ts";
import { lookUp, type Payment, Unpaid } from "./guesses.ts";
import { findByCode } from "./views-receipt.ts";

/** The report that a typed code opens. Refuses with a sentence where it has a typing error, and where there is none such. */
const openByCode = async (node: Node, typed: string, payment: Payment): Promise<Reporter> => ({
  kind: "reporter",
  report: await lookUp(node, typed, payment, (code) =>
    findByCode(node.db, codeDigest(node.services.keys.receipt, code)),
  ),
});

/** Cookie of a reporter who follows their report in a browser: sealed, so that it says nothing and cannot be made up. */
export const FOLLOW_COOKIE = "v";
/** Below which the pages of the holder of a code lie. */
export const FOLLOW_PATH = "/c";
export const FOLLOW_MINUTES = 30;
const FOLLOW_PLACE = "follow cookie";
const followed = z.object({ report: z.uuid(), until: z.string() });

/** The cookie's value, good for half an hour from `now`. */
export const followCookie = (node: Node, reporter: Reporter, now: Temporal.Instant): string =>
  seal(
    node.services.keys.seal,
    JSON.stringify({ report: reporter.report, until: now.add({ minutes: FOLLOW_MINUTES }).toString() }),
    FOLLOW_PLACE,
  ).toString("base64url");

function readFollowCookie(node: Node, value: string): Reporter | undefined {
  try {
    const { report, until } = followed.parse(
      JSON.parse(unseal(node.services.keys.seal, Buffer.from(value, "base64url"), FOLLOW_PLACE).toString()),
    );
    return Temporal.Instant.compare(Temporal.Instant.from(until), node.clock()) > 0
      ? { kind: "reporter", report }
      : undefined;
  } catch {
    return undefined;
  }
}

const headerOf = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

/**
 * Recognises the holder of a code on the portal: `Authorization: Receipt <code>`, or the cookie of the pages. Where a try has a price,
 * the answer names it in `Retry-After`, `Receipt-Ticket` and `Receipt-Work` (zero bits); the next call brings the ticket, and the number
 * found for it in `Receipt-Proof` where the caller would rather work than wait.
 */
export const authenticateReporter: Authenticate = async ({ node, request, reply, role }) => {
  if (role !== "portal") return undefined;
  const typed = /^receipt\s+(.{1,80})$/i.exec(request.headers.authorization ?? "")?.[1];
  if (typed !== undefined)
    try {
      return await openByCode(node, typed, {
        address: request.ip,
        ticket: headerOf(request.headers["receipt-ticket"]),
        work: headerOf(request.headers["receipt-proof"]),
      });
    } catch (error) {
      if (error instanceof Unpaid)
        reply.headers({
          "retry-after": String(error.price.seconds),
          "receipt-ticket": error.price.ticket,
          "receipt-work": String(error.price.bits),
        });
      throw error;
    }
  const isOwn = request.url === FOLLOW_PATH || /^\/c[/?]/.test(request.url);
  const cookie = isOwn ? request.cookies[FOLLOW_COOKIE] : undefined;
  return cookie === undefined ? undefined : readFollowCookie(node, cookie);
};
