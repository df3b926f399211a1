import { createPublicKey } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { ownNames } from "./endpoint.ts";
import { HI1_PATH } from "./gateway.ts";
import { ownKey } from "./messages-endpoint.ts";
import { keyFingerprint, keyWords } from "./signature.ts";

/** What a provider must enter of this node: its name in messages, where it takes them, by which key it signs. */
export interface OwnSide {
  readonly country: string;
  readonly identifier: string;
  readonly url: string;
  readonly algorithm: string;
  readonly fingerprint: string;
  /** SPKI. */
  readonly pem: string;
}
export function ownSide(node: Node): OwnSide {
  const { config } = node;
  const { CountryCode: country, UniqueIdentifier: identifier } = ownNames(node);
  const key = createPublicKey(ownKey(node).key);
  const gateway = config.gateway_url ?? `http://${config.host}:${config.gateway_port}`;
  return {
    country,
    identifier,
    url: `${gateway.replace(/\/+$/, "")}${HI1_PATH}`,
    algorithm: keyWords(key),
    fingerprint: keyFingerprint(key),
    pem: key.export({ type: "spki", format: "pem" }).toString(),
  };
}
