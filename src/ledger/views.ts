import { z } from "zod";
import { awaitedSince, conflicts, cosigners, peerNames } from "../exchange/slice.ts";
import { type Database, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { type Reader, view } from "../kernel/view.ts";
import { lastWitnessed } from "../trust/cosignatures.ts";
import type { LedgerAlarmKind } from "../trust/ledger-alarm.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { policiesOf } from "../trust/ledger-policies.ts";
import { type LedgerStatus, ledgerStatus } from "../trust/ledger.ts";
import { NOTE_TYPE, readVkey } from "../trust/verify-note.ts";
import { isWitnessed } from "../trust/verify-policy.ts";
import { type LedgerRow, ledgerSubject } from "./ledger.ts";

/** One of those who witness this ledger. */
export interface WitnessLine {
  /** A peer's code, or the name of a witness's key. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** The largest of this ledger's trees that it cosigned, in entries, and when; `null` where none. */
  readonly last: { readonly size: number; readonly at: Temporal.Instant } | null;
  /** With which kinds of key it cosigned the latest checkpoint; none where it has not. */
  readonly kinds: readonly ("ed25519" | "ml-dsa-44")[];
  /** Since when it is awaited; `null` where it has cosigned everything. */
  readonly awaitedSince: Temporal.Instant | null;
}
/** A time-stamp on a checkpoint. */
export interface StampLine {
  readonly size: number;
  readonly at: Temporal.Instant;
  readonly isBuiltIn: boolean;
  /** Until when the last token of its chain can be verified. */
  readonly until: Temporal.Instant;
  /** Tokens: the first, and those that renewed it. */
  readonly tokens: number;
}
/** How the ledger stands. */
export interface LedgerFacts extends LedgerStatus {
  readonly origin: string;
  readonly vkey: string;
  readonly witnesses: readonly WitnessLine[];
  /** Whether the latest checkpoint is cosigned as the operator's policy asks; `null` where there is none. */
  readonly isWitnessed: boolean | null;
  readonly stamp: StampLine | null;
}

async function kindsOf(db: Database, size: number, vkeys: readonly string[]): Promise<WitnessLine["kinds"]> {
  const rows = await db
    .selectFrom("ledger_cosignature")
    .select("vkey")
    .where("size", "=", size)
    .where("vkey", "in", vkeys)
    .execute();
  const types = rows.map(({ vkey }) => readVkey(vkey).type);
  return [
    ...(types.includes(NOTE_TYPE.cosignature) ? (["ed25519"] as const) : []),
    ...(types.includes(NOTE_TYPE.mlDsa44) ? (["ml-dsa-44"] as const) : []),
  ];
}

async function lastStamp(db: Database): Promise<StampLine | null> {
  const { rows } = await sql<StampLine>`select size, min(at) as at, bool_and(is_built_in) as "isBuiltIn",
      (array_agg(until order by step desc))[1] as until, count(*)::int as tokens
    from ledger_token where size = (select max(size) from ledger_token) group by size`.execute(db);
  return rows[0] ?? null;
}

/** How the ledger stands, for everybody: nothing of it is secret. */
export async function ledgerFacts(node: Node): Promise<LedgerFacts> {
  const status = await ledgerStatus(node.db);
  const size = status.checkpoint?.size ?? 0;
  const names = await peerNames(node.db);
  const all = await cosigners(node);
  const witnesses = await Promise.all(
    all.map(async (cosigner): Promise<WitnessLine> => {
      const { name, isPeer, vkeys } = cosigner;
      return {
        name,
        title: isPeer ? (names.get(name) ?? name) : name,
        last: await lastWitnessed(node.db, vkeys),
        kinds: await kindsOf(node.db, size, vkeys),
        awaitedSince: await awaitedSince(node.db, cosigner),
      };
    }),
  );
  const { own } = policiesOf(node);
  const by = await node.db.selectFrom("ledger_cosignature").select("vkey").where("size", "=", size).execute();
  const cosigned = by.map(({ vkey }) => vkey);
  return {
    ...status,
    ...ledgerIdentity(node),
    witnesses,
    isWitnessed: own && isWitnessed(own, cosigned),
    stamp: await lastStamp(node.db),
  };
}

/** An alarm of the ledger as it is shown. */
export interface LedgerAlarm {
  readonly kind: LedgerAlarmKind;
  readonly about: string;
  readonly detail: Readonly<Record<string, string | number>>;
  readonly raisedAt: Temporal.Instant;
}
/** What the page of the ledger shows. */
export interface LedgerPageFacts extends LedgerFacts {
  readonly row: LedgerRow;
  readonly alarms: readonly LedgerAlarm[];
  /** Ledgers of others that told two stories, latest first. */
  readonly conflicts: Awaited<ReturnType<typeof conflicts>>;
}

const CONFLICTS_SHOWN = 20;

/** The ledger of this node: how far it is signed, who has cosigned and who is awaited, what is amiss. */
export const ledgerView = view({
  name: "ledger.read",
  path: "/ledger/:id",
  subject: ledgerSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<LedgerPageFacts | undefined> => {
    const { rows } =
      await sql<LedgerRow>`select * from ledger where id = ${id} and ${reader.visible(ledgerSubject)}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const alarms = await reader.db
      .selectFrom("ledger_alarm")
      .select(["kind", "about", "detail", "raised_at"])
      .where("ended_at", "is", null)
      .orderBy("raised_at")
      .execute();
    return {
      ...(await ledgerFacts(reader.node)),
      row,
      alarms: alarms.map(({ kind, about, detail, raised_at: raisedAt }) => ({
        kind: kind as LedgerAlarmKind,
        about,
        detail: detail as LedgerAlarm["detail"],
        raisedAt,
      })),
      conflicts: await conflicts(reader.db, CONFLICTS_SHOWN),
    };
  },
});

/** How many alarms stand: shown beside the navigation's entry. */
export const countLedgerAlarms = async ({ db }: Reader): Promise<number> =>
  (
    await db
      .selectFrom("ledger_alarm")
      .select((select) => select.fn.countAll<number>().as("n"))
      .where("ended_at", "is", null)
      .executeTakeFirstOrThrow()
  ).n;
