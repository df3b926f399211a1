import { fingerprint, rawPublicKey } from "../trust/keys.ts";
import { ENVELOPE_VERSION, SEQUENCE_VERSION, UNTIL_VERSION } from "../trust/envelope.ts";
import {
  type DirectoryEntry,
  listedKey,
  listedSecond,
  type SignedEntry,
  signEntry,
  withSeconds,
} from "../trust/directory.ts";
import { certificateFingerprint } from "../trust/signers.ts";
import { witnessVkeys } from "../trust/witness.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import type { Node } from "../kernel/node.ts";

/** Years that an entry holds beyond the one it is made in. It is made anew each year under the same keys. */
const VALID_YEARS = 2;

/** This node's own directory entry, signed with the keys that it lists. @source CETS 185 Art. 35 (the contact point) */
export function ownEntry(node: Node, now: Temporal.Instant = node.clock()): SignedEntry {
  const { keys } = node.services;
  const { config } = node;
  const { year } = now.toZonedDateTimeISO("UTC");
  const validity = { from: `${year}-01-01T00:00:00Z`, to: `${year + VALID_YEARS}-01-01T00:00:00Z` };
  const signing = [keys.signing, ...(keys.formerSigning ? [keys.formerSigning] : [])];
  const vkeys = witnessVkeys(node);
  const portal = config.portal_url ?? `http://${config.host}:${config.portal_port}`;
  const entry: DirectoryEntry = {
    v: "comity.directory/1",
    code: node.code,
    name: node.name,
    kind: node.kind,
    gateways: [gatewayOf(node)],
    keys: signing.map((key) => listedKey(key, validity)),
    encryption: { fingerprint: fingerprint(keys.encryption), x: rawPublicKey(keys.encryption).toString("base64url") },
    ledger: { ...ledgerIdentity(node), url: `${portal}/ledger` },
    witness: vkeys[0],
    certificate: certificateFingerprint(node),
    contact: {
      languages: config.languages,
      hours: config.contact_hours ?? null,
      voice: config.contact_voice ?? null,
      escalation: config.contact_escalation ?? null,
    },
    versions: [ENVELOPE_VERSION, SEQUENCE_VERSION, UNTIL_VERSION],
    ...validity,
  };
  const seconds = [keys.signingMlDsa, ...(keys.formerSigningMlDsa ? [keys.formerSigningMlDsa] : [])];
  return withSeconds(signEntry(entry, signing, now, vkeys), keys.signing, {
    listed: seconds.map((key) => listedSecond(key, validity)),
    keys: seconds,
    at: now,
  });
}

/** Base address of this node's gateway. */
const gatewayOf = ({ config }: Node): string => config.gateway_url ?? `http://${config.host}:${config.gateway_port}`;

/** The key that signs what leaves now, and its name. */
export const signerOf = (node: Node) => {
  const key = node.services.keys.signing;
  return { key, kid: fingerprint(key) };
};
/** The key of the second signature, and its name. */
export const secondSignerOf = (node: Node) => {
  const key = node.services.keys.signingMlDsa;
  return { key, kid: fingerprint(key) };
};

/** The keys that open what comes: the present one, and the one before while messages sealed to it are in flight. */
export const openersOf = ({ services: { keys } }: Node) =>
  [keys.encryption, ...(keys.formerEncryption ? [keys.formerEncryption] : [])].map((key) => ({
    key,
    kid: fingerprint(key),
  }));
