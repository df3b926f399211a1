import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemsOf } from "../src/access/check.ts";
import { isWhole, loadCountry, sidePolicies } from "../src/access/country.ts";
import { checkPacks } from "../src/access/pack-command.ts";
import { readPack } from "../src/access/pack.ts";
import { policyOf } from "../src/access/policy.ts";
import type { Actor, Officer, Role } from "../src/kernel/actor.ts";
import { type Database, openDatabase, openPool, sql } from "../src/kernel/database.ts";
import { registry } from "../src/kernel/slice.ts";
import type { AttributeType, SubjectKind } from "../src/kernel/subject.ts";
import { OFFICE_OF, ROLES } from "../src/access/account.ts";
import { slices } from "../src/slices.ts";
import { testDatabase } from "./node.ts";
import { thorough } from "./thorough.ts";

/** The packs that ship, against the acts and things that the program really has. */
const node = registry(slices);
const CODES = ["XA", "XB", "XP"] as const;
type Code = (typeof CODES)[number];
const packs = new Map(CODES.map((code) => [code, readPack("packs", code)]));
const policiesOf = (code: Code) => [...(packs.get(code)?.policies ?? []), ...sidePolicies(node)];
const NOW = Temporal.Instant.from("2026-11-20T10:00:00Z");

test.skipIf(!isWhole(node)).each(CODES)(
  "pack %s speaks only of what the program has, and of nothing that a list can't apply",
  (code) => {
    expect(problemsOf(policiesOf(code), node)).toEqual([]);
  },
);

test.skipIf(!isWhole(node))("every act is permitted to somebody by some pack, or is the program's own", () => {
  const texts = CODES.flatMap((code) => packs.get(code)?.policies ?? []).filter(({ json }) => json.effect === "permit");
  const named = new Set(texts.flatMap(({ text }) => [...text.matchAll(/Action::"([^"]+)"/g)].map(([, name]) => name)));
  const forgotten = [...node.acts.values()]
    .filter((act) => act.audience !== "internal" && !named.has(act.name))
    .map(({ name }) => name);
  expect(forgotten).toEqual([]);
});

test.skipIf(!isWhole(node))("a mistake in a pack is said in words before the node starts", () => {
  const folder = mkdtempSync(join(tmpdir(), "comity-packs-"));
  try {
    cpSync("packs", folder, { recursive: true });
    expect(checkPacks(folder, ["XA"], node)).toEqual([expect.objectContaining({ code: "XA", problems: [] })]);
    appendFileSync(
      join(folder, "XA/policies.cedar"),
      `
      @id("XA.typo") permit (principal is Officer, action == Action::"request.autorise", resource is Request);
      @id("XA.stray") permit (principal is Officer, action == Action::"request.read", resource is Request) when { resource has ofice };`,
    );
    const [checked] = checkPacks(folder, ["XA"], node);
    expect(checked?.problems.join("\n")).toMatch(/policy "XA.typo".*request\.autorise/);
    expect(checked?.problems.join("\n")).toMatch(/policy "XA.stray": no request has the attribute "ofice"/);
    expect(() => loadCountry({ packs: folder, pack: "XA", code: "XA" }, node)).toThrow(/XA\.typo/);
    writeFileSync(join(folder, "XB/powers.json"), '{"code":"XB","name":"Belmora","powers":[{"power":"x"}]}');
    expect(checkPacks(folder, ["XB"], node)[0]?.problems.join("\n")).toMatch(/powers\.0\.measures/);
    writeFileSync(join(folder, "XB/powers.json"), readFileSync("packs/XB/powers.json"));
    writeFileSync(join(folder, "XB/numbers.json"), '{"police":"","source":"x"}');
    expect(checkPacks(folder, ["XB"], node)[0]?.problems.join("\n")).toMatch(/numbers\.json: police/);
    writeFileSync(join(folder, "XP/calendar.json"), "{");
    expect(checkPacks(folder, ["XP"], node)[0]?.problems.join("\n")).toMatch(/calendar\.json can't be read/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("lists and single pages agree, whatever the row", () => {
  let db: Database;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const database = await testDatabase();
    drop = database.drop;
    db = openDatabase(openPool(database.url, 1));
  });
  afterAll(async () => {
    await db.destroy();
    await drop();
  });
  const IDS = ["019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"] as const;
  const COLUMN: Readonly<Record<AttributeType, string>> = {
    String: "text",
    Long: "bigint",
    Bool: "boolean",
    Set: "text[]",
  };
  // Every constant that a policy compares with, so that both of its answers occur.
  const constants = [
    ...new Set([
      ...IDS,
      "XA",
      "XB",
      ...CODES.flatMap(policiesOf).flatMap(({ text }) => [...text.matchAll(/"([^"]*)"/g)].map(([, one = ""]) => one)),
    ]),
  ];
  const valueOf = (type: AttributeType): fc.Arbitrary<unknown> => {
    const string = fc.constantFrom(...constants);
    const value =
      type === "String"
        ? string
        : type === "Long"
          ? fc.integer({ min: -1, max: 5 })
          : type === "Bool"
            ? fc.boolean()
            : fc.uniqueArray(string, { maxLength: 3 });
    return fc.option<unknown>(value, { nil: null, freq: 4 });
  };
  const rowOf = (kind: SubjectKind) =>
    fc.record({
      ...Object.fromEntries(
        Object.entries(kind.attributes)
          .filter(([name]) => name !== "id")
          .map(([name, type]) => [name, valueOf(type)]),
      ),
      id: fc.uuid(),
    }) as fc.Arbitrary<Record<string, unknown> & { id: string }>;
  const officer = (role: Role, account: string, office: string): Officer => ({
    kind: "officer",
    account,
    name: "N",
    role,
    office: { id: office, name: "O", kind: OFFICE_OF[role], zone: "UTC" },
    locale: "en",
    via: "token",
    credential: account,
    steppedUpAt: null,
  });
  const actor: fc.Arbitrary<Actor> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom(...ROLES), fc.constantFrom(...IDS), fc.constantFrom(...IDS))
        .map(([role, account, office]) => officer(role, account, office)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Actor>(
        { kind: "public" },
        { kind: "reporter", report: IDS[0] },
        { kind: "peer", code: "XB", peerKind: "state" },
      ),
    },
  );

  const policies = CODES.map((code) => policyOf(policiesOf(code), code));

  test.each([...node.subjects.values()].map((kind) => [kind.name, kind] as const))("%s", async (name, kind) => {
    const alias = "thing";
    const columns = Object.entries(kind.attributes)
      .filter(([column]) => column !== "id")
      .map(([column, type]) => sql`${sql.ref(column)} ${sql.raw(COLUMN[type])}`);
    await sql`create temporary table ${sql.table(`of_${name}`)} (${sql.join([sql`id uuid primary key`, ...columns])})`.execute(
      db,
    );
    const actions = [
      `${name}.read`,
      ...[...node.acts.values()].filter((act) => act.subject.name === name).map((act) => act.name),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(rowOf(kind), { minLength: 8, maxLength: 20, selector: ({ id }) => id }),
        actor,
        fc.constantFrom(...actions),
        fc.constantFrom(...policies),
        async (rows, reader, action, policy) => {
          await sql`delete from ${sql.table(`of_${name}`)}`.execute(db);
          await sql`insert into ${sql.table(`of_${name}`)} select * from json_populate_recordset(null::${sql.table(`of_${name}`)}, ${JSON.stringify(rows)}::json)`.execute(
            db,
          );
          const question = { actor: reader, action, subject: kind, now: NOW };
          const single = rows
            .filter((row) => policy.decide({ ...question, id: row.id, row }).allowed)
            .map(({ id }) => id);
          const listed = await sql<{
            id: string;
          }>`select id from ${sql.table(`of_${name}`)} as thing where ${policy.filter({ ...question, alias })}`.execute(
            db,
          );
          expect(listed.rows.map(({ id }) => id).sort()).toEqual(single.sort());
        },
      ),
      { numRuns: thorough(30, 1_000) },
    );
  });
});
