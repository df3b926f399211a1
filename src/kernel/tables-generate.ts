import pg from "pg";

const TYPES: Readonly<Record<string, string>> = {
  uuid: "string",
  text: "string",
  varchar: "string",
  bool: "boolean",
  int2: "number",
  int4: "number",
  int8: "number",
  float8: "number",
  numeric: "string",
  timestamptz: "Temporal.Instant",
  date: "Temporal.PlainDate",
  bytea: "Buffer",
  inet: "string",
  citext: "string",
};

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly generated: boolean;
}

function typeOf({ type, nullable, generated }: Column): string {
  const nullableType = (of: string) => (nullable ? `${of} | null` : of);
  if (type === "json" || type === "jsonb") {
    // Written as text (so that a JSON null is not an SQL null), read as what it holds.
    const json = `ColumnType<${nullableType("JsonValue")}, ${nullableType("string")}${generated ? " | undefined" : ""}, ${nullableType("string")}>`;
    return json;
  }
  const base = type.startsWith("_") ? `${TYPES[type.slice(1)] ?? "unknown"}[]` : (TYPES[type] ?? "unknown");
  return generated ? `Generated<${nullableType(base)}>` : nullableType(base);
}

/** Writes the TypeScript of `kernel/tables.ts` from a migrated database. */
export async function generateTables(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Column>(`
      select c.table_name as table, c.column_name as name, c.udt_name as type, c.is_nullable = 'YES' as nullable,
             (c.column_default is not null or c.is_identity = 'YES' or c.is_generated = 'ALWAYS') as generated
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      order by c.table_name, c.ordinal_position`);
    const tables = Map.groupBy(rows, (column) => column.table);
    const pascal = (name: string) => name.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    const interfaces = [...tables].map(
      ([table, columns]) =>
        `export interface ${pascal(table)}Table {\n${columns.map((c) => `  ${c.name}: ${typeOf(c)};`).join("\n")}\n}\n`,
    );
    const index = `/** Every table of a node. */\nexport interface Tables {\n${[...tables.keys()].map((t) => `  ${t}: ${pascal(t)}Table;`).join("\n")}\n}\n`;
    return `// Generated from migrations/ by \`npm run generate\`; a test fails when it has drifted.\nimport type { ColumnType, Generated } from "kysely";\nimport type { Json } from "./json.ts";\n\ntype JsonValue = Json;\n\n${interfaces.join("\n")}\n${index}`;
  } finally {
    await client.end();
  }
}
