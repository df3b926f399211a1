import { randomBytes, randomUUID } from "node:crypto";
import { createHash } from "node:crypto";
import { perform } from "../src/kernel/pipeline.ts";
import type { Node } from "../src/kernel/node.ts";
import type { Officer } from "../src/kernel/actor.ts";
import { type Measurement, measured, rate } from "./measurement.ts";

const SECONDS = 4;
const LANES = 8;

/**
 * An act through the whole pipeline (a note on a case: validated, locked, decided by Cedar, journalled, committed) against
 * the bare SQL of the same in one transaction.
 */
export async function measureAct({
  node,
  officer,
  caseIds,
}: {
  node: Node;
  officer: Officer;
  caseIds: readonly string[];
}): Promise<Measurement[]> {
  const note = node.registry.acts.get("case.note");
  if (!note) throw new Error("there is no act case.note");
  let turn = 0;
  const next = () => caseIds[turn++ % caseIds.length] ?? "";
  const text = "The bank confirms that the account was opened on the day before the transfer.";
  const act = () => perform({ node, actor: officer, act: note, id: next(), input: { text } });
  const bare = async () => {
    const client = await node.pool.connect();
    const id = next();
    try {
      await client.query("begin");
      await client.query('select * from "case" where id = $1 for update', [id]);
      await client.query(
        "insert into case_note (id, case_id, text, at, account, by_name) values ($1, $2, $3, now(), $4, $5)",
        [randomUUID(), id, text, officer.account, officer.name],
      );
      const { rows } = await client.query<{ seq: number; digest: Buffer }>(
        "select seq, digest from journal where subject_kind = 'case' and subject_id = $1 order by seq desc limit 1",
        [id],
      );
      const salt = randomBytes(32);
      const record = JSON.stringify({ act: "case.note", id, text });
      await client.query(
        "insert into journal (id, at, act, subject_kind, subject_id, seq, prev, record, salt, digest) values ($1, now(), 'case.note', 'case', $2, $3, $4, $5, $6, $7)",
        [
          randomUUID(),
          id,
          (rows[0]?.seq ?? 0) + 1,
          rows[0]?.digest ?? null,
          record,
          salt,
          createHash("sha256").update(salt).update(record).digest(),
        ],
      );
      await client.query("commit");
    } finally {
      client.release();
    }
  };
  await rate(act, LANES, 1);
  await rate(bare, LANES, 1);
  const sql = await rate(bare, LANES, SECONDS);
  const whole = await rate(act, LANES, SECONDS);
  return [
    measured("act through the pipeline", whole, "acts/s", { name: "its bare SQL in one transaction", value: sql }),
  ];
}
