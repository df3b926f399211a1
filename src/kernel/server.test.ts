import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { EVERYTHING, type TestNode, testNode } from "../../test/node.ts";
import { actsOn, creates } from "./act.ts";
import type { Kept } from "./caller.ts";
import { sql } from "./database.ts";
import { typed } from "./form.ts";
import { makeServer } from "./server.ts";
import { subject } from "./subject.ts";
import { view } from "./view.ts";

interface Lamp {
  id: string;
  words: string;
}
const lamp = subject<Lamp>()({ name: "lamp", plural: "lamps", table: "lamp", number: "label", attributes: {} });
const make = creates(lamp, "make", {
  input: z.strictObject({ words: z.string().min(3).max(20) }),
  apply: async (tx, _: undefined, { words }, { id }) => {
    await sql`insert into lamp (id, words) values (${id}, ${words})`.execute(tx);
    return { words };
  },
});
const light = actsOn(lamp)("light", {
  input: z.strictObject({ words: z.string().min(3) }),
  stepUp: true,
  apply: async (_tx, _row, { words }) => ({ words }),
});
const list = view({
  name: "lamp.list",
  path: "/lamps",
  subject: lamp,
  input: z.object({ limit: z.coerce.number().int().max(5).default(5) }),
  read: async ({ db, visible }, { limit }) => ({
    items: (await sql<Lamp>`select * from lamp where ${visible(lamp)} limit ${limit}`.execute(db)).rows,
  }),
});

let at: TestNode;
let desk: FastifyInstance;
const chrome = {
  asset: (name: string) => name,
  actForm: (form: { values: object; errors: readonly { path: string; key: string }[]; refusal?: { key: string } }) =>
    `typed=${typed(form.values as never, "words")} wrong=${form.errors.map(({ path, key }) => `${path}:${key}`).join()} ${form.refusal?.key ?? ""}`,
  problem: (problem: { title: string; detail: string }, _tools: unknown, kept?: Kept) =>
    `${problem.title} — ${problem.detail}${kept ? ` kept=${kept.action}?${kept.pairs.map((pair) => pair.join("=")).join("&")} ` : ""}`,
};
beforeAll(async () => {
  at = await testNode(
    [
      {
        name: "lamps",
        subjects: [lamp],
        acts: [make, light],
        views: [list],
        authenticate: async ({ request }) =>
          request.headers["x-who"] === "officer"
            ? { ...at.officer("investigator"), via: "session" }
            : request.headers["x-who"] === "token"
              ? at.officer("investigator")
              : undefined,
        stepUp: async (_node, _officer, proof) => proof === "123456",
      },
    ],
    { policy: () => EVERYTHING },
  );
  await sql`create table lamp (id uuid primary key, words text not null, label text)`.execute(at.node.db);
  desk = await makeServer({ node: at.node, role: "desk", chrome });
});
afterAll(async () => {
  await desk.close();
  await at.close();
});

const json = (url: string, payload: unknown, headers = {}) =>
  desk.inject({
    method: "POST",
    url,
    headers: { "x-who": "token", "content-type": "application/json", ...headers },
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
  });
const form = (url: string, payload: string, headers = {}) =>
  desk.inject({
    method: "POST",
    url,
    headers: {
      "x-who": "officer",
      accept: "text/html",
      origin: "http://desk.test",
      host: "desk.test",
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    },
    payload,
  });
const problem = (answer: { payload: string }) =>
  JSON.parse(answer.payload) as { status: number; detail: string; errors?: { path: string; message: string }[] };

test("one definition gives the JSON route, the form and the OpenAPI operation", async () => {
  const made = await json("/api/v1/lamps", { words: "hello" });
  expect(made.statusCode).toBe(201);
  const { id } = JSON.parse(made.payload) as { id: string };
  expect(made.headers["location"]).toBe(`/api/v1/lamps/${id}`);
  expect((await form("/lamps/new", "words=good+day")).statusCode).toBe(303);
  const { paths } = JSON.parse((await desk.inject("/api/v1/openapi.json")).payload) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  expect(paths["/api/v1/lamps"]?.["post"]?.operationId).toBe("lamp.make");
  expect(paths["/api/v1/lamps/{id}/light"]?.["post"]?.operationId).toBe("lamp.light");
  expect(paths["/api/v1/lamps"]?.["get"]?.operationId).toBe("lamp.list");
});

test("a form with a mistake comes back with what was typed, the field named, and nothing done", async () => {
  const answer = await form("/lamps/new", "words=no");
  expect(answer.statusCode).toBe(422);
  expect(answer.payload).toContain("typed=no wrong=words:field-too-short");
});

test("a form sent twice has one effect", async () => {
  const key = crypto.randomUUID();
  const first = await form("/lamps/new", `words=twice&_key=${key}`);
  const second = await form("/lamps/new", `words=twice&_key=${key}`);
  expect(second.headers["location"]).toBe(first.headers["location"]);
});

test("a sensitive act asks for presence on the form itself, and keeps what was typed", async () => {
  const { id } = JSON.parse((await json("/api/v1/lamps", { words: "hello" })).payload) as { id: string };
  expect((await form(`/lamps/${id}/light`, "words=light")).payload).toContain("typed=light wrong= step-up");
  expect((await form(`/lamps/${id}/light`, "words=light&_proof=000000")).payload).toContain("_proof:step-up-wrong");
  expect((await form(`/lamps/${id}/light`, "words=light&_proof=123456")).statusCode).toBe(303);
});

test.each([
  ["no JSON", "{", 400, "not valid JSON"],
  ["a NUL", { words: "a\0bc" }, 422, "correct"],
  ["half a surrogate pair", '{"words":"a\\ud800bc"}', 422, "correct"],
  ["a field of another kind", { words: 7 }, 422, "correct"],
  ["an unknown field", { words: "hello", colour: "red" }, 422, "correct"],
  ["nothing", "", 400, "JSON"],
  ["null", "null", 422, "correct"],
  ["a list", "[]", 422, "correct"],
  ["too much", { words: "x".repeat(2_000_000) }, 413, "too large"],
  ["nesting without end", `{"words":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, 422, "correct"],
])("%s is answered with a sentence", async (_, payload, status, words) => {
  const answer = await json("/api/v1/lamps", payload);
  expect([answer.statusCode, answer.headers["content-type"]]).toEqual([
    status,
    "application/problem+json; charset=utf-8",
  ]);
  expect(problem(answer).detail).toContain(words);
});

test("a thing is found by its number too, in whatever case; by that of two, or of none, never", async () => {
  const label = async (name: string) => {
    const { id } = JSON.parse((await json("/api/v1/lamps", { words: "hello" })).payload) as { id: string };
    await sql`update lamp set label = ${name} where id = ${id}`.execute(at.node.db);
    return id;
  };
  const [once] = [await label("L-1"), await label("L-2"), await label("L-2")];
  const lit = (name: string) => form(`/lamps/${name}/light`, "words=light&_proof=123456");
  expect((await lit("l-1")).headers["location"]).toBe(`/lamps/${once}?done=light`);
  for (const name of ["L-2", "L-3", "'", "%2F"]) expect((await lit(name)).statusCode).toBe(404);
});

test("the sentences come in the reader's language", async () => {
  const answer = await json("/api/v1/lamps", { words: "no" }, { "accept-language": "fr-MA,fr;q=0.9" });
  expect(problem(answer).errors).toEqual([{ path: "words", message: "Écrivez au moins 3 caractères." }]);
});

test("who is not signed in is told so; a form from another site is not accepted", async () => {
  expect((await desk.inject({ method: "POST", url: "/api/v1/lamps", payload: { words: "hello" } })).statusCode).toBe(
    401,
  );
  expect((await desk.inject({ url: "/api/v1/lamps" })).statusCode).toBe(401);
  expect((await form("/lamps/new", "words=hello", { origin: "https://elsewhere.example" })).statusCode).toBe(403);
  expect((await form("/lamps/new", "words=hello", { origin: "null" })).statusCode).toBe(403);
});

test("what was typed when the session had ended is given back to be sent again, but the proof of presence", async () => {
  const payload = "words=hello&data.0.category=traffic&data.0.identifiers=a&data.0.identifiers=b&_proof=123456";
  const own = { origin: "http://desk.test", host: "desk.test", accept: "text/html" };
  const headers = { ...own, "content-type": "application/x-www-form-urlencoded" };
  const answer = await desk.inject({ method: "POST", url: "/lamps/new", headers, payload });
  expect(answer.statusCode).toBe(401);
  expect(answer.payload).toContain(
    " kept=/lamps/new?words=hello&amp;data.0.category=traffic&amp;data.0.identifiers=a&amp;data.0.identifiers=b ",
  );
});

test("a route that names neither an act, nor a view, nor who may call it does not start", async () => {
  const server = await makeServer({ node: at.node, role: "gateway", chrome });
  expect(() => server.get("/loose", async () => "x")).toThrow("names neither an act, nor a view");
  await server.close();
});
