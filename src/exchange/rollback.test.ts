import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { introduce, parcelFrom, type Station, station } from "../../test/exchange-world.ts";
import { chrome } from "../chrome.ts";
import { sql } from "../kernel/database.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { resumeLedger } from "../ledger/acts.ts";
import { ledgerDesk } from "../ledger/slice.ts";
import { ledgerView } from "../ledger/views.ts";
import { LEDGER, sequencer } from "../trust/ledger-guard.ts";
import { ledgerSigner } from "../trust/ledger-key.ts";
import { ledger } from "../trust/ledger-slice.ts";
import { latestCheckpoint } from "../trust/ledger.ts";
import { sequence } from "../trust/sequencer.ts";
import { rewitnessPeer } from "./acts.ts";
import { seekWitnesses } from "./messages-cosigners.ts";
import { watchLedgers } from "./messages-watch.ts";
import { peerView } from "./views.ts";

// Three nodes with their own databases, and one of them whose database is put back, as from a backup, or rewritten.

let [aruna, belmora, ceres]: Station[] = [];
const closes: (() => Promise<unknown>)[] = [];
const at = (mine: Station | undefined): Station => {
  if (!mine) throw new Error("the station is not there");
  return mine;
};
beforeAll(async () => {
  const slices = [ledger, ledgerDesk];
  [aruna, belmora, ceres] = await Promise.all(["XA", "XB", "XC"].map((code) => station(code, { slices })));
  const portal = await makeServer({ node: at(aruna).node, role: "portal", chrome });
  Object.assign(at(aruna).node.config, { portal_url: await portal.listen({ host: "127.0.0.1", port: 0 }) });
  closes.push(() => portal.close(), ...[aruna, belmora, ceres].map((each) => () => at(each).close()));
  await introduce(at(aruna), at(belmora), at(ceres));
});
afterAll(async () => {
  for (const close of closes) await close();
});

/** What a backup of the ledger holds. */
async function backup({ node: { db } }: Station) {
  const tiles = await db.selectFrom("ledger_tile").selectAll().execute();
  const size = (await latestCheckpoint(db))?.size ?? 0;
  return { tiles, size };
}
/** Puts the ledger's tables back to what the backup holds; entries that came later are gone, as they are from a restored database. */
async function restore({ node: { db } }: Station, { tiles, size }: Awaited<ReturnType<typeof backup>>): Promise<void> {
  await sql`delete from outbox where entry in (select id from journal where leaf >= ${size} or leaf is null)`.execute(
    db,
  );
  await sql`delete from journal where leaf >= ${size} or leaf is null`.execute(db);
  await sql`delete from ledger_cosignature where size > ${size}`.execute(db);
  await sql`delete from ledger_checkpoint where size > ${size}`.execute(db);
  await sql`delete from ledger_tile`.execute(db);
  await db.insertInto("ledger_tile").values(tiles).execute();
}
const forgetMark = ({ node }: Station) => rmSync(join(node.config.folder, "ledger.signed"), { force: true });
const sizeOf = async ({ node }: Station) => (await latestCheckpoint(node.db))?.size ?? 0;
const act = (mine: Station) => parcelFrom(mine, "XB");
const ledgerOf = async (mine: Station) => {
  const facts = await ledgerView.read(readerOf(mine.node, mine.at.officer("administrator")), { id: LEDGER.id });
  if (!facts) throw new Error("the ledger has no page");
  return facts;
};
const alarmsAt = async (mine: Station, code: string) => {
  const row = await mine.node.db.selectFrom("peer").select("id").where("code", "=", code).executeTakeFirstOrThrow();
  const facts = await peerView.read(readerOf(mine.node, mine.at.officer("administrator")), { id: row.id });
  return facts?.alarms.map(({ kind }) => kind) ?? [];
};
const present = (mine: Station) => ({ ...mine.at.officer("administrator"), steppedUpAt: mine.node.clock() });
const resume = (mine: Station) =>
  perform({
    node: mine.node,
    actor: present(mine),
    act: resumeLedger,
    id: LEDGER.id,
    input: { reason: "The disk died." },
  });

describe("a ledger whose database is put back", () => {
  test("signs nothing more, by its own mark or by what its peers hold; acts go on, and a person must decide", async () => {
    const [mine, witness] = [at(aruna), at(belmora)];
    await act(mine);
    await sequencer.run(mine.node);
    const kept = await backup(mine);
    await act(mine);
    await sequencer.run(mine.node);
    await seekWitnesses(mine.node);
    const lost = await sizeOf(mine);
    await restore(mine, kept);
    forgetMark(mine);
    await act(mine);
    await sequencer.run(mine.node);
    expect(await sizeOf(mine)).toBe(kept.size);
    const stopped = await ledgerOf(mine);
    expect(stopped.row).toMatchObject({
      state: "stopped",
      stopped: { reason: "rolled-back", size: lost, ours: kept.size },
    });
    expect(stopped.waiting).toBeGreaterThan(0);
    expect(stopped.alarms.map(({ kind }) => kind)).toEqual(["stopped"]);

    await watchLedgers(witness.node);
    expect(await alarmsAt(witness, "XA")).toEqual(["shrunk"]);

    const { done } = await resume(mine);
    expect(done["lost"]).toMatchObject([{ reason: "rolled-back", size: lost }]);
    await sequencer.run(mine.node);
    const now = await sizeOf(mine);
    expect(now).toBeGreaterThan(kept.size);
    expect((await ledgerOf(mine)).row.state).toBe("signing");

    // The witness remembers until its own people decide.
    await seekWitnesses(mine.node);
    expect(await alarmsAt(mine, "XB")).toEqual(["refused"]);
    expect((await ledgerOf(mine)).row.state).toBe("signing");
    for (const other of [witness, at(ceres)]) {
      const { id } = await other.node.db
        .selectFrom("peer")
        .select("id")
        .where("code", "=", "XA")
        .executeTakeFirstOrThrow();
      const input = { reason: "They telephoned: their disk died." };
      await perform({ node: other.node, actor: present(other), act: rewitnessPeer, id, input });
    }
    await seekWitnesses(mine.node);
    const { witnesses } = await ledgerOf(mine);
    expect(witnesses.map(({ name, kinds }) => [name, ...kinds])).toEqual([
      ["XB", "ed25519", "ml-dsa-44"],
      ["XC", "ed25519", "ml-dsa-44"],
    ]);
    expect(await alarmsAt(mine, "XB")).toEqual([]);
    await watchLedgers(witness.node);
    expect(await alarmsAt(witness, "XA")).toEqual([]);
  });

  test("its own mark is enough, while no peer answers; and a database that was put right again loses nothing", async () => {
    const mine = at(aruna);
    const before = await backup(mine);
    const journal = await mine.node.db.selectFrom("journal").select("id").execute();
    await act(mine);
    await sequencer.run(mine.node);
    const whole = await backup(mine);
    const checkpoints = await mine.node.db
      .selectFrom("ledger_checkpoint")
      .selectAll()
      .where("size", ">", before.size)
      .execute();
    const tail = await sql<
      Record<string, unknown>
    >`select id, ord, leaf from journal where leaf >= ${before.size}`.execute(mine.node.db);
    // Back to the backup, but the entries are still in the write-ahead log, as `tail` keeps them here.
    await sql`update journal set leaf = -1 - leaf where leaf >= ${before.size}`.execute(mine.node.db);
    await sql`delete from ledger_checkpoint where size > ${before.size}`.execute(mine.node.db);
    await sql`delete from ledger_tile`.execute(mine.node.db);
    await mine.node.db.insertInto("ledger_tile").values(before.tiles).execute();
    for (const each of [belmora, ceres]) at(each).fault = () => "down";
    await sequencer.run(mine.node);
    expect((await ledgerOf(mine)).row).toMatchObject({ state: "stopped", stopped: { by: "", reason: "rolled-back" } });
    for (const row of tail.rows)
      await sql`update journal set leaf = ${row["leaf"]} where id = ${row["id"]}`.execute(mine.node.db);
    await mine.node.db.insertInto("ledger_checkpoint").values(checkpoints).execute();
    await sql`delete from ledger_tile`.execute(mine.node.db);
    await mine.node.db.insertInto("ledger_tile").values(whole.tiles).execute();
    expect((await resume(mine)).done["lost"]).toEqual([]);
    await sequencer.run(mine.node);
    for (const each of [belmora, ceres]) at(each).fault = () => "pass";
    await seekWitnesses(mine.node);
    expect((await ledgerOf(mine)).witnesses.every(({ kinds }) => kinds.length === 2)).toBe(true);
    expect(journal.length).toBeGreaterThan(0);
  });
});

describe("a ledger that shows each witness another history", () => {
  test("is refused, stops, and is found out by the one who was shown the other", async () => {
    const [mine, first, second] = [at(aruna), at(belmora), at(ceres)];
    const kept = await backup(mine);
    second.fault = () => "down";
    await act(mine);
    await sequencer.run(mine.node);
    await seekWitnesses(mine.node);
    // Whoever runs it rewrites what came since, and signs on with the key, around the program's own guard.
    await restore(mine, kept);
    forgetMark(mine);
    for (let n = 0; n < 4; n += 1) await act(mine);
    await sequence(mine.node.db, ledgerSigner(mine.node), mine.node.clock());
    [first.fault, second.fault] = [() => "pass", () => "pass"];
    await seekWitnesses(mine.node);
    const facts = await ledgerOf(mine);
    expect(facts.witnesses.map(({ kinds }) => kinds.length)).toEqual([0, 2]);
    expect(facts.row).toMatchObject({ state: "stopped", stopped: { reason: "forked", by: "XB" } });
    expect(await alarmsAt(mine, "XB")).toEqual(["refused"]);

    await watchLedgers(second.node);
    expect(await alarmsAt(second, "XA")).toContain("forked");
    const { conflicts } = await ledgerOf(second);
    expect(conflicts).toMatchObject([{ origin: "comity.ledger/xa", found_by: "XB" }]);
    const open = await (await fetch(`${second.node.config.gateway_url}/witness/v1/conflicts`)).json();
    expect(open).toMatchObject({ conflicts: [{ origin: "comity.ledger/xa", seen: conflicts[0]?.seen }] });
  });
});
