import ipaddr from "ipaddr.js";
import { z } from "zod";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { seal, unseal } from "../trust/seal.ts";
import { codeDigest, isMachineCode, readCode } from "./code.ts";
import { verifyWork, WORK_BITS } from "./work.ts";

/** Wrong codes that one network may try before each further try has its price, for people who mistype. */
const FREE_FAILURES = 5;
/** Wrong codes from everywhere after which every try has its price: guessers have many addresses. */
const FREE_FAILURES_IN_ALL = 300;
const FORGET_MINUTES = 15;
const NETWORKS_MAX = 50_000;

/** Seconds that a try waits where its price is paid in time. */
export const WAIT_SECONDS = 5;
const TICKET_MINUTES = 15;
const PLACE = "receipt ticket";

/** How a try is paid for: the ticket of the call before, and the number found for it, where there was work. */
export interface Payment {
  /** Address of the caller. */
  readonly address: string;
  readonly ticket?: string | undefined;
  readonly work?: string | undefined;
}

/** The price of the try: to be paid by coming again with the ticket, after `seconds` or with the work done. */
export interface Price {
  readonly ticket: string;
  /** Until the ticket is good without work. */
  readonly seconds: number;
  readonly bits: number;
}
/** Says that a try has a price. Nobody is refused: the same code with the ticket is looked up. */
export class Unpaid extends Refusal {
  readonly price: Price;
  constructor(price: Price) {
    super("too-many", "receipt-wait", { values: { seconds: price.seconds } });
    this.price = price;
  }
}

/** Wrong codes of late, by network and in all. Of one process: each has its own free tries. */
class Failures {
  readonly #networks = new Map<string, { failures: number; until: Temporal.Instant }>();
  #all = { failures: 0, until: Temporal.Instant.fromEpochMilliseconds(0) };

  /** Whether a try from there has its price. */
  areMany(network: string, now: Temporal.Instant): boolean {
    const { failures, until } = this.#networks.get(network) ?? { failures: 0, until: now };
    const isLately = (at: Temporal.Instant) => Temporal.Instant.compare(at, now) > 0;
    return (
      (failures >= FREE_FAILURES && isLately(until)) ||
      (this.#all.failures >= FREE_FAILURES_IN_ALL && isLately(this.#all.until))
    );
  }

  add(network: string, now: Temporal.Instant): void {
    const until = now.add({ minutes: FORGET_MINUTES });
    if (Temporal.Instant.compare(this.#all.until, now) < 0) this.#all = { failures: 0, until };
    this.#all = { failures: this.#all.failures + 1, until };
    for (const [each, known] of this.#networks) {
      if (this.#networks.size < NETWORKS_MAX && Temporal.Instant.compare(known.until, now) > 0) break;
      this.#networks.delete(each);
    }
    const failures = (this.#networks.get(network)?.failures ?? 0) + 1;
    // Set anew, so that the map stays in the order of the last failure.
    this.#networks.delete(network);
    this.#networks.set(network, { failures, until });
  }
}
const failuresAt = new WeakMap<Node, Failures>();

/** One IPv4 address, or the 64 bits that one subscriber has of IPv6. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === "ipv4" ? parsed.toString() : parsed.toNormalizedString().split(":").slice(0, 4).join(":");
}

const ticketSchema = z.object({ code: z.string(), ripe: z.string(), until: z.string() });

/** A ticket is good for one code only: it can't be used for a second guess, and there is nothing to remember of those given out. */
function newTicket(node: Node, digest: string, now: Temporal.Instant): string {
  const plain = {
    code: digest,
    ripe: now.add({ seconds: WAIT_SECONDS }).toString(),
    until: now.add({ minutes: TICKET_MINUTES }).toString(),
  };
  return seal(node.services.keys.receipt, JSON.stringify(plain), PLACE).toString("base64url");
}

/** When a ticket is good for this code; `undefined` where it never is. */
function ripeAt(node: Node, ticket: string, digest: string, now: Temporal.Instant): Temporal.Instant | undefined {
  try {
    const sealed = Buffer.from(ticket.slice(0, 1_000), "base64url");
    const { code, ripe, until } = ticketSchema.parse(
      JSON.parse(unseal(node.services.keys.receipt, sealed, PLACE).toString()),
    );
    const isGood = code === digest && Temporal.Instant.compare(Temporal.Instant.from(until), now) > 0;
    return isGood ? Temporal.Instant.from(ripe) : undefined;
  } catch {
    return undefined;
  }
}

/** What is still to be paid for this try; `undefined` where nothing is. */
function priceOf(node: Node, digest: string, { ticket, work }: Payment, now: Temporal.Instant): Price | undefined {
  const ripe = ticket === undefined ? undefined : ripeAt(node, ticket, digest, now);
  if (ticket === undefined || ripe === undefined)
    return { ticket: newTicket(node, digest, now), seconds: WAIT_SECONDS, bits: WORK_BITS };
  if (work !== undefined && verifyWork(ticket, work)) return undefined;
  const seconds = Math.ceil((ripe.epochMilliseconds - now.epochMilliseconds) / 1_000);
  return seconds > 0 ? { ticket, seconds, bits: WORK_BITS } : undefined;
}

/**
 * Looks up what a typed code opens, by `look`; what that does not find counts as a wrong code.
 *
 * A guess costs the guesser, nobody else: where wrong codes come from the caller's network, which thousands may share, each try is
 * looked up once its own price is paid, in seconds or in work. However many guesses a neighbour makes, the holder of a code waits once.
 * A code of 128 bits can't be guessed and costs nothing. Throws `Unpaid`, or a refusal where the code has a typing error or opens nothing.
 */
export async function lookUp<T>(
  node: Node,
  typed: string,
  payment: Payment,
  look: (code: string) => Promise<T | undefined>,
): Promise<T> {
  const code = readCode(typed);
  // The check digits tell a slip of the finger from a guess; it costs nothing and tells nothing.
  if (code === undefined) throw new Refusal("not-signed-in", "receipt-mistyped");
  const failures = failuresAt.get(node) ?? new Failures();
  failuresAt.set(node, failures);
  const [network, now] = [networkOf(payment.address), node.clock()];
  if (!isMachineCode(code) && failures.areMany(network, now)) {
    const price = priceOf(node, codeDigest(node.services.keys.receipt, code).toString("hex"), payment, now);
    if (price) throw new Unpaid(price);
  }
  const found = await look(code);
  if (found !== undefined) return found;
  failures.add(network, now);
  throw new Refusal("not-signed-in", "receipt-unknown");
}
