import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Made } from "./vault-blobs.ts";
import type { Algorithm, Digests, Part, Vault } from "./vault.ts";

/** An upload as its owner sees it. */
export interface Upload {
  readonly id: string;
  readonly bytes: number;
  /** The last durable byte: what a client may forget. */
  readonly offset: number;
  readonly name: string;
  readonly media: string;
  /** SHA-256, hex; `null` until all bytes are there and hashed. */
  readonly digest: string | null;
  readonly md5: string | null;
  readonly sha1: string | null;
  /** `partial`: to be put together with others; `final;…`, as the client wrote it: put together out of such. @source tus 1.0.0, concatenation */
  readonly concat: string | null;
  /** Its length is not known yet: `bytes` is the most that it may become. */
  readonly deferred: boolean;
  /** Where the digests are made out of the durable bytes: how many have been read. */
  readonly hashed: number;
  readonly expires_at: Temporal.Instant;
}
export interface Checksum {
  readonly algorithm: Algorithm;
  /** Hex. */
  readonly digest: string;
}
/** One call that brings bytes. */
export interface Append {
  readonly id: string;
  readonly owner: string;
  readonly offset: number;
  readonly source: AsyncIterable<Uint8Array>;
  /** Nobody else holds what the source gives. */
  readonly isSole?: boolean;
  /** Ends the source at once, where a later call takes over. */
  readonly cancel: () => void;
  readonly checksum?: Checksum;
}
export type Appended =
  | { readonly outcome: "appended"; readonly upload: Upload; readonly broken: boolean }
  | { readonly outcome: "not-found" | "checksum" | "too-large" | "taken-over" }
  | { readonly outcome: "offset"; readonly upload: Upload };

/** Partial uploads that become one. */
export interface Concatenation {
  readonly owner: string;
  readonly key?: string;
  readonly parts: readonly string[];
  /** `final;…`, as the client wrote it. */
  readonly concat: string;
  readonly name: string;
  readonly media: string;
  readonly bytesMax: number;
  readonly now: Temporal.Instant;
}

export interface Begun {
  readonly object: string;
  readonly writer: string;
  readonly dataKey: Buffer;
  readonly before: readonly Part[];
  readonly bytes: number;
  readonly isPartial: boolean;
}
export const holderOf = (id: string): string => `upload:${id}`;

/** What an upload is called and what its digests are, as its row keeps them. */
export const sealedLabel = (vault: Vault, id: string, name: string) => vault.sealWords(name, holderOf(id));
export const sealedDigests = (vault: Vault, id: string, digests: Digests | null): Buffer | null =>
  digests === null ? null : vault.sealWords(JSON.stringify(digests), holderOf(id));
/** Opens both. Rows of uploads that were under way before they were sealed have them in the plain columns; those know no other digest. */
export function told(
  vault: Vault,
  row: { id: string; label: Buffer | null; digests: Buffer | null; name: string | null; digest: string | null },
): Pick<Upload, "name" | "digest" | "md5" | "sha1"> {
  const { id, label, digests } = row;
  const opened: Partial<Digests> = digests ? JSON.parse(vault.openWords(digests, holderOf(id))) : {};
  return {
    name: label ? vault.openWords(label, holderOf(id)) : (row.name ?? ""),
    digest: opened.sha256 ?? row.digest,
    md5: opened.md5 ?? null,
    sha1: opened.sha1 ?? null,
  };
}

export async function partsOf(db: Database | Tx, id: string): Promise<(Part & { ordinal: number })[]> {
  const rows = await db
    .selectFrom("upload_part")
    .select(["ordinal", "object", "bytes", "whole", "key"])
    .where("upload", "=", id)
    .orderBy("ordinal")
    .execute();
  return rows.map(({ key, ...part }) => ({ ...part, ...(key ? { key: key.toString("base64") } : {}) }));
}

export const uploadsWhere = (db: Database | Tx, owner: string, now: Temporal.Instant) =>
  db
    .selectFrom("upload")
    .select([
      "id",
      "bytes",
      "label",
      "name",
      "media",
      "digests",
      "digest",
      "concat",
      "deferred",
      "hashed",
      "expires_at",
    ])
    .select(
      sql<number>`(select coalesce(sum(p.bytes), 0)::bigint from upload_part p where p.upload = upload.id)`.as(
        "offset",
      ),
    )
    .where("owner", "=", owner)
    .where("expires_at", ">", now);

export function seen(
  vault: Vault,
  row: Parameters<typeof told>[1] & Omit<Upload, "name" | "digest" | "md5" | "sha1">,
): Upload {
  const { id, bytes, offset, media, concat, deferred, hashed, expires_at } = row;
  return { id, bytes, offset: Number(offset), media, concat, deferred, hashed, expires_at, ...told(vault, row) };
}

export async function findUpload(
  db: Database | Tx,
  vault: Vault,
  { id, owner, now }: { readonly id: string; readonly owner: string; readonly now: Temporal.Instant },
): Promise<Upload | undefined> {
  const row = await uploadsWhere(db, owner, now).where("id", "=", id).executeTakeFirst();
  return row && seen(vault, row);
}

/** A finished upload that becomes something else. */
export interface Taken extends Made {
  /** `null` where it was finished before all three were computed. */
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly bytes: number;
  readonly name: string;
  readonly media: string;
}

/** Takes a finished upload out: its bytes, and what it was called. `undefined` where it is not the owner's or not complete. */
export async function takeUpload(tx: Tx, vault: Vault, id: string, owner: string): Promise<Taken | undefined> {
  const row = await tx
    .selectFrom("upload")
    .selectAll()
    .where("id", "=", id)
    .where("owner", "=", owner)
    .forUpdate()
    .executeTakeFirst();
  if (!row || row.concat === "partial") return undefined;
  const { name, digest, md5, sha1 } = told(vault, row);
  if (digest === null) return undefined;
  const parts = (await partsOf(tx, id)).map(({ ordinal: _, ...part }) => part);
  await tx.deleteFrom("upload").where("id", "=", id).execute();
  return {
    digest,
    md5,
    sha1,
    dataKey: await vault.unwrap(row.wrapped, holderOf(id)),
    parts,
    bytes: row.bytes,
    name,
    media: row.media,
  };
}

/** The digests of nothing. */
export const EMPTY: Digests = {
  md5: "d41d8cd98f00b204e9800998ecf8427e",
  sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};
/** How an upload tells them. */
export const digestsIn = (digests: Digests | null): Pick<Upload, "digest" | "md5" | "sha1"> => ({
  digest: digests?.sha256 ?? null,
  md5: digests?.md5 ?? null,
  sha1: digests?.sha1 ?? null,
});
