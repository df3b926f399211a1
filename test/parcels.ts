import { readFileSync } from "node:fs";
import { z } from "zod";
import { readPolicies } from "../src/access/cedar.ts";
import { policyOf } from "../src/access/policy.ts";
import { actsOn, type AttachedFile, creates, message } from "../src/kernel/act.ts";
import { sql } from "../src/kernel/database.ts";
import { Refusal } from "../src/kernel/errors.ts";
import type { Slice } from "../src/kernel/slice.ts";
import { subject } from "../src/kernel/subject.ts";
import { shareBlob } from "../src/trust/vault-blobs.ts";

/** What a parcel is: a thing that two nodes share, small enough to count what was done to it. */
export interface ParcelRow {
  readonly id: string;
  readonly peer: string;
  readonly steps: number[];
  readonly files: { name: string; blob: string }[];
  readonly delivered_at: Temporal.Instant | null;
}
const parcel = subject<ParcelRow>()({
  name: "parcel",
  plural: "parcels",
  table: "parcel",
  attributes: { peer: "String" },
});
const filesSchema = z.array(z.custom<AttachedFile>()).default([]);
/** Makes a parcel here and tells a peer. */
export const sendParcel = creates(parcel, "send", {
  input: z.object({ to: z.string(), files: filesSchema }),
  apply: async (tx, _under: undefined, { to, files }, { id, tell }) => {
    await sql`insert into parcel (id, peer) values (${id}, ${to})`.execute(tx);
    tell({ to, body: { greeting: "Grüße" }, files });
    return { to };
  },
});
/** Adds a step to a parcel on both nodes. */
export const stepParcel = actsOn(parcel)("step", {
  input: z.object({ step: z.number(), to: z.string().optional() }),
  apply: async (tx, row, { step, to }, { tell }) => {
    await sql`update parcel set steps = steps || ${JSON.stringify(step)}::jsonb where id = ${row.id}`.execute(tx);
    tell({ to: to ?? row.peer, body: { step } });
    return { step };
  },
});
/** Counts on a parcel on both nodes: its row does not grow. */
export const touchParcel = actsOn(parcel)("touch", {
  input: z.object({}),
  apply: async (tx, row, _input, { tell }) => {
    await sql`update parcel set touched = touched + 1 where id = ${row.id}`.execute(tx);
    tell({ to: row.peer, body: {} });
    return {};
  },
});
/** The parcels of a node. */
export const parcels: Slice = {
  name: "parcels",
  subjects: [parcel],
  acts: [sendParcel, stepParcel, touchParcel],
  messages: [
    message({
      act: "parcel.send",
      subject: parcel,
      creates: true,
      body: z.object({ greeting: z.string() }),
      receive: async (tx, _row: undefined, { greeting }, { id, from, files, node }) => {
        const kept = files.map(({ name, item }) => ({ name, blob: `parcel:${id}:${item}` }));
        for (const [n, { blob }] of files.entries())
          await shareBlob(tx, node.services.vault, blob, kept[n]?.blob ?? "");
        await sql`insert into parcel (id, peer, files) values (${id}, ${from}, ${JSON.stringify(kept)})`.execute(tx);
        return { greeting };
      },
    }),
    message({
      act: "parcel.step",
      subject: parcel,
      body: z.object({ step: z.number() }),
      receive: async (tx, row: ParcelRow, { step }) => {
        await sql`update parcel set steps = steps || ${JSON.stringify(step)}::jsonb where id = ${row.id}`.execute(tx);
        if (step < 0) throw new Refusal("conflict", "message-subject-exists");
        return { step };
      },
    }),
    message({
      act: "parcel.touch",
      subject: parcel,
      body: z.object({}),
      receive: async (tx, row: ParcelRow) => {
        await sql`update parcel set touched = touched + 1 where id = ${row.id}`.execute(tx);
        return {};
      },
    }),
  ],
  onReceipt: async (tx, { subjectId, act, receivedAt }) => {
    if (act === "parcel.send")
      await sql`update parcel set delivered_at = ${receivedAt} where id = ${subjectId}`.execute(tx);
  },
};

/** The policies that nodes really run, and what they say of parcels. */
const POLICIES = () => [
  ...readPolicies(readFileSync("packs/core.cedar", "utf8"), "core"),
  ...readPolicies(readFileSync("packs/convention/policies.cedar", "utf8"), "convention"),
  ...readPolicies(
    `@id("test.parcel") permit (principal is Officer, action in [Action::"parcel.send", Action::"parcel.step", Action::"parcel.touch"], resource is Parcel);
     @id("test.parcel.peer") permit (principal is PeerNode, action in [Action::"parcel.send", Action::"parcel.step", Action::"parcel.touch"], resource is Parcel);`,
    "test",
  ),
];
/** The policy of a node with parcels. */
export const parcelPolicy = (code: string) => policyOf(POLICIES(), code);
/** Their table, which no migration makes. */
export const parcelTable = sql`create table parcel (id uuid primary key, peer text not null, steps jsonb not null default '[]', files jsonb not null default '[]', touched integer not null default 0, delivered_at timestamptz)`;
