import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Officer } from "../src/kernel/actor.ts";
import type { Node } from "../src/kernel/node.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { type Measurement, measured, rate } from "./measurement.ts";
import { withNode } from "./node.ts";

const SECONDS = 5;
const LANES = 8;
const CASES = 64;
const TEXT = "The bank confirms that the account was opened on the day before the transfer.";

/** An investigator as a session would give one; the bench measures what comes after. */
const officerOf = (node: Node): Officer => ({
  kind: "officer",
  account: randomUUID(),
  name: "Bench Investigator",
  role: "investigator",
  locale: "en",
  via: "token",
  credential: randomUUID(),
  steppedUpAt: null,
  office: { id: randomUUID(), name: "Police", kind: "police", zone: node.config.zone },
});

/**
 * An act through the whole pipeline (a note on a case: validated, locked, decided by Cedar under the country's pack, journalled,
 * committed) against the bare SQL of the same in one transaction.
 */
export const measureAct = (): Promise<Measurement[]> =>
  withNode(async (node) => {
    const officer = officerOf(node);
    const act = (name: string) => {
      const found = node.registry.acts.get(name);
      if (!found) throw new Error(`there is no act ${name}`);
      return found;
    };
    const cases: string[] = [];
    for (let n = 0; n < CASES; n += 1)
      cases.push((await perform({ node, actor: officer, act: act("case.open"), input: { title: `Bench ${n}` } })).id);
    let turn = 0;
    const next = () => cases[turn++ % cases.length] ?? "";
    const whole = () => perform({ node, actor: officer, act: act("case.note"), id: next(), input: { body: TEXT } });
    const bare = () => bareNote(node, next(), officer);
    await rate(whole, LANES, 1);
    await rate(bare, LANES, 1);
    const before = await rate(bare, LANES, SECONDS);
    const acts = await rate(whole, LANES, SECONDS);
    const after = await rate(bare, LANES, SECONDS);
    return [
      measured("act through the pipeline", acts, "acts/s", {
        name: "its bare SQL in one transaction",
        value: (before + after) / 2,
      }),
    ];
  });

async function bareNote({ pool }: Node, id: string, officer: Officer): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select * from case_file where id = $1 for update", [id]);
    await client.query("insert into case_note (id, case_id, at, author, body) values ($1, $2, now(), $3, $4)", [
      randomUUID(),
      id,
      officer.name,
      TEXT,
    ]);
    const { rows } = await client.query<{ seq: number; digest: Buffer }>(
      "select seq, digest from journal where subject_kind = 'case' and subject_id = $1 order by seq desc limit 1",
      [id],
    );
    const salt = randomBytes(32);
    const record = JSON.stringify({ act: "case.note", actor: officer, id, text: TEXT });
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
}
