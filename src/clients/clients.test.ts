import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Role } from "../kernel/actor.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import {
  amendClient,
  closeClient,
  issueKey,
  registerClient,
  resumeClient,
  revokeKey,
  rotateKey,
  suspendClient,
} from "./acts.ts";
import { SCOPES } from "./client.ts";
import { type Machines, type Registered, startMachines } from "../../test/machines.ts";
import { commandOf, EXAMPLES } from "./examples.ts";
import { allowanceOf, rateLimitHeaders } from "./meter.ts";
import { type ClientFound, clientView } from "./views.ts";

let world: Machines;
beforeAll(async () => {
  world = await startMachines();
});
afterAll(() => world.close());

const post = (payload: object, headers: Record<string, string> = {}) =>
  world.portal.inject({ method: "POST", url: "/api/v1/reports", payload, headers });
const get = (url: string, by?: Registered) => world.portal.inject({ url, ...(by ? { headers: by.bearer } : {}) });
const admin = () => world.at.officer("administrator");
const does = (act: Parameters<typeof perform>[0]["act"], id: string, input: object) =>
  perform({ node: world.at.node, actor: admin(), act, id, input });
const reason = "as agreed by telephone";

describe("who may register machines", () => {
  test("administrators and heads of unit, nobody else", async () => {
    const roles = [
      "investigator", "unit-head", "examiner", "prosecutor", "judge", "duty-officer", "central-authority",
      "data-protection-officer", "statistician", "administrator",
    ] as const satisfies Role[]; // prettier-ignore
    const outcomes: Record<string, string> = {};
    for (const role of roles)
      outcomes[role] = await perform({
        node: world.at.node,
        actor: world.at.officer(role),
        act: registerClient,
        input: {
          name: `by ${role}`, organisation: "x", contact_name: "x", contact_email: "x@bank.example", scopes: ["report.submit"],
        }, // prettier-ignore
      }).then(
        () => "done",
        (error: unknown) => (error instanceof Refusal ? error.code : "bug"),
      );
    expect(
      Object.entries(outcomes)
        .filter(([, outcome]) => outcome === "done")
        .map(([role]) => role),
    ).toEqual(["unit-head", "administrator"]);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(["done", "not-allowed"]));
  });
});

describe("a key", () => {
  test("stands nowhere in the database, and its reports are the client's own", async () => {
    const bank = await world.register("Keys Bank");
    const answer = await post({ category: "F2", description: "A customer paid a wrong account" }, bank.bearer);
    expect(answer.statusCode, answer.body).toBe(201);
    const { id, reference } = answer.json<{ id: string; reference: string }>();
    const { rows } = await sql<{ client_id: string; channel: string; actor: string; all: string }>`
      select r.client_id, r.channel, j.record->'actor'->>'id' as actor, (select string_agg(k::text, '') from client_key k) as all
      from report r join journal j on j.subject_id = r.id where r.id = ${id}`.execute(world.at.node.db);
    expect(rows[0]).toMatchObject({ client_id: bank.id, channel: "api", actor: `client:${bank.id}` });
    expect(rows[0]?.all).not.toContain(bank.key.slice(7));
    expect((await get(`/api/v1/client/reports/${reference}`, bank)).json()).toMatchObject({
      reference,
      state: "received",
      category: "F2",
    });
  });
  test("opens nothing of another client's, and nothing of what an anonymous sender sent", async () => {
    const [one, other] = [await world.register("One"), await world.register("Other")];
    const mine = (await post({ description: "one" }, one.bearer)).json<{ reference: string }>();
    const theirs = (await post({ description: "anonymous" })).json<{ reference: string }>();
    for (const reference of [mine.reference, theirs.reference])
      expect((await get(`/api/v1/client/reports/${reference}`, other)).statusCode).toBe(404);
    expect((await get("/api/v1/client/reports", other)).json()).toEqual({ items: [] });
    expect((await get("/api/v1/client/reports", one)).json()).toMatchObject({ items: [{ reference: mine.reference }] });
    expect((await get("/api/v1/client/reports")).statusCode).toBe(401);
  });
  test("that is wrong is refused in words, never taken for the public; without one anybody may report", async () => {
    expect((await post({ description: "no key" })).statusCode).toBe(201);
    const wrong = await post({ description: "wrong key" }, { authorization: "Bearer comity_nonsense" });
    expect(wrong.statusCode).toBe(401);
    expect(wrong.json()).toMatchObject({ detail: expect.stringContaining("not known here") as string });
  });
  test("rotates with an overlap: both are good until the chosen day, then the new one alone", async () => {
    const bank = await world.register("Rotating Bank");
    const rotated = await does(rotateKey, bank.keyId, { overlap_days: 7, days: 365 });
    const fresh = { authorization: `Bearer ${String(rotated.done["secret"])}` };
    for (const headers of [bank.bearer, fresh])
      expect((await post({ description: "both" }, headers)).statusCode).toBe(201);
    await expect(does(rotateKey, bank.keyId, {})).rejects.toThrow("client-key-rotated");
    world.pass({ hours: 6 * 24 });
    expect((await post({ description: "old, sixth day" }, bank.bearer)).statusCode).toBe(201);
    world.pass({ hours: 25 });
    expect((await post({ description: "old, after" }, bank.bearer)).statusCode).toBe(401);
    expect((await post({ description: "new, after" }, fresh)).statusCode).toBe(201);
    world.pass({ hours: 365 * 24 });
    expect((await post({ description: "expired" }, fresh)).statusCode).toBe(401);
  });
  test("is revoked at once, and so are all keys of a client that is closed; a suspended one is refused until resumed", async () => {
    const bank = await world.register("Leaving Bank");
    await does(suspendClient, bank.id, { reason });
    const refused = await post({ description: "suspended" }, bank.bearer);
    expect([refused.statusCode, refused.json<{ detail: string }>().detail]).toEqual([
      403,
      expect.stringContaining("suspended"),
    ]);
    await does(resumeClient, bank.id, { reason });
    expect((await post({ description: "again" }, bank.bearer)).statusCode).toBe(201);
    const second = await perform({
      node: world.at.node,
      actor: admin(),
      act: issueKey,
      id: bank.id,
      input: { name: "b" },
    });
    await does(revokeKey, bank.keyId, { reason });
    expect((await post({ description: "revoked" }, bank.bearer)).statusCode).toBe(401);
    const bearer = { authorization: `Bearer ${String(second.done["secret"])}` };
    expect((await post({ description: "the other" }, bearer)).statusCode).toBe(201);
    await does(closeClient, bank.id, { reason });
    expect((await post({ description: "closed" }, bearer)).statusCode).toBe(401);
    await expect(
      perform({ node: world.at.node, actor: admin(), act: issueKey, id: bank.id, input: { name: "c" } }),
    ).rejects.toThrow("client-closed");
  });
});

describe("a scope", () => {
  const line = JSON.stringify({ description: "in a batch" });
  const TRIES = {
    "report.submit": (headers: Record<string, string>) => post({ description: "single" }, headers),
    "report.batch": (headers: Record<string, string>) =>
      world.portal.inject({
        method: "POST",
        url: "/api/v1/reports/batch",
        payload: line,
        headers: { ...headers, "content-type": "application/x-ndjson" },
      }),
    "report.follow": (headers: Record<string, string>) =>
      world.portal.inject({ url: "/api/v1/client/reports", headers }),
    webhook: (headers: Record<string, string>) =>
      world.portal.inject({
        method: "POST",
        url: "/api/v1/client/endpoints",
        headers,
        payload: { url: "https://bank.example/x", events: ["report.state"] },
      }),
  } as const;
  test.each(SCOPES)("%s allows what it names and nothing else", async (scope) => {
    const bank = await world.register(`Scope ${scope}`, { scopes: [scope] });
    for (const [name, attempt] of Object.entries(TRIES)) {
      const { statusCode, body } = await attempt(bank.bearer);
      expect([name, statusCode < 300], body).toEqual([name, name === scope]);
      if (name !== scope) expect([name, statusCode]).toEqual([name, 403]);
    }
  });
  test("categories bind a client; a line of a batch that is of another is refused alone", async () => {
    const bank = await world.register("Fraud only", { categories: ["F2", "f8"] });
    expect((await post({ category: "F8", description: "fraud" }, bank.bearer)).statusCode).toBe(201);
    const other = await post({ category: "H1", description: "no fraud" }, bank.bearer);
    expect([other.statusCode, other.json<{ policies: string[] }>().policies]).toEqual([403, ["core.client-category"]]);
    const lines = ["F2", "A1", "F2"].map((category) => JSON.stringify({ category, description: "line" })).join("\n");
    const batch = await world.portal.inject({
      method: "POST", url: "/api/v1/reports/batch", payload: lines, headers: { ...bank.bearer, "content-type": "application/x-ndjson" },
    }); // prettier-ignore
    const answers = batch.body
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each) as { error?: string });
    expect(answers.map(({ error }) => error === undefined)).toEqual([true, false, true]);
  });
});

describe("a quota", () => {
  test("is told before it is reached, refuses with the time to wait, and is full again afterwards", async () => {
    const bank = await world.register("Small Bank", { minute_quota: 2, day_quota: 3 });
    const asked = async (description: string, headers: Record<string, string> = {}) => {
      const { statusCode, headers: told } = await post({ description }, { ...bank.bearer, ...headers });
      return {
        statusCode,
        left: /"minute";r=(\d+).*"day";r=(\d+)/.exec(String(told["ratelimit"]))?.slice(1).map(Number),
        after: told["retry-after"],
      };
    };
    expect(await asked("1", { "idempotency-key": "first" })).toMatchObject({ statusCode: 201, left: [2, 3] });
    expect(await asked("2")).toMatchObject({ statusCode: 201, left: [1, 2] });
    const third = await asked("3");
    expect(third).toMatchObject({ statusCode: 429, left: [0, 1] });
    expect(Number(third.after)).toBeGreaterThan(0);
    expect(Number(third.after)).toBeLessThanOrEqual(60);
    expect(
      await asked("1", { "idempotency-key": "first" }),
      "what is in already is answered, and not counted",
    ).toMatchObject({ statusCode: 201 });
    world.pass({ minutes: 1 });
    expect(await asked("3")).toMatchObject({ statusCode: 201, left: [2, 1] });
    const beyond = await asked("4");
    expect(beyond).toMatchObject({ statusCode: 429, left: [1, 0] });
    expect(Number(beyond.after)).toBeGreaterThan(0);
    expect((await get("/api/v1/client", bank)).json()).toMatchObject({ quotas: { day: { quota: 3, left: 0 } } });
    world.pass({ hours: 24 });
    expect(await asked("5")).toMatchObject({ statusCode: 201, left: [2, 3] });
    const page = (await readView(clientView, readerOf(world.at.node, admin()), { id: bank.id })) as ClientFound;
    expect(
      page.use.reduce((sum, { taken, refused }) => [sum[0] + taken, sum[1] + refused] as [number, number], [0, 0] as [
        number,
        number,
      ]),
    ).toEqual([4, 2]);
  });
  test("lets exactly as many through as it says, though all come at once", async () => {
    const bank = await world.register("Hasty Bank", { minute_quota: 1_000, day_quota: 25 });
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, n) => post({ description: `at once ${n}` }, bank.bearer)),
    );
    expect(all.filter(({ statusCode }) => statusCode === 201)).toHaveLength(25);
    expect(all.filter(({ statusCode }) => statusCode === 429)).toHaveLength(35);
    await does(amendClient, bank.id, {
      organisation: "x", contact_name: "x", contact_email: "x@bank.example", scopes: ["report.submit"], day_quota: 26, minute_quota: 1_000,
    }); // prettier-ignore
    expect((await post({ description: "one more" }, bank.bearer)).statusCode).toBe(201);
    expect((await post({ description: "and one" }, bank.bearer)).statusCode).toBe(429);
    expect((await post({ description: "others are not concerned" })).statusCode).toBe(201);
  });
  test.each([
    ["nothing used", undefined, [10, 3]],
    ["some of both", ["2026-05-05", 4, "2026-05-05T10:00:00Z", 2], [6, 1]],
    ["another minute", ["2026-05-05", 4, "2026-05-05T09:59:00Z", 2], [6, 3]],
    ["another day", ["2026-05-04", 10, "2026-05-04T10:00:00Z", 3], [10, 3]],
    ["lowered since", ["2026-05-05", 40, "2026-05-05T10:00:00Z", 30], [0, 0]],
  ] as const)("what is left, %s", (_, used, left) => {
    const quota = { day_quota: 10, minute_quota: 3 };
    const meter = used && {
      day: Temporal.PlainDate.from(used[0]), day_taken: used[1], minute: Temporal.Instant.from(used[2]), minute_taken: used[3],
    }; // prettier-ignore
    const allowance = allowanceOf(quota, meter, Temporal.Instant.from("2026-05-05T10:00:30Z"));
    expect([allowance.day.left, allowance.minute.left]).toEqual(left);
    expect(rateLimitHeaders(quota, allowance)).toEqual({
      "ratelimit-policy": `"minute";q=3;w=60, "day";q=10;w=86400`,
      ratelimit: `"minute";r=${left[1]};t=30, "day";r=${left[0]};t=50370`,
    });
  });
});

test("every request that the page for developers shows does what it says", async () => {
  const bank = await world.register("Reading Bank");
  for (const { path, method, headers = {}, body, status, name } of Object.values(EXAMPLES).flat()) {
    const answer = await world.portal.inject({
      method,
      url: path,
      headers: { ...headers, ...bank.bearer },
      ...(body === undefined ? {} : { payload: body }),
    });
    // The hotline is a slice of its own, and is proved there.
    if (!path.startsWith("/hotline/")) expect([name, answer.statusCode], answer.body).toEqual([name, status]);
    expect(answer.body).not.toContain('"error"');
  }
  const page = await world.portal.inject({ url: "/developers", headers: { accept: "text/html" } });
  for (const example of Object.values(EXAMPLES).flat())
    expect(page.body).toContain(`${example.path.replaceAll("&", "&amp;")}&#39;`.replaceAll("&#39;", "'"));
  expect(
    commandOf({ name: "x", method: "POST", path: "/x", body: "it's", status: 200 }, "https://portal.example"),
  ).toContain("'it'\\''s'");
});
