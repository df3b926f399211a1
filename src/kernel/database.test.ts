import { expect, test } from "vitest";
import { testDatabase } from "../../test/node.ts";
import { openDatabase, openPool, sql } from "./database.ts";

test("a table that changes under a prepared statement costs one answer, not the connection", async () => {
  const database = await testDatabase();
  const pool = openPool(database.url, 1);
  const db = openDatabase(pool);
  try {
    await sql`create table changing (id int primary key, word text)`.execute(db);
    await sql`insert into changing values (${1}::int, ${"before"}::text)`.execute(db);
    const read = async () => (await sql`select * from changing where id = ${1}`.execute(db)).rows;
    for (let n = 0; n < 3; n += 1) expect(await read()).toEqual([{ id: 1, word: "before" }]);
    await sql`alter table changing add column more int`.execute(db);
    await expect(read()).rejects.toThrow("cached plan");
    expect(await read()).toEqual([{ id: 1, word: "before", more: null }]);
  } finally {
    await db.destroy();
    await database.drop();
  }
});

test("texts that come once are not prepared; one that comes often is, however many others came before", async () => {
  const database = await testDatabase();
  const pool = openPool(database.url, 1);
  const db = openDatabase(pool);
  try {
    const read = async (written: number) => sql`select ${1}::int as value, ${sql.lit(written)} as written`.execute(db);
    const prepared = async () =>
      (await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db)).rows.length;
    for (let n = 0; n < 2_500; n += 1) await read(n);
    expect(await prepared()).toBe(0);
    for (let n = 0; n < 3; n += 1) await read(-1);
    expect(await prepared()).toBe(1);
    for (let n = 0; n < 3 * 520; n += 1) await read(n % 520);
    expect(await prepared()).toBeLessThanOrEqual(500);
  } finally {
    await db.destroy();
    await database.drop();
  }
});
