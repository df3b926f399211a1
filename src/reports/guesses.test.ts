import type { FastifyInstance } from "fastify";
import { afterAll, beforeEach, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { makeServer } from "../kernel/server.ts";
import { newCode } from "./code.ts";
import { reports } from "./slice.ts";
import { verifyWork } from "./work.ts";

const SHARED = "203.0.113.7";
const began = Temporal.Instant.from("2026-11-26T08:00:00Z");
let at: TestNode | undefined;
let portal: FastifyInstance;
let now = began;
async function close(): Promise<void> {
  await portal?.close();
  await at?.close();
}
beforeEach(async () => {
  await close();
  now = began;
  at = await testNode([reports], { clock: () => now });
  const chrome = { asset: (name: string) => name, actForm: () => null, problem: () => null };
  portal = await makeServer({ node: at.node, role: "portal", chrome });
  await portal.ready();
});
afterAll(close);

const look = (code: string, headers: Record<string, string> = {}, remoteAddress = SHARED) =>
  portal.inject({ url: "/api/v1/report", remoteAddress, headers: { authorization: `Receipt ${code}`, ...headers } });
async function reported(): Promise<{ code: string; id: string }> {
  const answer = await portal.inject({
    method: "POST",
    url: "/api/v1/reports",
    payload: { description: "of a neighbour" },
  });
  return answer.json();
}
/** A person's code for a report: machines get codes that cannot be guessed, and never wait. */
async function reportedByPerson(): Promise<string> {
  const { handIn } = await import("./acts-intake.ts");
  const { prepare, receivingOn } = await import("./submission.ts");
  const { submissionSchema } = await import("./report.ts");
  if (!at) throw new Error("there is no node");
  const prepared = prepare(submissionSchema.parse({ description: "of a person" }), receivingOn(at.node, "portal"));
  return String((await handIn(at.node, { actor: { kind: "public" }, prepared })).done["code"]);
}
const guess = async (times: number) => {
  for (let n = 0; n < times; n += 1) await look(newCode());
};
const ticketIn = (answer: Awaited<ReturnType<typeof look>>) => String(answer.headers["receipt-ticket"]);

test("whoever mistypes pays nothing: five wrong codes are free, and a typing error is none", async () => {
  await guess(4);
  for (let n = 0; n < 20; n += 1) expect((await look("1234 5678 9012 3456")).statusCode).toBe(401);
  expect((await look(await reportedByPerson())).statusCode).toBe(200);
});

test("the holder of a code behind a guesser's address waits once, shortly, however many guesses the neighbour makes", async () => {
  const code = await reportedByPerson();
  await guess(60);
  const first = await look(code);
  expect(first.statusCode).toBe(429);
  expect(first.headers["retry-after"]).toBe("5");
  const ticket = ticketIn(first);
  now = now.add({ seconds: 3 });
  await guess(60);
  const early = await look(code, { "receipt-ticket": ticket });
  expect([early.statusCode, early.headers["retry-after"]]).toEqual([429, "2"]);
  now = now.add({ seconds: 2 });
  await guess(60);
  expect((await look(code, { "receipt-ticket": ticket })).statusCode).toBe(200);
});

test("each guess has its own price: a ticket is good for no other code, nor when it is old, changed or made up", async () => {
  const code = await reportedByPerson();
  await guess(10);
  const ticket = ticketIn(await look(newCode()));
  const own = ticketIn(await look(code));
  now = now.add({ seconds: 10 });
  expect((await look(code, { "receipt-ticket": ticket })).statusCode).toBe(429);
  expect((await look(code, { "receipt-ticket": `${own.startsWith("A") ? "B" : "A"}${own.slice(1)}` })).statusCode).toBe(
    429,
  );
  expect((await look(code, { "receipt-ticket": "x".repeat(5_000) })).statusCode).toBe(429);
  // A guess that was paid for is told to be wrong, and keeps the price up.
  const other = newCode();
  const wrong = ticketIn(await look(other));
  now = now.add({ minutes: 14 });
  expect((await look(other, { "receipt-ticket": wrong })).statusCode).toBe(401);
  now = now.add({ minutes: 2 });
  expect((await look(code, { "receipt-ticket": own })).statusCode).toBe(429);
});

test("who would rather work than wait is answered at once", async () => {
  const code = await reportedByPerson();
  await guess(10);
  const first = await look(code);
  expect(first.headers["receipt-work"]).toBe("16");
  const ticket = ticketIn(first);
  let work = 0;
  while (!verifyWork(ticket, String(work))) work += 1;
  expect((await look(code, { "receipt-ticket": ticket, "receipt-proof": String(work + 1) })).statusCode).toBe(429);
  expect((await look(code, { "receipt-ticket": ticket, "receipt-proof": String(work) })).statusCode).toBe(200);
});

test("other networks, and the codes of machines, pay nothing; when it is quiet again nobody does", async () => {
  const code = await reportedByPerson();
  const machine = await reported();
  await guess(20);
  expect((await look(machine.code)).statusCode).toBe(200);
  expect((await look(code, {}, "192.0.2.9")).statusCode).toBe(200);
  expect((await look(code)).statusCode).toBe(429);
  now = now.add({ minutes: 16 });
  expect((await look(code)).statusCode).toBe(200);
});

test("a guesser of many addresses makes everybody's try cost, and nobody's impossible", async () => {
  const code = await reportedByPerson();
  for (let n = 0; n < 320; n += 1) await look(newCode(), {}, `198.51.${100 + Math.floor(n / 250)}.${n % 250}`);
  const first = await look(code, {}, "192.0.2.77");
  expect(first.statusCode).toBe(429);
  now = now.add({ seconds: 5 });
  expect((await look(code, { "receipt-ticket": ticketIn(first) }, "192.0.2.77")).statusCode).toBe(200);
});
