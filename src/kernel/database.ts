import { Kysely, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import type { Tables } from "./tables.ts";

/** The node's tables, typed from the migrations (`npm run generate`). */
export type Database = Kysely<Tables>;
/** An open transaction over them. */
export type Tx = Transaction<Tables>;
export { sql } from "kysely";

const TIMESTAMPTZ = 1184;
const DATE = 1082;
const BIGINT = 20;

// pg's documented hook for values of a class of one's own; without it a Temporal value would be sent as JSON.
for (const type of [Temporal.Instant, Temporal.PlainDate])
  Object.defineProperty(type.prototype, "toPostgres", {
    value(this: { toString(): string }) {
      return this.toString();
    },
    configurable: true,
  });

const types = new pg.TypeOverrides();
types.setTypeParser(TIMESTAMPTZ, (text: string) => Temporal.Instant.from(text));
types.setTypeParser(DATE, (text: string) => Temporal.PlainDate.from(text));
types.setTypeParser(BIGINT, (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError("a bigint beyond 2^53 was read");
  return value;
});

/** A pool of at most `connections` to `url`. `timestamptz` reads as `Temporal.Instant`, `date` as `PlainDate`, `bigint` as number. */
export function openPool(url: string, connections: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: connections, types, application_name: "comity" });
  // An idle connection that the server closed is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  return pool;
}

/** The typed query builder over a pool. */
export const openDatabase = (pool: pg.Pool): Database => new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });

/** True where PostgreSQL reports a broken unique constraint. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "23505";
