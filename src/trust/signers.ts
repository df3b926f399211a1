import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createHash, type KeyObject } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { makeCertificate, pem } from "./certificate.ts";
import type { Signer } from "./cms.ts";
import { builtInAuthority, type TimestampAuthority } from "./timestamp.ts";

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
  const { cms, tsa } = node.services.keys;
  return {
    signing: { key: cms, certificate: certificateOf(node, cms, "signing") },
    authority: builtInAuthority({ key: tsa, certificate: certificateOf(node, tsa, "time-stamping") }, node.clock),
  };
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
