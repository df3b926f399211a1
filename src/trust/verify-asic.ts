import { Malformed } from "./verify-errors.ts";

/** The first entry of the archive: its name and content, by which programs know what the file is. */
export const MIMETYPE = { name: "mimetype", content: "application/vnd.etsi.asic-e+zip" } as const;

/** Where the parts of the container lie. @source ETSI EN 319 162-1 §4.4 */
export const ASIC = {
  folder: "META-INF/",
  manifest: "META-INF/ASiCManifest001.xml",
  signature: "META-INF/signature001.p7s",
  archiveManifest: "META-INF/ASiCArchiveManifest.xml",
  timestamp: "META-INF/timestamp001.tst",
} as const;

/** A file that a manifest names, with the base64 of its SHA-256. */
export interface AsicReference {
  readonly name: string;
  readonly mediaType: string;
  readonly digest: string;
}

/** A manifest: what is covered, and by which signature or time-stamp. */
export interface AsicManifest {
  readonly covers: readonly AsicReference[];
  readonly by: { readonly name: string; readonly mediaType: string };
}

export const SIGNATURE_TYPE = "application/pkcs7-signature";
export const TIMESTAMP_TYPE = "application/vnd.etsi.timestamp-token";

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
`;
const FOOT = "</asic:ASiCManifest>\n";
const METHOD = `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>`;
const SIG = /^<asic:SigReference URI="([^"<>&]+)" MimeType="([\w.+/-]+)"\/>$/;
const DATA =
  /^<asic:DataObjectReference URI="([^"<>&]+)" MimeType="([\w.+/-]+)">.*<ds:DigestValue>([A-Za-z0-9+/]{43}=)<\/ds:DigestValue><\/asic:DataObjectReference>$/;

const uri = (name: string): string => name.split("/").map(encodeURIComponent).join("/");

function nameIn(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    throw new Malformed("URI: not percent-encoded UTF-8");
  }
}

/** The XML of a manifest: one form only, a line to each reference. @source ETSI EN 319 162-1 §A.4 */
export function writeAsicManifest({ covers, by }: AsicManifest): string {
  const lines = covers.map(
    ({ name, mediaType, digest }) =>
      `<asic:DataObjectReference URI="${uri(name)}" MimeType="${mediaType}">${METHOD}<ds:DigestValue>${digest}</ds:DigestValue></asic:DataObjectReference>\n`,
  );
  return `${HEAD}<asic:SigReference URI="${uri(by.name)}" MimeType="${by.mediaType}"/>\n${lines.join("")}${FOOT}`;
}

/** Reads a manifest that is written in that one form. Throws `Malformed`. */
export function readAsicManifest(text: string): AsicManifest {
  const [sig = "", ...lines] = text.slice(HEAD.length, -FOOT.length).split("\n");
  const [, by, byType] = SIG.exec(sig) ?? [];
  if (by === undefined || byType === undefined) throw new Malformed("SigReference: not in the expected form");
  const covers = lines.slice(0, -1).map((line, index) => {
    const [, name, mediaType, digest] = DATA.exec(line) ?? [];
    if (name === undefined || mediaType === undefined || digest === undefined) {
      throw new Malformed(`DataObjectReference ${index + 1}: not in the expected form`);
    }
    return { name: nameIn(name), mediaType, digest };
  });
  const manifest = { covers, by: { name: nameIn(by), mediaType: byType } };
  if (writeAsicManifest(manifest) !== text) throw new Malformed("ASiCManifest: not in the expected form");
  return manifest;
}
