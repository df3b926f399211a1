import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { unseal } from "../trust/seal.ts";
import { handIn } from "./acts-intake.ts";
import { prepareGroup } from "./preparing.ts";
import { contactPlace, submissionSchema } from "./report.ts";
import { reports } from "./slice.ts";
import { prepare, receivingOn } from "./submission.ts";
import { type TellingRow, toldIn } from "./told.ts";

let at: TestNode;
beforeAll(async () => {
  at = await testNode([reports]);
});
afterAll(() => at.close());

const submission = (n: number) =>
  submissionSchema.parse({
    description: `Number ${n}: +230 5251 ${1000 + n} and hxxp://bad-${n}[.]top \ud83d\ude00`,
    transfers:
      n % 2 === 0 ? [{ amount: "1,000.50", at: "2026-11-26T08:00:00Z", to: "MU17BOMM0101101030300200000MUR" }] : [],
    ...(n % 3 === 0 ? { contact: { name: `N ${n}` } } : {}),
  });

test("a thread of its own gives the same as this one, in the same order", async () => {
  const receiving = receivingOn(at.node, "api");
  const all = Array.from({ length: 40 }, (_, n) => submission(n));
  const apart = await prepareGroup(
    at.node,
    all.map((each) => ({ submission: each, receiving })),
  );
  const here = await prepareGroup(
    at.node,
    all.map((each) => prepare(each, receiving)),
  );
  expect(apart.map(({ prepared }) => prepared)).toEqual(here.map(({ prepared }) => prepared));
  apart.forEach(({ id, told, contact, prepared }) => {
    expect(toldIn(at.node, { id, told }).description).toBe(prepared.description);
    const { seal } = at.node.services.keys;
    expect(contact && unseal(seal, contact, contactPlace(id)).toString()).toBe(prepared.contact);
  });
});

test("many at once are each there, once, with their own words", async () => {
  const done = await Promise.all(
    Array.from({ length: 300 }, (_, n) =>
      handIn(at.node, {
        actor: PUBLIC,
        prepared: { submission: submission(n % 250), receiving: receivingOn(at.node, "api") },
        key: `k${n % 250}`,
        sent: n % 250,
      }),
    ),
  );
  expect(new Set(done.map(({ id }) => id)).size).toBe(250);
  const { rows } = await sql<TellingRow>`select id, told from report`.execute(at.node.db);
  expect(rows).toHaveLength(250);
  const words = new Map(rows.map((row) => [row.id, toldIn(at.node, row).description]));
  done.slice(0, 250).forEach(({ id }, n) => expect(words.get(id)).toContain(`Number ${n}:`));
});
