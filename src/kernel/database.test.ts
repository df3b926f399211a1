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
    expect(await read()).toEqual([{ id: 1, word: "before" }]);
    await sql`alter table changing add column more int`.execute(db);
    await expect(read()).rejects.toThrow("cached plan");
    expect(await read()).toEqual([{ id: 1, word: "before", more: null }]);
  } finally {
    await db.destroy();
    await database.drop();
  }
});

test("texts that come once are not kept for ever", async () => {
  const database = await testDatabase();
  const pool = openPool(database.url, 1);
  const db = openDatabase(pool);
  try {
    for (let n = 0; n < 700; n += 1) await sql`select ${n}::int as value, ${sql.lit(n)} as written`.execute(db);
    const { rows } = await sql<{ n: number }>`select count(*) as n from pg_prepared_statements`.execute(db);
    expect(rows[0]?.n).toBeGreaterThan(10);
    expect(rows[0]?.n).toBeLessThanOrEqual(500);
  } finally {
    await db.destroy();
    await database.drop();
  }
});
