import { sql, type Database } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { KeptLaw } from "./replay.ts";

/** The law that the node decides by now. */
export function lawNow({ services }: Pick<Node, "services">): KeptLaw {
  const { pack, policy, signedBy } = services.country;
  return {
    digest: policy.pack,
    code: pack.code,
    version: pack.version,
    validFrom: pack.validFrom,
    zone: pack.calendar.zone,
    signedBy: signedBy ?? null,
    policies: [...policy.notes.values()].map(({ id, origin, text }) => ({ id, origin, text })),
  };
}

/** Keeps the text of the law under its digest, once: what was decided by it can be decided again when it has changed. */
export async function keepLaw(node: Node): Promise<void> {
  const { digest, code, version, validFrom, zone, signedBy, policies } = lawNow(node);
  await sql`insert into pack_version (digest, code, version, valid_from, zone, signed_by, policies, first_used_at)
    values (${digest}, ${code}, ${version}, ${validFrom}, ${zone}, ${signedBy}, ${JSON.stringify(policies)}, ${node.clock()}) on conflict do nothing`.execute(
    node.db,
  );
}

interface Row {
  readonly digest: string;
  readonly code: string;
  readonly version: string;
  readonly valid_from: Temporal.PlainDate;
  readonly zone: string;
  readonly signed_by: string | null;
  readonly policies: KeptLaw["policies"];
}
const lawOfRow = ({ valid_from, signed_by, ...row }: Row): KeptLaw => ({
  ...row,
  validFrom: valid_from.toString(),
  signedBy: signed_by,
});

/** The text of the law under a digest: what holds now, or one that held before; `undefined` where none is kept. */
export async function lawUnder(node: Node, digest: string): Promise<KeptLaw | undefined> {
  const now = lawNow(node);
  if (now.digest === digest) return now;
  const { rows } = await sql<Row>`select * from pack_version where digest = ${digest}`.execute(node.db);
  return rows[0] && lawOfRow(rows[0]);
}

/** Every text of the law that is kept, the latest first, without its policies. */
export async function lawsKept(
  db: Database,
): Promise<(Omit<KeptLaw, "policies"> & { firstUsedAt: Temporal.Instant })[]> {
  const { rows } = await sql<Row & { first_used_at: Temporal.Instant }>`
    select digest, code, version, valid_from, zone, signed_by, first_used_at from pack_version order by first_used_at desc`.execute(
    db,
  );
  return rows.map(({ first_used_at, ...row }) => {
    const { policies: _, ...law } = lawOfRow({ ...row, policies: [] });
    return { ...law, firstUsedAt: first_used_at };
  });
}
