import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createHash, type KeyObject } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { makeCertificate, pem } from "./certificate.ts";
import type { Signer } from "./cms.ts";
import { endLedgerAlarm, raiseLedgerAlarm } from "./ledger-alarm.ts";
import { builtInAuthority, fallingBack, remoteAuthority, type TimestampAuthority } from "./timestamp.ts";

/** A node's own certificates hold this long, in years: what was signed must verify when the case is heard again. */
const CERTIFICATE_YEARS = 30;
/** An hour's grace for clocks that are behind. */
const GRACE_HOURS = 1;

/** The certificate of one of the node's keys: made once, kept beside the key, its fingerprint is what others compare. */
function certificateOf(node: Node, key: KeyObject, use: "signing" | "time-stamping"): Buffer {
  const file = join(node.config.folder, "keys", use === "signing" ? "cms.crt" : "tsa.crt");
  if (!existsSync(file)) {
    const now = node.clock();
    const from = now.subtract({ hours: GRACE_HOURS });
    const until = now.toZonedDateTimeISO("UTC").add({ years: CERTIFICATE_YEARS }).toInstant();
    const country = /^[A-Z]{2}$/.test(node.code) ? { country: node.code } : {};
    keep(
      file,
      pem(
        "CERTIFICATE",
        makeCertificate(
          {
            commonName: `${node.name} (${node.code}), ${use === "signing" ? "evidence" : "time-stamps"}`,
            organization: node.name,
            ...country,
            from,
            until,
            use,
          },
          key,
        ),
      ),
    );
  }
  const [, body = ""] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(readFileSync(file, "utf8")) ?? [];
  return Buffer.from(body, "base64");
}

/** Another process of the node may make it at the same moment: the first one stays. */
function keep(file: string, content: string): void {
  try {
    const handle = openSync(file, "wx", 0o600);
    try {
      writeSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** What a node signs and time-stamps packages and documents with. */
export interface Signers {
  readonly signing: Signer;
  readonly authority: TimestampAuthority;
}
export function signersOf(node: Node): Signers {
  const { cms } = node.services.keys;
  const own = ownAuthority(node);
  const external = externalAuthority(node, INTERACTIVE_MS);
  return {
    signing: { key: cms, certificate: certificateOf(node, cms, "signing") },
    authority: external ? fallingBack(external, own, (failure) => noteAuthority(node, failure)) : own,
  };
}

/** Somebody waits for a document meanwhile, in milliseconds. */
const INTERACTIVE_MS = 5_000;

/** The node as its own time-stamp authority. */
export function ownAuthority(node: Node): TimestampAuthority {
  const { tsa } = node.services.keys;
  return builtInAuthority({ key: tsa, certificate: certificateOf(node, tsa, "time-stamping") }, node.clock);
}

/** Certificates in a file, as they stand there. Throws where there are none. */
export function readCertificates(path: string): Buffer[] {
  const found = [...readFileSync(path, "utf8").matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g)];
  if (found.length === 0) throw new Error(`${path} holds no certificate in PEM`);
  return found.map(([, body = ""]) => Buffer.from(body, "base64"));
}

/** The authority that the operator has named; `null` where none is. Throws where its certificates can't be read. */
export function externalAuthority(node: Node, patience?: number): TimestampAuthority | null {
  const { tsa_url: url, tsa_certificates: file } = node.config;
  if (url === undefined) return null;
  return remoteAuthority(url, file === undefined ? [] : readCertificates(file), patience);
}

/** Calls people while the authority gives no tokens, and no longer once it does. */
export async function noteAuthority(node: Node, failure: unknown): Promise<void> {
  const about = node.config.tsa_url ?? "";
  const now = node.clock();
  if (failure === null) return endLedgerAlarm(node.db, { kinds: ["timestamps"], about, now });
  const reason = failure instanceof Error ? failure.message : String(failure);
  node.log.warn({ reason }, "the time-stamp authority gave no token; the node's own clock stamped");
  await raiseLedgerAlarm(node.db, { kind: "timestamps", about, detail: { since: now.toString() }, now });
}

/** SHA-256 of the certificate that packages and documents are signed with, hex: what the node publishes and people compare. */
export const certificateFingerprint = (node: Node): string =>
  createHash("sha256")
    .update(certificateOf(node, node.services.keys.cms, "signing"))
    .digest("hex");

/** What a letter says of its seal: the fingerprint to compare, and where on the portal the node publishes it. */
export const publishedSeal = (node: Node): { readonly fingerprint: string; readonly address: string } => {
  const { config } = node;
  const portal = config.portal_url ?? `http://${config.host}:${config.portal_port}`;
  return { fingerprint: certificateFingerprint(node), address: `${portal}/.well-known/comity` };
};
