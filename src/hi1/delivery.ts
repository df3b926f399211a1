import { createHash } from "node:crypto";
import type { ReceiveContext } from "../kernel/act.ts";
import { Hi1Error } from "./message.ts";
import type { ObjectOf } from "./schema.ts";
import type { EmbeddedBinary } from "./schema-objects.ts";

/** A file as an act is given it. */
export type BlobOf = ReceiveContext["files"][number];

/** What a delivery bears, before the vault has it. */
export interface Borne {
  readonly name: string;
  readonly media: string;
  readonly bytes: Buffer;
}

/** Names of digests that are checked, as they are commonly written. */
const DIGESTS: Readonly<Record<string, string>> = {
  md5: "md5",
  sha1: "sha1",
  sha256: "sha256",
  sha384: "sha384",
  sha512: "sha512",
};

const NAME_MAX = 300;
/** A name without folders or signs that no name has. */
const plainName = (given: string, id: string): string =>
  given
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
    .split(/[/\\]/)
    .pop()
    ?.trim()
    .slice(0, NAME_MAX) || id;
const MEDIA = /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/;

/**
 * The file that a delivery bears, its digests checked; `undefined` where it bears none (whether data exists). What lies elsewhere, or is
 * encrypted to somebody, is not fetched: it must be handed over in the message.
 */
export function borneBy(said: ObjectOf<"Delivery">): Borne | undefined {
  if (said["delivery:EncryptionDetails"])
    throw new Hi1Error(
      "FeatureNotSupported",
      "what is encrypted inside can't be read; the line and the vault encrypt it",
    );
  const content = said["delivery:Delivery"];
  if (!content) throw new Hi1Error("RequiredElementMissing", "the delivery bears nothing", "delivery:Delivery");
  const id = said.ObjectIdentifier;
  if (content["delivery:DataExistence"] !== undefined) return undefined;
  if (content["delivery:BinaryData"] !== undefined) return binary(content["delivery:BinaryData"], id);
  if (content["delivery:JSONData"] !== undefined)
    return {
      name: `${id}.json`,
      media: "application/json",
      bytes: Buffer.from(JSON.stringify(content["delivery:JSONData"])),
    };
  if (typeof content["delivery:XMLData"] === "string")
    return { name: `${id}.xml`, media: "application/xml", bytes: Buffer.from(content["delivery:XMLData"]) };
  throw new Hi1Error("FeatureNotSupported", "hand the data over in the message, as BinaryData");
}

function binary(said: EmbeddedBinary, id: string): Borne {
  const bytes = Buffer.from(said["delivery:Data"], "base64");
  const length = said["delivery:ContentLength"];
  if (length !== undefined && length !== bytes.length)
    throw new Hi1Error("ImproperValue", `ContentLength says ${length}, ${bytes.length} bytes came`);
  const sums = [
    ...(said["delivery:Checksum"] === undefined
      ? []
      : [
          {
            "common:Checksum": said["delivery:Checksum"],
            "common:ChecksumType": said["delivery:ChecksumType"] ?? "SHA-256",
          },
        ]),
    ...(said["delivery:Checksums"]?.["common:ChecksumAndType"] ?? []),
  ];
  for (const { "common:Checksum": sum, "common:ChecksumType": type } of sums) {
    const name = DIGESTS[type.toLowerCase().replaceAll(/[^a-z\d]/g, "")];
    if (name !== undefined && createHash(name).update(bytes).digest("hex") !== sum.toLowerCase())
      throw new Hi1Error("ImproperValue", `the ${type} that came is not that of the data`);
  }
  const media = said["delivery:ContentType"] ?? "";
  return {
    name: plainName(said["delivery:OriginalFilename"] ?? "", id),
    media: MEDIA.test(media) ? media : "application/octet-stream",
    bytes,
  };
}

/** The files of a delivery, as the vault has them. */
export function filesOf(said: ObjectOf<"Delivery">, blobs: ReadonlyMap<string, BlobOf>): BlobOf[] {
  const kept = blobs.get(said.ObjectIdentifier);
  return kept ? [kept] : [];
}
