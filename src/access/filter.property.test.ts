import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../test/node.ts";
import { thorough } from "../../test/thorough.ts";
import type { Actor, Officer, Role } from "../kernel/actor.ts";
import { type Database, openDatabase, openPool, sql } from "../kernel/database.ts";
import type { SubjectKind } from "../kernel/subject.ts";
import { readPolicies } from "./cedar.ts";
import { policyOf } from "./policy.ts";

/**
 * A list must show exactly what single pages would show: over random policies, readers and rows, the WHERE clause run by
 * PostgreSQL gives the rows that single decisions allow, no more and no fewer, whatever attributes are absent.
 */
const THING: SubjectKind = {
  name: "thing",
  plural: "things",
  table: "policy_thing",
  attributes: {
    text: "String",
    other: "String",
    office: "String",
    number: "Long",
    small: "Long",
    flag: "Bool",
    tags: "Set",
    more: "Set",
  },
};
const OFFICES = ["019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"] as const;
const TEXTS = ["a", "b", "a%b", "a_b", "", "é", "judge", OFFICES[0]] as const;
const NUMBERS = [0, 1, -1, 5, 2_147_483_647, -2_147_483_648, 9_007_199_254_740_991] as const;
const NOW = Temporal.Instant.from("2026-11-20T10:00:00Z");

let db: Database;
let drop: () => Promise<void>;

interface ThingRow extends Record<string, unknown> {
  readonly id: string;
}
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null, freq: 3 });
const set = maybe(fc.uniqueArray(fc.constantFrom(...TEXTS), { maxLength: 3 }));
const row: fc.Arbitrary<ThingRow> = fc.record({
  id: fc.uuid({ version: 7 }),
  text: maybe(fc.constantFrom(...TEXTS)),
  other: maybe(fc.constantFrom(...TEXTS)),
  office: maybe(fc.constantFrom(...OFFICES)),
  number: maybe(fc.constantFrom(...NUMBERS)),
  small: maybe(fc.constantFrom(0, 1, 5, 2_147_483_647)),
  flag: maybe(fc.boolean()),
  tags: set,
  more: set,
});
const actor: fc.Arbitrary<Actor> = fc.oneof(
  fc
    .record({
      role: fc.constantFrom<Role>("judge", "investigator"),
      office: fc.constantFrom(...OFFICES),
      via: fc.constantFrom("token", "session"),
    })
    .map(({ role, office, via }): Officer => ({
      kind: "officer",
      account: OFFICES[1],
      name: "N",
      role,
      office: { id: office, name: "O", kind: "court", zone: "UTC" },
      locale: "en",
      via: via as "token",
      credential: OFFICES[0],
      steppedUpAt: null,
    })),
  fc.constant<Actor>({ kind: "public" }),
  fc.constantFrom("XA", "XB").map((code): Actor => ({ kind: "peer", code, peerKind: "state" })),
);

const quoted = (text: string) => JSON.stringify(text);
const literalText = fc.constantFrom(...TEXTS).map(quoted);
const literalSet = fc
  .uniqueArray(fc.constantFrom(...TEXTS), { maxLength: 3 })
  .map((texts) => `[${texts.map(quoted).join(", ")}]`);
const { boolean } = fc.letrec<{ boolean: string; text: string; long: string; set: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literalText,
    fc.constantFrom(
      "resource.text",
      "resource.other",
      "resource.office",
      "resource.id",
      "principal.role",
      "principal.office",
      "principal.node",
      "resource.nowhere",
    ),
    fc.tuple(tie("boolean"), tie("text"), tie("text")).map(([c, t, e]) => `(if ${c} then ${t} else ${e})`),
  ),
  long: fc.oneof(
    { depthSize: "small" },
    // Small: what Cedar computes of constants comes back as a JavaScript number. Large ones come from the rows.
    fc.constantFrom(0, 1, -1, 5, 1_000).map((n) => `(${n})`),
    fc.constantFrom("resource.number", "resource.small"),
    fc.tuple(tie("long"), fc.constantFrom("+", "-", "*"), tie("long")).map(([l, o, r]) => `(${l} ${o} ${r})`),
    tie("long").map((n) => `(-${n})`),
  ),
  set: fc.oneof(literalSet, fc.constantFrom("resource.tags", "resource.more")),
  boolean: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom(
      "true",
      "false",
      "resource.flag",
      "principal.stepped_up",
      "principal is Officer",
      "resource is Thing",
      "resource is Report",
    ),
    fc
      .tuple(
        fc.constantFrom("resource", "principal"),
        fc.constantFrom("text", "other", "number", "flag", "tags", "office", "code", "nowhere"),
      )
      .map(([who, name]) => `${who} has ${name}`),
    fc
      .constantFrom("text", "other", "office")
      .chain((name) => literalText.map((text) => `(resource has ${name} && resource.${name} == ${text})`)),
    fc.constantFrom("==", "!=").chain((o) => fc.tuple(tie("text"), tie("text")).map(([l, r]) => `(${l} ${o} ${r})`)),
    fc
      .constantFrom("==", "!=", "<", "<=", ">", ">=")
      .chain((o) => fc.tuple(tie("long"), tie("long")).map(([l, r]) => `(${l} ${o} ${r})`)),
    fc.constantFrom("contains").chain((o) => fc.tuple(tie("set"), tie("text")).map(([l, r]) => `${l}.${o}(${r})`)),
    fc
      .constantFrom("containsAll", "containsAny")
      .chain((o) => fc.tuple(tie("set"), tie("set")).map(([l, r]) => `${l}.${o}(${r})`)),
    fc.tuple(tie("set"), tie("set")).map(([l, r]) => `(${l} == ${r})`),
    tie("set").map((s) => `${s}.isEmpty()`),
    fc
      .tuple(tie("text"), fc.constantFrom("a*", "*b", "a%b", "a_b", "*%*", "*"))
      .map(([t, p]) => `(${t} like ${quoted(p)})`),
    // Ill-typed on purpose: a mistake must refuse in a list as it does on a page.
    fc.tuple(tie("text"), tie("long")).map(([t, n]) => `(${t} == ${n})`),
    fc.tuple(tie("text"), tie("long")).map(([t, n]) => `(${t} < ${n})`),
    fc.constantFrom(...OFFICES).map((id) => `(resource == Thing::"${id}")`),
    fc.tuple(tie("boolean"), tie("boolean")).map(([l, r]) => `(${l} && ${r})`),
    fc.tuple(tie("boolean"), tie("boolean")).map(([l, r]) => `(${l} || ${r})`),
    tie("boolean").map((b) => `!(${b})`),
    fc.tuple(tie("boolean"), tie("boolean"), tie("boolean")).map(([c, t, e]) => `(if ${c} then ${t} else ${e})`),
  ),
}));
const policyText = fc
  .tuple(
    fc.constantFrom("permit", "permit", "forbid"),
    fc.constantFrom("principal", "principal is Officer", "principal is PeerNode"),
    fc.constantFrom(
      "action",
      'action == Action::"thing.read"',
      'action in [Action::"thing.read", Action::"thing.close"]',
      'action == Action::"thing.close"',
    ),
    fc.constantFrom("resource", "resource is Thing", "resource is Report"),
    fc.array(fc.tuple(fc.constantFrom("when", "unless"), boolean), { maxLength: 2 }),
  )
  .map(
    ([effect, p, a, r, conditions]) =>
      `${effect}(${p}, ${a}, ${r}) ${conditions.map(([kind, b]) => `${kind} { ${b} }`).join(" ")};`,
  );

beforeAll(async () => {
  const database = await testDatabase();
  drop = database.drop;
  db = openDatabase(openPool(database.url, 1));
  await sql`create table policy_thing (id uuid primary key, text text, other varchar(40), office uuid, number bigint, small integer, flag boolean, tags text[], more text[])`.execute(
    db,
  );
});
afterAll(async () => {
  await db.destroy();
  await drop();
});

const storing = (rows: readonly ThingRow[]) =>
  sql`insert into policy_thing select * from json_populate_recordset(null::policy_thing, ${JSON.stringify(rows)}::json)`.execute(
    db,
  );

test("a list shows exactly what single decisions allow", { timeout: 240_000 }, async () => {
  const counts = { allowed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(policyText, { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(row, { minLength: 4, maxLength: 12, selector: (one) => one.id }),
      fc.array(actor, { minLength: 1, maxLength: 3 }),
      async (texts, rows, actors) => {
        const policies = readPolicies(texts.map((text, n) => `@id("p${n}") ${text}`).join("\n"), "XA");
        const policy = policyOf(policies, "XA");
        await sql`delete from policy_thing`.execute(db);
        await storing(rows);
        for (const reader of actors) {
          const question = { actor: reader, action: "thing.read", subject: THING, now: NOW };
          const single = rows
            .filter((one) => policy.decide({ ...question, id: one.id, row: one }).allowed)
            .map((one) => one.id);
          const where = policy.filter({ ...question, alias: "t" });
          const listed = await sql<{ id: string }>`select id from policy_thing as t where ${where}`.execute(db);
          expect(listed.rows.map(({ id }) => id).sort()).toEqual(single.sort());
          counts.allowed += single.length;
          counts.refused += rows.length - single.length;
        }
      },
    ),
    { numRuns: thorough(400, 10_000) },
  );
  // The property means something only where both answers occur often.
  expect(Math.min(counts.allowed, counts.refused)).toBeGreaterThan(thorough(250, 6_000));
});
