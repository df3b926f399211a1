import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { type FindingRow, findingSubject, KINDS, type RoundRow } from "./finding.ts";

const ROUNDS_SHOWN = 10;
const FINDINGS_SHOWN = 20;
const PAGE = 50;

/** How many blobs and bytes stand how. */
interface Standing {
  readonly blobs: number;
  readonly bytes: number;
  /** Something was found of them that is not mended yet. */
  readonly damaged: number;
  /** Verified since it was stored, within the days that the operator has set. */
  readonly verified: number;
  /** Not yet, and stored within those days: its turn comes. */
  readonly fresh: number;
  /** Neither: later than promised. */
  readonly late: number;
  /** When what waits longest was last verified, or stored. */
  readonly eldest: Temporal.Instant | null;
}

/** What the administrator's page of the vault shows. */
export interface VaultSeen {
  /** Where it lies: a folder, or a bucket and its address. */
  readonly place: { readonly kind: "directory" | "s3"; readonly name: string; readonly at: string };
  /** Bytes that the store still takes; `null` where it does not say, or does not answer. */
  readonly room: number | null;
  readonly days: number;
  readonly standing: Standing;
  readonly round: RoundRow | null;
  readonly rounds: readonly RoundRow[];
  readonly findings: readonly FindingRow[];
  readonly open: number;
}

const DAMAGED = sql`select blob from vault_finding where state = 'open' and blob is not null`;
const standingOf = async ({ db, now, node }: Reader): Promise<Standing> => {
  const since = now.subtract({ hours: node.config.scrub_days * 24 });
  const { rows } = await sql<Standing>`select count(*)::int as blobs, coalesce(sum(bytes), 0)::bigint as bytes,
      count(*) filter (where id in (${DAMAGED}))::int as damaged,
      count(*) filter (where verified_at >= ${since} and id not in (${DAMAGED}))::int as verified,
      count(*) filter (where coalesce(verified_at < ${since}, true) and at >= ${since})::int as fresh,
      count(*) filter (where coalesce(verified_at < ${since}, true) and at < ${since})::int as late,
      min(coalesce(verified_at, at)) as eldest from blob`.execute(db);
  return rows[0] ?? { blobs: 0, bytes: 0, verified: 0, fresh: 0, late: 0, damaged: 0, eldest: null };
};

/** Where the vault lies, how far the reading of it is, what was found. */
export const vaultView = view({
  name: "vault.read",
  path: "/vault",
  gate: "vault.read",
  input: z.object({}),
  read: async (reader): Promise<VaultSeen> => {
    const { db, node } = reader;
    const { settings, store } = node.services.vault;
    const [standing, rounds, findings, room] = await Promise.all([
      standingOf(reader),
      sql<RoundRow>`select * from vault_round order by started_at desc limit ${sql.lit(ROUNDS_SHOWN)}`.execute(db),
      sql<FindingRow & { open: number }>`select *, (count(*) over ())::int as open from vault_finding f
        where f.state = 'open' and ${reader.visible(findingSubject, { alias: "f" })} order by number desc limit ${sql.lit(FINDINGS_SHOWN)}`.execute(
        db,
      ),
      store.room().catch(() => undefined),
    ]);
    return {
      place:
        typeof settings === "string"
          ? { kind: "directory", name: settings, at: "" }
          : { kind: "s3", name: `${settings.bucket}/${settings.prefix}`, at: settings.endpoint },
      room: room ?? null,
      days: node.config.scrub_days,
      standing,
      round: rounds.rows.find(({ state }) => state === "running") ?? null,
      rounds: rounds.rows.filter(({ state }) => state !== "running"),
      findings: findings.rows,
      open: findings.rows[0]?.open ?? 0,
    };
  },
});

/** How many findings stand open: what waits for the administrator. */
export async function openCount(reader: Reader): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from vault_finding f
    where f.state = 'open' and ${reader.visible(findingSubject, { alias: "f" })}`.execute(reader.db);
  return rows[0]?.n ?? 0;
}

export const findingsInput = z.object({
  state: z.enum(["open", "mended", "settled"]).optional(),
  kind: z.enum(KINDS).optional(),
  cursor: z.string().max(400).optional(),
});
export interface FindingList {
  readonly items: readonly FindingRow[];
  readonly next?: string;
  readonly filters: z.output<typeof findingsInput>;
}

/** All that was ever found, the newest first. */
export const findingList = view({
  name: "vault-finding.list",
  path: "/vault-findings",
  subject: findingSubject,
  input: findingsInput,
  read: async (reader, filters): Promise<FindingList> => {
    const [after] = readCursor(filters.cursor, 1) ?? [];
    const conditions: Expression<SqlBool>[] = [
      reader.visible(findingSubject, { alias: "f" }),
      ...(filters.state ? [sql<SqlBool>`f.state = ${filters.state}`] : []),
      ...(filters.kind ? [sql<SqlBool>`f.kind = ${filters.kind}`] : []),
      ...(typeof after === "number" ? [sql<SqlBool>`f.number < ${after}`] : []),
    ];
    const { rows } = await sql<FindingRow>`select * from vault_finding f where ${sql.join(conditions, sql` and `)}
      order by f.number desc limit ${sql.lit(PAGE + 1)}`.execute(reader.db);
    const last = rows.length > PAGE ? rows[PAGE - 1] : undefined;
    return { items: rows.slice(0, PAGE), ...(last ? { next: cursorOf(last.number) } : {}), filters };
  },
});

/** A finding, and what holds the blob by kind: an administrator learns how many exhibits are concerned, not which. */
export interface FindingSeen extends FindingRow {
  readonly held: readonly { readonly kind: string; readonly count: number }[];
  readonly verified_at: Temporal.Instant | null;
  /** Waiting to be read again before its turn. */
  readonly asked: boolean;
  /** False where the blob was let go since, and nothing is left to be mended. */
  readonly there: boolean;
}

export const findingView = view({
  name: "vault-finding.read",
  path: "/vault-findings/:id",
  subject: findingSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<FindingSeen | undefined> => {
    const { rows } = await sql<FindingRow>`select * from vault_finding f where f.id = ${id}
      and ${reader.visible(findingSubject, { alias: "f" })}`.execute(reader.db);
    const [row] = rows;
    if (!row) return undefined;
    const held = await sql<{
      kind: string;
      count: number;
    }>`select split_part(holder, ':', 1) as kind, count(*)::int as count
      from blob_wrap where blob = ${row.blob} group by 1 order by 1`.execute(reader.db);
    const blob = await sql<{
      verified_at: Temporal.Instant | null;
      asked: boolean;
    }>`select verified_at, asked_at is not null as asked
      from blob where id = ${row.blob}`.execute(reader.db);
    return {
      ...row,
      held: held.rows,
      verified_at: blob.rows[0]?.verified_at ?? null,
      asked: blob.rows[0]?.asked ?? false,
      there: row.blob === null || blob.rows.length > 0,
    };
  },
});

export const contentsInput = z.object({
  standing: z.enum(["late", "never", "damaged"]).optional(),
  cursor: z.string().max(400).optional(),
});
/** A blob as the list of contents shows it. */
export interface BlobSeen {
  readonly id: string;
  readonly bytes: number;
  readonly at: Temporal.Instant;
  readonly verified_at: Temporal.Instant | null;
  readonly holders: number;
  readonly finding: string | null;
  readonly eldest: string;
}
export interface Contents {
  readonly items: readonly BlobSeen[];
  readonly next?: string;
  readonly filters: z.output<typeof contentsInput>;
  readonly days: number;
}

/** What lies in the vault, by when it was last verified: what waits longest first. Says nothing of what it is. */
export const contentsView = view({
  name: "vault.contents",
  path: "/vault/contents",
  gate: "vault.read",
  input: contentsInput,
  read: async ({ db, now, node }, filters): Promise<Contents> => {
    const since = now.subtract({ hours: node.config.scrub_days * 24 });
    const [at, id] = readCursor(filters.cursor, 2) ?? [];
    const open = sql`(select f.id from vault_finding f where f.blob = b.id and f.state = 'open' limit 1)`;
    const conditions: Expression<SqlBool>[] = [
      sql<SqlBool>`true`,
      ...(filters.standing === "late" ? [sql<SqlBool>`coalesce(b.verified_at, b.at) < ${since}`] : []),
      ...(filters.standing === "never" ? [sql<SqlBool>`b.verified_at is null`] : []),
      ...(filters.standing === "damaged" ? [sql<SqlBool>`${open} is not null`] : []),
      ...(typeof at === "string" && typeof id === "string"
        ? [sql<SqlBool>`(coalesce(b.looked_at, b.at), b.id) > (${at}::timestamptz, ${id}::uuid)`]
        : []),
    ];
    const { rows } = await sql<BlobSeen>`select b.id, b.bytes, b.at, b.verified_at, ${open} as finding,
        (select count(*)::int from blob_wrap w where w.blob = b.id) as holders, coalesce(b.looked_at, b.at)::text as eldest
      from blob b where ${sql.join(conditions, sql` and `)}
      order by coalesce(b.looked_at, b.at), b.id limit ${sql.lit(PAGE + 1)}`.execute(db);
    const last = rows.length > PAGE ? rows[PAGE - 1] : undefined;
    return {
      items: rows.slice(0, PAGE),
      ...(last ? { next: cursorOf(last.eldest, last.id) } : {}),
      filters,
      days: node.config.scrub_days,
    };
  },
});
