import { type Database, sql } from "../kernel/database.ts";
import { isMalformed } from "../kernel/errors.ts";
import type { Vault } from "./vault.ts";
import { partsSchema } from "./vault-blobs.ts";
import { bytesOf, type Part } from "./vault-read.ts";
import { isLost } from "./vault-store.ts";

/** A row of the vault that does not hold: a blob, or a holder's key to it. */
export interface VaultFinding {
  readonly table: "blob" | "blob_wrap";
  /** The blob's id, or the holder. */
  readonly id: string;
  readonly column: string;
  /** The same in a sentence. */
  readonly says: string;
}
const finding = (table: VaultFinding["table"], id: string, column: string, why: string): VaultFinding => ({
  table,
  id,
  column,
  says: `Altered: ${table} ${id}, ${column}: ${why}.`,
});

interface Blob {
  readonly id: string;
  readonly bytes: number;
  readonly parts: unknown;
  readonly wraps: readonly { readonly holder: string; readonly wrapped: string }[];
}
const BATCH = 200;

/**
 * Opens every holder's key, and with it the end of every part of every blob: that shows the length, and that the key is the right one. What
 * lies between is read again by the scrub, not here.
 */
export async function checkBlobs(db: Database, vault: Vault): Promise<VaultFinding[]> {
  const findings: VaultFinding[] = [];
  for (let after = "00000000-0000-0000-0000-000000000000"; ;) {
    const { rows } =
      await sql<Blob>`select b.id, b.bytes, b.parts, coalesce((select jsonb_agg(jsonb_build_object('holder', w.holder,
        'wrapped', encode(w.wrapped, 'base64')) order by w.holder) from blob_wrap w where w.blob = b.id), '[]') as wraps
      from blob b where b.id > ${after}::uuid order by b.id limit ${sql.lit(BATCH)}`.execute(db);
    for (const blob of rows) findings.push(...(await faultsOf(db, vault, blob)));
    after = rows.at(-1)?.id ?? "";
    if (rows.length < BATCH) return findings;
  }
}

/** What is wrong with one blob. One that is gone meanwhile was let go lawfully. */
async function faultsOf(db: Database, vault: Vault, blob: Blob): Promise<VaultFinding[]> {
  const { faults, dataKey } = await opened(vault, blob);
  const parts = partsSchema.safeParse(blob.parts);
  if (!parts.success) faults.push(finding("blob", blob.id, "parts", "it is no list of objects"));
  else {
    if (bytesOf(parts.data) !== blob.bytes)
      faults.push(
        finding("blob", blob.id, "bytes", `its parts have ${bytesOf(parts.data)} bytes, it says ${blob.bytes}`),
      );
    for (const part of dataKey ? parts.data : []) {
      const fault = await partFault(vault, dataKey ?? Buffer.alloc(0), part);
      if (fault !== null) faults.push(finding("blob", blob.id, "parts", `object ${part.object}: ${fault}`));
    }
  }
  if (faults.length === 0) return [];
  const { rows } = await sql`select 1 from blob where id = ${blob.id}`.execute(db);
  return rows.length > 0 ? faults : [];
}

/** The data key that the wraps give, all of them the same. */
async function opened(
  vault: Vault,
  { id, wraps }: Blob,
): Promise<{ faults: VaultFinding[]; dataKey: Buffer | undefined }> {
  const faults: VaultFinding[] = [];
  let dataKey: Buffer | undefined;
  if (wraps.length === 0) faults.push(finding("blob", id, "row", "nobody holds a key to it"));
  for (const { holder, wrapped } of wraps) {
    const key = await vault.unwrap(Buffer.from(wrapped, "base64"), holder).catch(() => undefined);
    if (!key) faults.push(finding("blob_wrap", holder, "wrapped", "it does not open for this holder"));
    else if (dataKey && !dataKey.equals(key))
      faults.push(finding("blob_wrap", holder, "blob", "it is the key of other bytes"));
    else dataKey ??= key;
  }
  return { faults, dataKey };
}

async function partFault(vault: Vault, dataKey: Buffer, part: Part): Promise<string | null> {
  try {
    for await (const _ of vault.read(dataKey, [part], { from: Math.max(part.bytes - 1, 0), to: part.bytes }));
    return null;
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return isLost(error) ? "the store does not hold it" : "it does not open, or has another length";
  }
}
