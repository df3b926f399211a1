import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sql } from "../kernel/database.ts";
import { digestOf, type Entry, journal, type JournalRecord } from "../kernel/journal.ts";
import { type LedgerNode, ledgerNode, NOW } from "../../test/ledger-world.ts";
import { ledgerCommand } from "./ledger-command.ts";
import { bundleOf, entriesOf } from "./tiles.ts";
import { leafHash } from "./verify-tlog.ts";

let at: LedgerNode;
beforeEach(async () => {
  at = await ledgerNode();
});
afterEach(() => at.close());
const acts: LedgerNode["acts"] = (...given) => at.acts(...given);
const run: LedgerNode["run"] = (batchEntries) => at.run(batchEntries);
const check: LedgerNode["check"] = () => at.check();

/** Rewrites an entry so that it agrees with itself: new record, new digest. */
async function forge(
  { record, salt }: Entry,
  change: Partial<JournalRecord>,
): Promise<{ old: Buffer; digest: Buffer }> {
  const forged = { ...record, ...change };
  const digest = digestOf(salt, forged);
  await sql`update journal set record = ${JSON.stringify(forged)}::jsonb, digest = ${digest}, at = ${forged.at}, act = ${forged.act} where id = ${record.id}`.execute(
    at.node.db,
  );
  return { old: digestOf(salt, record), digest };
}

describe("comity ledger check", () => {
  let entries: Entry[];
  const third = () => entries[2] as Entry;
  beforeEach(async () => {
    entries = await acts(4);
    await run();
    entries.push(...(await acts(300)));
    await run();
  });
  const subjectOf = (entry: Entry) => ({ kind: "request", id: entry.record.subject.id });

  test("an untouched journal is good", async () => {
    expect(await check()).toMatchObject({ ok: true, findings: [], size: 304, checkpoints: 2, entries: 304 });
  });

  test.each([
    [
      "its record",
      "update journal set record = jsonb_set(record, '{change,n}', '99') where leaf = 2",
      ["record or salt"],
    ],
    ["its salt", "update journal set salt = decode(repeat('00', 32), 'hex') where leaf = 2", ["record or salt"]],
    ["its digest", "update journal set digest = decode(repeat('00', 32), 'hex') where leaf = 2", ["digest"]],
    ["its time", "update journal set at = at + interval '1 hour' where leaf = 2", ["at"]],
    ["its act", "update journal set act = 'request.send' where leaf = 2", ["act"]],
    ["its subject", "update journal set subject_kind = 'case' where leaf = 2", ["subject_kind"]],
    ["what it follows", "update journal set prev = null where leaf = 2", ["prev"]],
  ])("altered, %s", async (_, statement, differs) => {
    await sql.raw(statement).execute(at.node.db);
    const { ok, findings } = await check();
    expect(ok).toBe(false);
    const altered = findings.filter(({ kind }) => kind === "altered");
    expect(altered).toMatchObject([{ entry: third().record.id, leaf: 2, seq: 3, differs }]);
    expect(findings.filter(({ kind }) => kind === "inserted")).toEqual([]);
    expect(altered[0]?.says).toContain(third().record.id);
  });

  test("altered so that the entry agrees with itself", async () => {
    await forge(third(), { act: "request.send" });
    expect((await check()).findings).toMatchObject([
      {
        kind: "altered",
        entry: third().record.id,
        leaf: 2,
        subject: subjectOf(third()),
        differs: ["record or salt", "digest"],
      },
    ]);
  });

  test("altered in the journal, in the tile and in the bundle alike: the checkpoint and the next entry tell", async () => {
    const { digest } = await forge(third(), { act: "request.send" });
    const rows = await at.node.db.selectFrom("ledger_tile").selectAll().where("idx", "=", 0).execute();
    for (const { level, bytes } of rows) {
      if (level === 0) leafHash(digest).copy(bytes, 64);
      const changed =
        level === -1 ? bundleOf(entriesOf(bytes).map((entry, index) => (index === 2 ? digest : entry))) : bytes;
      await at.node.db
        .updateTable("ledger_tile")
        .set({ bytes: changed })
        .where("level", "=", level)
        .where("idx", "=", 0)
        .execute();
    }
    const { findings } = await check();
    expect(findings).toContainEqual(expect.objectContaining({ kind: "altered", entry: third().record.id, leaf: 2 }));
    expect(findings.find(({ kind }) => kind === "checkpoint")?.says).toContain("leaf 0 to 3");
  });

  test("removed: its leaf, and the chain it was taken from", async () => {
    await sql`delete from journal where leaf = 2`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "removed", leaf: 2, subject: subjectOf(third()), seq: 3 }]);
  });

  test("removed from the end of a chain", async () => {
    await sql`delete from journal where leaf = 303`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "removed", leaf: 303 }]);
  });

  test("taken out of its place", async () => {
    await sql`update journal set leaf = null where leaf = 2`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "removed", entry: third().record.id, leaf: 2 }]);
  });

  test("two entries that changed places are both named", async () => {
    await sql`update journal set leaf = -1 where leaf = 2`.execute(at.node.db);
    await sql`update journal set leaf = 2 where leaf = 3`.execute(at.node.db);
    await sql`update journal set leaf = 3 where leaf = -1`.execute(at.node.db);
    const { findings } = await check();
    expect(findings.map(({ entry }) => entry)).toEqual([entries[3]?.record.id, entries[2]?.record.id]);
  });

  test("inserted, with a leaf that was never given", async () => {
    const [extra] = await acts(1);
    await sql`update journal set leaf = 304 where id = ${extra?.record.id ?? ""}`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "inserted", entry: extra?.record.id, leaf: 304 }]);
  });

  test.each([
    ["before the sequencer comes", false],
    ["and sequenced", true],
  ])("inserted at the end of a chain it does not follow, %s", async (_, isSequenced) => {
    const last = entries[3] as Entry;
    const [extra] = await acts(1, subjectOf(last), { ...last, digest: Buffer.alloc(32, 9) });
    if (isSequenced) await run();
    expect((await check()).findings).toMatchObject([
      { kind: "inserted", entry: extra?.record.id, seq: 5, differs: ["prev"] },
    ]);
  });

  test("back-dated: written and sequenced in the ordinary way, but with a day on which the ledger had not got it", async () => {
    const facts = {
      node: at.node.code,
      now: NOW.subtract({ hours: 30 }),
      act: "request.note",
      subject: { kind: "request", id: randomUUID() },
      actor: { kind: "system", job: "test" } as const,
      basis: [],
      decision: { policies: ["test"], pack: "0".repeat(64) },
      change: {},
    };
    const entry = await at.node.db.transaction().execute((tx) => journal(tx, facts));
    await run();
    expect((await check()).findings).toMatchObject([{ kind: "backdated", entry: entry.record.id, leaf: 304, seq: 1 }]);
  });

  test("inserted by hand, without a digest of its own", async () => {
    const id = randomUUID();
    await sql`insert into journal (id, at, act, subject_kind, subject_id, seq, record, salt, digest)
      select ${id}::uuid, at, act, subject_kind, ${randomUUID()}::uuid, 1, record, salt, digest from journal where leaf = 0`.execute(
      at.node.db,
    );
    expect((await check()).findings).toMatchObject([{ kind: "inserted", entry: id }]);
    await run();
    expect((await check()).findings).toMatchObject([{ kind: "altered", entry: id, leaf: 304 }]);
  });

  test("a tile changed, a bundle lost: the journal is not blamed", async () => {
    await sql`update ledger_tile set bytes = overlay(bytes placing '\\xffff'::bytea from 100) where level = 0 and idx = 1`.execute(
      at.node.db,
    );
    await sql`delete from ledger_tile where level = -1 and idx = 0`.execute(at.node.db);
    await sql`update ledger_tile set bytes = overlay(bytes placing '\\xffff'::bytea from 1) where level = 1`.execute(
      at.node.db,
    );
    const { findings } = await check();
    expect(findings.map(({ kind, differs }) => [kind, ...differs]).toSorted()).toEqual([
      ["tile", "tile/0/001"],
      ["tile", "tile/1/000"],
      ["tile", "tile/entries/000"],
    ]);
  });

  test("a checkpoint with another root, or by another key", async () => {
    await sql`update ledger_checkpoint set root = decode(repeat('00', 32), 'hex') where size = 4`.execute(at.node.db);
    await sql`update ledger_checkpoint set note = replace(note, 'xa', 'xz') where size = 304`.execute(at.node.db);
    expect((await check()).findings.map(({ kind, differs }) => [kind, ...differs])).toEqual([
      ["checkpoint", "size 4: the note says something else"],
      ["checkpoint", "size 304: not signed by this ledger"],
    ]);
  });

  test("the command prints what it found and exits with 0 or 1", async () => {
    const printed: string[] = [];
    const call = async (...parameters: string[]) => {
      printed.length = 0;
      await ledgerCommand(
        (work) => work(at.node),
        (text) => printed.push(text),
      ).parseAsync(["check", ...parameters], { from: "user" });
      const { exitCode } = process;
      process.exitCode = undefined;
      return exitCode;
    };
    expect(await call()).toBe(0);
    expect(printed.join("\n")).toContain("Journal and ledger agree: 304 entries");
    await sql`update journal set act = 'request.send' where leaf = 2`.execute(at.node.db);
    expect(await call()).toBe(1);
    expect(printed[0]).toContain(`Altered: entry ${third().record.id}, leaf 2, request ${third().record.subject.id}`);
    expect(await call("--json")).toBe(1);
    expect(JSON.parse(printed.join(""))).toMatchObject({
      ok: false,
      findings: [{ kind: "altered", entry: third().record.id, differs: ["act"] }],
    });
  });
});
