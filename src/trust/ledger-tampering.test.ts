import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LedgerNode, ledgerNode } from "../../test/ledger-world.ts";
import { thorough } from "../../test/thorough.ts";
import { sql } from "../kernel/database.ts";

// One byte changed anywhere in what the database keeps of the ledger is found, and the finding names the row.

const ENTRIES = 300;
let at: LedgerNode;
beforeAll(async () => {
  at = await ledgerNode();
  await at.acts(4);
  await at.run();
  await at.acts(ENTRIES - 4);
  await at.run();
});
afterAll(() => at.close());

const flipped = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  const place = randomInt(changed.length);
  changed[place] = (changed[place] ?? 0) ^ (1 << randomInt(8));
  return changed;
};
/** Another letter in the place of one letter or digit of a text. */
function otherLetter(text: string): string {
  const places = [...text.matchAll(/[a-z0-9]/gi)].map(({ index }) => index);
  const place = places[randomInt(places.length)] ?? 0;
  const letters = /\d/.test(text[place] ?? "") ? "0123456789" : "abcdefghijklmnopqrstuvwxyz";
  const others = [...letters].filter((letter) => letter !== text[place]?.toLowerCase());
  return text.slice(0, place) + (others[randomInt(others.length)] ?? "") + text.slice(place + 1);
}

/** A change of one byte, how it is taken back, and what the finding must name. */
interface Change {
  readonly what: string;
  readonly undo: () => Promise<unknown>;
  readonly isNamed: (finding: Awaited<ReturnType<LedgerNode["check"]>>["findings"][number]) => boolean;
}

async function changeEntry(): Promise<Change | null> {
  const { db } = at.node;
  const row = await db
    .selectFrom("journal")
    .selectAll()
    .where("leaf", "=", randomInt(ENTRIES))
    .executeTakeFirstOrThrow();
  const isNamed: Change["isNamed"] = ({ entry, leaf }) => entry === row.id || leaf === row.leaf;
  const column = (["salt", "digest", "record", "act"] as const)[randomInt(4)] ?? "salt";
  const set = (value: unknown) =>
    sql`update journal set ${sql.ref(column)} = ${column === "record" ? sql`${String(value)}::jsonb` : sql`${value}`} where id = ${row.id}`.execute(
      db,
    );
  const before = column === "record" ? JSON.stringify(row.record) : row[column];
  const after = Buffer.isBuffer(before) ? flipped(before) : otherLetter(before);
  // A text in which the change left no JSON is none that a database would keep.
  if (column === "record" && !isJson(String(after))) return null;
  if (column === "record" && JSON.stringify(JSON.parse(String(after))) === before) return null;
  await set(after);
  return { what: `journal.${column} of ${row.id}`, undo: () => set(before), isNamed };
}
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function changeTile(): Promise<Change> {
  const { db } = at.node;
  const tiles = await db.selectFrom("ledger_tile").selectAll().execute();
  const tile = tiles[randomInt(tiles.length)];
  if (!tile) throw new Error("the ledger has no tile");
  const set = (bytes: Buffer) =>
    db.updateTable("ledger_tile").set({ bytes }).where("level", "=", tile.level).where("idx", "=", tile.idx).execute();
  await set(flipped(tile.bytes));
  const path = `tile/${tile.level < 0 ? "entries" : tile.level}/`;
  return {
    what: `tile ${tile.level}/${tile.idx}`,
    undo: () => set(tile.bytes),
    isNamed: ({ kind, differs }) => kind === "tile" && differs.some((name) => name.startsWith(path)),
  };
}

async function changeCheckpoint(): Promise<Change> {
  const { db } = at.node;
  const all = await db.selectFrom("ledger_checkpoint").selectAll().execute();
  const one = all[randomInt(all.length)];
  if (!one) throw new Error("the ledger has no checkpoint");
  const isRoot = randomInt(2) === 0;
  const set = (values: { root?: Buffer; note?: string }) =>
    db.updateTable("ledger_checkpoint").set(values).where("size", "=", one.size).execute();
  await set(isRoot ? { root: flipped(one.root) } : { note: otherLetter(one.note) });
  return {
    what: `checkpoint ${one.size}, ${isRoot ? "root" : "note"}`,
    undo: () => set({ root: one.root, note: one.note }),
    isNamed: ({ kind, differs }) => kind === "checkpoint" && differs.some((name) => name.includes(`size ${one.size}`)),
  };
}

describe("the journal and the ledger's own tables", () => {
  test(
    "one byte changed at random is found, and named",
    async () => {
      expect((await at.check()).findings).toEqual([]);
      const changes = [changeEntry, changeEntry, changeTile, changeCheckpoint];
      for (let done = 0; done < thorough(12, 1_000);) {
        const change = await (changes[randomInt(changes.length)] ?? changeEntry)();
        if (!change) continue;
        const { findings } = await at.check();
        expect([change.what, findings.some(change.isNamed), findings.map(({ says }) => says)]).toEqual([
          change.what,
          true,
          expect.anything(),
        ]);
        await change.undo();
        done += 1;
      }
      expect((await at.check()).findings).toEqual([]);
    },
    thorough(60_000, 1_800_000),
  );
});
