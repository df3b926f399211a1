import { createHmac } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";

const PREFIX = "whsec_";

/** The bytes with which deliveries to an address are signed; they follow from the node's key and stand nowhere. 32 bytes. */
const secretBytes = (node: Node, endpoint: string, number: number): Buffer =>
  lookupKey(node.services.keys.lookup, "webhook secret", endpoint, `${number}`);

/** The secret as its receiver is given it. @source Standard Webhooks 1.0, "Signature scheme" */
export const webhookSecret = (node: Node, endpoint: string, number: number): string =>
  PREFIX + secretBytes(node, endpoint, number).toString("base64");

/** What is signed and sent. */
export interface Message {
  /** The same at every try. */
  readonly id: string;
  /** Of this try, in seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** The address as far as signing goes. */
interface Signing {
  readonly id: string;
  readonly secret_number: number;
  readonly former_until: Temporal.Instant | null;
}

/** The headers of a delivery: signed with the secret, and for a while after a rotation with the one before too. @source Standard Webhooks 1.0 */
export function signatureHeaders(
  node: Node,
  endpoint: Signing,
  { id, timestamp, body }: Message,
): Record<string, string> {
  const numbers = [endpoint.secret_number];
  const { former_until: until } = endpoint;
  if (until && Temporal.Instant.compare(node.clock(), until) < 0 && endpoint.secret_number > 1)
    numbers.push(endpoint.secret_number - 1);
  const signatures = numbers.map((number) =>
    createHmac("sha256", secretBytes(node, endpoint.id, number))
      .update(`${id}.${timestamp}.${body}`)
      .digest("base64"),
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": `${timestamp}`,
    "webhook-signature": signatures.map((signature) => `v1,${signature}`).join(" "),
  };
}

/** The message of a delivery: which report, what kind of event, when; none of its words. */
export const messageBody = (delivery: {
  readonly event: string;
  readonly reference: string;
  readonly at: Temporal.Instant;
}): string =>
  JSON.stringify({
    type: delivery.event,
    timestamp: delivery.at.toString({ smallestUnit: "millisecond" }),
    data: { reference: delivery.reference },
  });
