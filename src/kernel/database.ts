import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import type { Tables } from "./tables.ts";

/** The node's tables, typed from the migrations (`npm run generate`). */
export type Database = Kysely<Tables>;
/** An open transaction over them. */
export type Tx = Transaction<Tables>;
export { sql };

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

/** Most statements that a pool keeps prepared; what comes after is planned each time. */
const PREPARED_MAX = 500;
/** Uses before a statement is prepared: a list has as many texts as ways to filter it, most of which come once. */
const USES_BEFORE = 2;
/** Texts whose uses are counted, before counting begins anew. */
const COUNTED_MAX = 2_000;

const ANEW = "/* planned anew */";
/**
 * Stands in a statement that PostgreSQL is to plan for its values each time. A look-up in a list is read in a few milliseconds with the plan for
 * one office, one kind, one moment, and in a hundred with a plan for any: kept prepared, it would come to that plan at its sixth run.
 */
export const plannedAnew = sql.raw(ANEW);

/** The statements that the connections of one pool have prepared, each under a name. */
class Prepared {
  readonly #names = new Map<string, string>();
  readonly #uses = new Map<string, number>();
  #named = 0;

  /** The name to send it under; nothing where it is to be planned for its values, or has come too seldom. */
  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (text.includes(ANEW) || this.#names.size >= PREPARED_MAX) return undefined;
    const uses = this.#uses.get(text) ?? 0;
    if (uses < USES_BEFORE) {
      if (this.#uses.size >= COUNTED_MAX) this.#uses.clear();
      this.#uses.set(text, uses + 1);
      return undefined;
    }
    this.#uses.delete(text);
    this.#named += 1;
    const name = `comity_${this.#named}`;
    this.#names.set(text, name);
    return name;
  }

  /** What PostgreSQL says is outdated gets another name when it comes again, and so is prepared anew. */
  forget(text: string): void {
    this.#names.delete(text);
  }
}

/** PostgreSQL's `feature_not_supported`: a table has changed under a prepared statement, as when a newer node migrates. */
const OUTDATED = "0A000";

/** A connection that has PostgreSQL parse and plan each parameterised statement once: a fifth of an act's time. */
class Connection extends pg.Client {
  readonly #prepared: Prepared;
  constructor(prepared: Prepared, config?: string | pg.ClientConfig) {
    super(config);
    this.#prepared = prepared;
    // A connection that breaks while it is lent out fails its borrower's statement; unheard, it would end the process too.
    this.on("error", () => undefined);
  }
  // The driver above calls this one form; every other goes through as it is.
  override query(...given: readonly unknown[]): never {
    const [text, values, ...more] = given;
    const plain = super.query.bind(this) as (...parameters: readonly unknown[]) => unknown;
    const name =
      typeof text === "string" && Array.isArray(values) && values.length > 0 && more.length === 0
        ? this.#prepared.nameOf(text)
        : undefined;
    if (name === undefined) return plain(...given) as never;
    return (plain({ name, text, values }) as Promise<unknown>).catch((error: unknown) => {
      if (codeOf(error) === OUTDATED) this.#prepared.forget(text as string);
      throw error;
    }) as never;
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/** A pool of at most `connections` to `url`. `timestamptz` reads as `Temporal.Instant`, `date` as `PlainDate`, `bigint` as number. */
export function openPool(url: string, connections: number): pg.Pool {
  const prepared = new Prepared();
  const pool = new pg.Pool({
    Client: class extends Connection {
      constructor(config?: string | pg.ClientConfig) {
        super(prepared, config);
      }
    },
    connectionString: url,
    max: connections,
    types,
    application_name: "comity",
    // A page's statements are done before one of them would be compiled. An address that has options of its own keeps those.
    options: "-c jit=off",
  });
  // An idle connection that the server closed is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  return pool;
}

/** The typed query builder over a pool. */
export const openDatabase = (pool: pg.Pool): Database => new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });

/** True where PostgreSQL reports a broken unique constraint. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === "23505";

/** PostgreSQL is starting or ending, or nobody listens at its address; class 08 of SQLSTATE comes on top. */
const AWAY = new Set<unknown>(["ECONNREFUSED", "ECONNRESET", "57P01", "57P02", "57P03"]);
const BROKEN = /^Connection terminated|^Client has encountered a connection error/;

/** True where the database could not be reached or the connection to it broke: the same call may do later. */
export const isAway = (error: unknown): boolean => {
  const code = codeOf(error);
  return (
    AWAY.has(code) ||
    (typeof code === "string" && /^08[0-9A-Z]{3}$/.test(code)) ||
    (error instanceof Error && BROKEN.test(error.message))
  );
};

/** What an operator is told where the database could not be reached. */
export const unreachable = (error: unknown): string =>
  `PostgreSQL can't be reached: ${error instanceof Error ? error.message : "no answer"}. Check COMITY_DATABASE (or DATABASE_URL).`;
