import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { type Actor, system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import { newId } from "../kernel/receive.ts";
import { refusalFrom } from "../kernel/problem.ts";
import type { Job } from "../kernel/slice.ts";
import { seal } from "../trust/seal.ts";
import { FILES_MAX, OPEN_HOURS, tipSubject } from "./tip.ts";

/** Where what was sent is sealed to: moved to another report it does not open. */
export const tipPlace = (id: string): string => `hotline:${id}`;
export const filePlace = (id: string): string => `hotline file:${id}`;

const act = actsOn(tipSubject);
const xml = z.string().min(1).max(300_000);

/** Takes a report that its sender will finish. What it says is sealed; the journal has only its category. */
export const openTip = creates(tipSubject, "open", {
  audience: "internal",
  state: "open",
  input: z.strictObject({ xml, category: z.string() }),
  attributes: (_input, { actor }: { actor: Actor }) => (actor.kind === "client" ? { client_id: actor.client } : {}),
  apply: async (tx, _under: undefined, { xml: sent, category }, { id, now, node, actor }) => {
    if (actor.kind !== "client")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "hotline-report.open" } });
    const { number } = await tx
      .insertInto("hotline_report")
      .values({
        id,
        client_id: actor.client,
        state: "open",
        sealed: seal(node.services.keys.seal, sent, tipPlace(id)),
        opened_at: now,
        expires_at: now.add({ hours: OPEN_HOURS }),
      })
      .returning("number")
      .executeTakeFirstOrThrow();
    return { number, category };
  },
});

/** Adds what is said of a file, or says it anew where the file was described before. */
export const describeFile = act("describe", {
  audience: "internal",
  input: z.strictObject({ xml, file: z.uuid().optional(), hashes: z.number().int().min(0) }),
  apply: async (tx, { id }, { xml: sent, file, hashes }, { node, now }) => {
    const own = file ?? newId();
    const sealed = seal(node.services.keys.seal, sent, filePlace(own));
    if (file === undefined) {
      const { rows } = await sql<{
        n: number;
      }>`select count(*)::int as n from hotline_file where hotline_report_id = ${id}`.execute(tx);
      if ((rows[0]?.n ?? 0) >= FILES_MAX)
        throw new Refusal("too-large", "hotline-files", { values: { maximum: FILES_MAX } });
      await tx.insertInto("hotline_file").values({ id: own, hotline_report_id: id, sealed, at: now }).execute();
    } else {
      const { numUpdatedRows } = await tx
        .updateTable("hotline_file")
        .set({ sealed, at: now })
        .where("id", "=", file)
        .where("hotline_report_id", "=", id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new Refusal("not-found", "not-found");
    }
    return { file: own, hashes };
  },
});

/** What was sent is in the office's report now, or not wanted any more. */
async function empty(tx: Tx, id: string): Promise<void> {
  await sql`update hotline_report set sealed = null where id = ${id}`.execute(tx);
  await sql`update hotline_file set sealed = null where hotline_report_id = ${id}`.execute(tx);
}

/** Marks a report as handed to the office. The office's report was written before, under the same number, so a broken call is simply repeated. */
export const finishTip = act("finish", {
  audience: "internal",
  input: z.strictObject({ report: z.uuid(), reference: z.string() }),
  apply: async (tx, { id }, { report, reference }) => {
    await sql`update hotline_report set report_id = ${report} where id = ${id}`.execute(tx);
    await empty(tx, id);
    return { report, reference };
  },
});

export const retractTip = act("retract", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, { id }) => {
    await empty(tx, id);
    return {};
  },
});

/** Nobody finished it in time. */
export const expireTip = act("expire", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, { id }) => {
    await empty(tx, id);
    return {};
  },
});

const AT_ONCE = 500;

/** Forgets reports that nobody finished. */
export const expiry: Job = {
  name: "hotline-expiry",
  everySeconds: 300,
  run: async (node) => {
    const { rows } = await sql<{
      id: string;
    }>`select id from hotline_report where state = 'open' and expires_at <= ${node.clock()}
      order by expires_at limit ${sql.lit(AT_ONCE)}`.execute(node.db);
    for (const { id } of rows)
      await perform({ node, actor: system("hotline"), act: expireTip, id, input: {} }).catch((error: unknown) => {
        // Its sender finished it at the last moment.
        if (refusalFrom(error)?.code !== "wrong-state") throw error;
      });
  },
};

export const hotlineActs = [openTip, describeFile, finishTip, retractTip, expireTip] as const;
