import { setTimeout as pause } from "node:timers/promises";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import type { Reporter } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import type { Authenticate } from "../kernel/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { codeDigest, readCode } from "./code.ts";
import { findByCode } from "./views-receipt.ts";

/** Wrong codes that one network may try without waiting, for people who mistype. */
const FREE_FAILURES = 5;
/** The longest wait before an answer, in seconds; it doubles from one with every failure beyond the free ones. */
const WAIT_SECONDS_MAX = 8;
/** How many from one network may stand in that queue; the next is told to come back. */
const QUEUE_MAX = 5;
const FORGET_MINUTES = 15;

interface Guesser {
  failures: number;
  queue: number;
  until: Temporal.Instant;
  /** The turn before, so that one network tries one code at a time. */
  turn: Promise<void>;
}

/**
 * What a guess costs. Nobody is blocked, as thousands may share one address: a network that failed often waits, one after
 * the other, and a right code is answered after the wait as well.
 */
export class Guesses {
  readonly #guessers = new Map<string, Guesser>();

  /** Runs `look` when it is this network's turn; `undefined` from it counts as a failure. */
  async attempt<T>(address: string, now: Temporal.Instant, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const network = networkOf(address);
    this.#forget(now);
    const guesser = this.#guessers.get(network) ?? { failures: 0, queue: 0, until: now, turn: Promise.resolve() };
    const seconds = waitSeconds(guesser.failures);
    if (seconds > 0 && guesser.queue >= QUEUE_MAX)
      throw new Refusal("too-many", "receipt-too-many", { values: { seconds: seconds * QUEUE_MAX } });
    const before = guesser.turn;
    const mine = Promise.withResolvers<void>();
    if (seconds > 0) {
      guesser.turn = mine.promise;
      guesser.queue += 1;
    }
    try {
      if (seconds > 0) await before.then(() => pause(seconds * 1_000));
      const found = await look();
      if (found === undefined) {
        guesser.failures += 1;
        guesser.until = now.add({ minutes: FORGET_MINUTES });
        // Set anew, so that the map stays in the order of the last failure.
        this.#guessers.delete(network);
        this.#guessers.set(network, guesser);
      }
      return found;
    } finally {
      if (seconds > 0) guesser.queue -= 1;
      mine.resolve();
    }
  }

  #forget(now: Temporal.Instant): void {
    for (const [network, { until, queue }] of this.#guessers) {
      if (queue === 0 && Temporal.Instant.compare(until, now) < 0) this.#guessers.delete(network);
      else break;
    }
  }
}

/** Seconds that the next try waits after so many failures. */
export const waitSeconds = (failures: number): number =>
  failures < FREE_FAILURES ? 0 : Math.min(2 ** (failures - FREE_FAILURES), WAIT_SECONDS_MAX);

/** One IPv4 address, or the 64 bits that one subscriber has of IPv6. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === "ipv4" ? parsed.toString() : parsed.toNormalizedString().split(":").slice(0, 4).join(":");
}

const guesses = new WeakMap<Node, Guesses>();

/** The report that a typed code opens. Refuses with a sentence where it has a typing error, and where there is none such. */
export async function openByCode(node: Node, typed: string, address: string): Promise<Reporter> {
  const code = readCode(typed);
  // The check digits tell a slip of the finger from a guess; it costs nothing and tells nothing.
  if (code === undefined) throw new Refusal("not-signed-in", "receipt-mistyped");
  const costs = guesses.get(node) ?? new Guesses();
  guesses.set(node, costs);
  const report = await costs.attempt(address, node.clock(), () =>
    findByCode(node.db, codeDigest(node.services.keys.receipt, code)),
  );
  if (report === undefined) throw new Refusal("not-signed-in", "receipt-unknown");
  return { kind: "reporter", report };
}

/** Cookie of a reporter who follows their report in a browser: sealed, so that it says nothing and cannot be made up. */
export const FOLLOW_COOKIE = "follow";
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

/** Recognises the holder of a code on the portal: `Authorization: Receipt <code>`, or the cookie of the pages. */
export const authenticateReporter: Authenticate = async ({ node, request, role }) => {
  if (role !== "portal") return undefined;
  const header = /^receipt\s+(.{1,80})$/i.exec(request.headers.authorization ?? "")?.[1];
  if (header !== undefined) return openByCode(node, header, request.ip);
  const cookie = request.url.startsWith("/follow") ? request.cookies[FOLLOW_COOKIE] : undefined;
  return cookie === undefined ? undefined : readFollowCookie(node, cookie);
};
