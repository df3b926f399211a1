import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import { type TestNode, testNode } from "../../test/node.ts";
import type { Officer } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Chrome } from "../kernel/caller.ts";
import { makeServer } from "../kernel/server.ts";
import { createAccount, disableAccount, resetAccount } from "./acts.ts";
import { loadCountry } from "./country.ts";
import { type DemoAccount, createDemoAccounts } from "./demo.ts";
import { codeOf, stepAt } from "./one-time-code.ts";
import { checkPassword, deviceMark, openInvitation, signIn, stepUp, takeUp } from "./presence.ts";
import { officerNamed } from "./officer.ts";
import { access } from "./slice.ts";
import { Secret } from "otpauth";
import { passedNote } from "../../test/passed.ts";

let at: TestNode;
let desk: FastifyInstance;
let accounts: readonly DemoAccount[];
let now = Temporal.Instant.from("2026-11-20T08:00:00Z");
const chrome: Chrome = { asset: (name) => name, actForm: () => "form", problem: (problem) => problem.detail };

beforeAll(async () => {
  at = await testNode([access], {
    clock: () => now,
    policy: (registered) =>
      loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registered, passedNote("XA")).policy,
  });
  accounts = await createDemoAccounts(at.node);
  desk = await makeServer({ node: at.node, role: "desk", chrome });
});
afterAll(async () => {
  await desk.close();
  await at.close();
});
// Each test stands an hour after the one before: tries and codes of one don't count in the next.
beforeEach(() => {
  now = now.add({ hours: 1 });
});

const of = (role: string): DemoAccount => {
  const found = accounts.find((one) => one.role === role);
  if (!found) throw new Error(`no ${role}`);
  return found;
};
const officerOf = async (role: string): Promise<Officer> => {
  const found = await officerNamed(at.node.db, of(role).username);
  if (!found) throw new Error(`no ${role}`);
  return found;
};
const code = (one: { totp: string }) => codeOf(Buffer.from(Secret.fromBase32(one.totp).bytes), stepAt(now));
const from = (address: string, device?: string) => ({ address, device });
const refusalOf = async (work: Promise<unknown>): Promise<Refusal> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Refusal);
  return error as Refusal;
};
const enter = async (role = "investigator") => {
  const account = await checkPassword(at.node, of(role), from("192.0.2.1"));
  const entered = await signIn(at.node, { account, code: code(of(role)), device: "Test" });
  if (!entered) throw new Error("not signed in");
  return entered;
};
const withCookie = (secret: string, url = "/api/v1/sessions") => desk.inject({ url, cookies: { session: secret } });

test("the demo has every role of a State, and making it again keeps the secrets that are known", async () => {
  expect(accounts.map(({ role }) => role)).toEqual([
    "investigator",
    "unit-head",
    "examiner",
    "prosecutor",
    "judge",
    "duty-officer",
    "central-authority",
    "data-protection-officer",
    "overseer",
    "statistician",
    "administrator",
    // Of the desk for what concerns children.
    "investigator",
    "unit-head",
  ]);
  expect(accounts.slice(-2).map(({ username }) => username)).toEqual(["child-investigator.xa", "child-unit-head.xa"]);
  expect(of("investigator")).toMatchObject({ username: "investigator.xa", office: "police" });
  expect(await createDemoAccounts(at.node, accounts)).toEqual(accounts);
});

test("password and code open a session; the database holds neither password, code secret nor session token", async () => {
  const { officer, secret } = await enter();
  expect(officer).toMatchObject({
    role: "investigator",
    via: "session",
    office: { kind: "police", zone: "Indian/Mauritius" },
  });
  const answer = await withCookie(secret);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ items: [{ id: officer.credential, isThis: true }] });
  const rows =
    JSON.stringify(await at.node.db.selectFrom("session").selectAll().execute()) +
    JSON.stringify(await at.node.db.selectFrom("account").selectAll().execute());
  for (const held of [secret, of("investigator").password, of("investigator").totp]) expect(rows).not.toContain(held);
});

test("name and password are refused with the same words whichever is wrong", async () => {
  const wrong = await refusalOf(
    checkPassword(at.node, { username: "investigator.xa", password: "not this one" }, from("192.0.2.1")),
  );
  const nobody = await refusalOf(
    checkPassword(at.node, { username: "nobody.xa", password: "not this one" }, from("192.0.2.1")),
  );
  expect([wrong.code, wrong.key, wrong.values]).toEqual([nobody.code, nobody.key, nobody.values]);
  expect(wrong.key).toBe("sign-in-wrong");
});

test("a one-time code opens once, even when two calls bring it at the same moment", async () => {
  const account = await checkPassword(at.node, of("examiner"), from("192.0.2.1"));
  const both = await Promise.all(
    [1, 2].map(() => signIn(at.node, { account, code: code(of("examiner")), device: "Test" })),
  );
  expect(both.filter((entered) => entered !== undefined)).toHaveLength(1);
  expect(await signIn(at.node, { account, code: code(of("examiner")), device: "Test" })).toBeUndefined();
});

test("guessing from many networks shuts out the guessers, and never the browser that has signed in before", async () => {
  const victim = of("judge");
  const id = (await officerOf("judge")).account;
  const known = deviceMark(at.node, id);
  let refused: Refusal | undefined;
  for (let n = 0; n < 70 && !refused; n += 1) {
    const { key, code: kind } = await refusalOf(
      checkPassword(at.node, { username: victim.username, password: `guess ${n}` }, from(`198.18.${n}.7`)),
    );
    if (kind === "too-many") refused = await refusalOf(checkPassword(at.node, victim, from("203.0.113.9")));
    else expect(key).toBe("sign-in-wrong");
  }
  expect(refused?.key).toBe("sign-in-too-many");
  expect(await checkPassword(at.node, victim, from("203.0.113.9", known))).toBe(id);
  // A mark made up by somebody else, or for another account, opens no such door.
  const [nonce = ""] = known.split(".");
  const forged = [`${nonce}.AAAA`, deviceMark(at.node, (await officerOf("examiner")).account)];
  for (const mark of forged)
    expect((await refusalOf(checkPassword(at.node, victim, from("203.0.113.9", mark)))).key).toBe("sign-in-too-many");
  now = now.add({ minutes: 16 });
  expect(await checkPassword(at.node, victim, from("203.0.113.9"))).toBe(id);
});

test("one network may try one name eight times in a quarter of an hour, all at once or one by one", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      refusalOf(checkPassword(at.node, { username: "statistician.xa", password: `guess ${n}` }, from("192.0.2.77"))),
    ),
  );
  expect(answers.filter(({ key }) => key === "sign-in-wrong").length).toBeLessThanOrEqual(8);
  expect(answers.some(({ key }) => key === "sign-in-too-many")).toBe(true);
  expect(await checkPassword(at.node, of("statistician"), from("198.51.100.4"))).toBeTypeOf("string");
});

test("one-time codes can't be guessed through", async () => {
  const account = await checkPassword(at.node, of("duty-officer"), from("192.0.2.1"));
  for (let n = 0; n < 12; n += 1)
    expect(await signIn(at.node, { account, code: "000000", device: "Test" })).toBeUndefined();
  expect((await refusalOf(signIn(at.node, { account, code: code(of("duty-officer")), device: "Test" }))).key).toBe(
    "sign-in-too-many",
  );
});

test("thirty idle minutes or twelve hours end a session", async () => {
  const first = await enter();
  now = now.add({ minutes: 29 });
  expect((await withCookie(first.secret)).statusCode).toBe(200);
  now = now.add({ minutes: 31 });
  expect((await withCookie(first.secret)).statusCode).toBe(401);

  const second = await enter();
  let { secret } = second;
  for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
    const answer = await withCookie(secret);
    if (minutes < 12 * 60) expect([minutes, answer.statusCode]).toEqual([minutes, 200]);
    secret = answer.cookies.find(({ name }) => name === "session")?.value ?? secret;
    now = now.add({ minutes: 20 });
  }
  expect((await withCookie(secret)).statusCode).toBe(401);
});

test("a session's token is replaced every quarter of an hour; the old one serves calls under way and then no more", async () => {
  const { secret } = await enter();
  now = now.add({ minutes: 16 });
  const answers = await Promise.all([1, 2, 3].map(() => withCookie(secret)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  const fresh = answers.flatMap(({ cookies }) =>
    cookies.filter(({ name }) => name === "session").map(({ value }) => value),
  );
  expect(fresh).toHaveLength(1);
  expect((await withCookie(secret)).statusCode).toBe(200);
  now = now.add({ minutes: 2 });
  expect((await withCookie(secret)).statusCode).toBe(401);
  expect((await withCookie(fresh[0] ?? "")).statusCode).toBe(200);
});

test("officers see and end their own sessions only", async () => {
  const mine = await enter();
  const other = await enter("prosecutor");
  const post = (id: string, secret: string) =>
    desk.inject({
      method: "POST",
      url: `/api/v1/sessions/${id}/end`,
      cookies: { session: secret },
      headers: { origin: "http://desk.test", host: "desk.test" },
      payload: {},
    });
  expect((await post(other.officer.credential, mine.secret)).statusCode).toBe(404);
  expect((await withCookie(other.secret)).statusCode).toBe(200);
  expect((await post(mine.officer.credential, mine.secret)).statusCode).toBe(200);
  expect((await withCookie(mine.secret)).statusCode).toBe(401);
});

test("a page of another site can't act in an officer's session", async () => {
  const { officer, secret } = await enter();
  const answer = await desk.inject({
    method: "POST",
    url: `/api/v1/sessions/${officer.credential}/end`,
    cookies: { session: secret },
    headers: { origin: "https://evil.example", host: "desk.test" },
    payload: {},
  });
  expect(answer.statusCode).toBe(403);
  expect((await withCookie(secret)).statusCode).toBe(200);
});

test("presence is proved by a fresh code or the password, and remembered", async () => {
  const { officer } = await enter("administrator");
  now = now.add({ minutes: 10 });
  expect(await stepUp(at.node, officer, "not the password")).toBe(false);
  expect(await stepUp(at.node, officer, of("administrator").password)).toBe(true);
  const proof = code(of("administrator"));
  expect([await stepUp(at.node, officer, proof), await stepUp(at.node, officer, proof)]).toEqual([true, false]);
  const { stepped_up_at: at_ } = await at.node.db
    .selectFrom("session")
    .select("stepped_up_at")
    .where("id", "=", officer.credential)
    .executeTakeFirstOrThrow();
  expect(at_?.equals(now)).toBe(true);
});

test("an invitation is taken up once, with a password and a confirmed authenticator; a reset ends everything and invites anew", async () => {
  const administrator = await officerOf("administrator");
  const { office } = await officerOf("investigator");
  const input = { username: "New.Person", name: "New Person", role: "investigator", office: office.id };
  const { id, done } = await perform({ node: at.node, actor: administrator, act: createAccount, input });
  expect(done["username"]).toBe("new.person");
  const given = { username: "new.person", code: String(done["invitation"]).toLowerCase().replaceAll("-", " ") };
  expect((await refusalOf(openInvitation(at.node, { ...given, code: "AAAA-BBBB" }, from("192.0.2.5")))).key).toBe(
    "invitation-wrong",
  );
  const invited = await openInvitation(at.node, given, from("192.0.2.5"));
  expect(await takeUp(at.node, invited, { password: "a long password", code: "000000" })).toBe(false);
  const secret = { totp: new Secret({ buffer: Uint8Array.from(invited.secret).buffer }).base32 };
  expect(await takeUp(at.node, invited, { password: "a long password", code: code(secret) })).toBe(true);
  expect((await refusalOf(openInvitation(at.node, given, from("192.0.2.5")))).key).toBe("invitation-wrong");
  expect(await signIn(at.node, { account: id, code: code(secret), device: "Test" })).toBeUndefined();
  now = now.add({ seconds: 60 });
  const entered = await signIn(at.node, {
    account: await checkPassword(at.node, { username: "new.person", password: "a long password" }, from("192.0.2.5")),
    code: code(secret),
    device: "Test",
  });
  expect((await withCookie(entered?.secret ?? "")).statusCode).toBe(200);

  const again = await perform({
    node: at.node,
    actor: administrator,
    act: resetAccount,
    id,
    input: { reason: "lost telephone" },
  });
  expect(again.done["invitation"]).not.toBe(done["invitation"]);
  expect((await withCookie(entered?.secret ?? "")).statusCode).toBe(401);
  expect(
    (
      await refusalOf(
        checkPassword(at.node, { username: "new.person", password: "a long password" }, from("192.0.2.5")),
      )
    ).key,
  ).toBe("sign-in-wrong");
  now = now.add({ hours: 73 });
  expect(
    (
      await refusalOf(
        openInvitation(at.node, { username: "new.person", code: String(again.done["invitation"]) }, from("192.0.2.5")),
      )
    ).key,
  ).toBe("invitation-wrong");
  // What the journal says holds no code and no password.
  const journal = JSON.stringify(
    await at.node.db.selectFrom("journal").select("record").where("subject_id", "=", id).execute(),
  );
  expect(journal).toContain("account.reset");
  for (const held of [done["invitation"], again.done["invitation"], "a long password"])
    expect(journal).not.toContain(String(held));
});

test("only an administrator manages accounts, and nobody their own", async () => {
  const administrator = await officerOf("administrator");
  const judge = await officerOf("judge");
  const disable = (actor: Officer, id: string) =>
    perform({ node: at.node, actor, act: disableAccount, id, input: { reason: "left the service" } });
  expect((await refusalOf(disable(judge, administrator.account))).code).toBe("not-found");
  const own = await refusalOf(disable(administrator, administrator.account));
  expect([own.key, own.policies]).toEqual(["nobody-manages-themselves", ["core.nobody-manages-themselves"]]);
});

test("a role must fit the office, a username is given once, and both are said beside the field", async () => {
  const actor = await officerOf("administrator");
  const { office } = await officerOf("investigator");
  const create = (input: object) =>
    refusalOf(
      perform({
        node: at.node,
        actor,
        act: createAccount,
        input: { username: "x.y", name: "X", office: office.id, role: "investigator", ...input },
      }),
    );
  expect((await create({ role: "judge" })).fields).toEqual([{ path: "role", key: "role-not-in-office" }]);
  expect((await create({ username: "judge.xa" })).fields).toEqual([{ path: "username", key: "username-taken" }]);
  expect((await create({ username: "1 2" })).fields).toEqual([{ path: "username", key: "username-form" }]);
  expect((await create({ office: crypto.randomUUID() })).fields).toEqual([{ path: "office", key: "office-unknown" }]);
});

test("a bearer token is its holder, within its scopes, until it is ended or the account is shut", async () => {
  const bearer = (secret: string, url: string, more: object = {}) =>
    desk.inject({ url, headers: { authorization: `Bearer ${secret}` }, ...more });
  const { token: full } = of("central-authority");
  expect((await bearer(full, "/api/v1/sessions")).statusCode).toBe(200);
  expect((await bearer(`${full}x`, "/api/v1/sessions")).statusCode).toBe(401);
  expect((await bearer("x", "/api/v1/sessions")).statusCode).toBe(401);
  const made = await bearer(full, "/api/v1/tokens", { method: "POST", payload: { name: "Figures", scopes: ["read"] } });
  expect(made.statusCode).toBe(201);
  const { id, secret } = made.json<{ id: string; secret: string }>();
  expect((await bearer(secret, "/api/v1/tokens")).json()).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ id, scopes: ["read"] })]),
  });
  const beyond = await bearer(secret, "/api/v1/tokens", { method: "POST", payload: { name: "More", scopes: ["*"] } });
  expect([beyond.statusCode, beyond.json<{ type: string }>().type]).toEqual([403, "/problems/not-allowed"]);
  expect((await bearer(full, `/api/v1/tokens/${id}/end`, { method: "POST", payload: {} })).statusCode).toBe(200);
  expect((await bearer(secret, "/api/v1/tokens")).statusCode).toBe(401);

  const officer = await officerOf("central-authority");
  await perform({
    node: at.node,
    actor: await officerOf("administrator"),
    act: disableAccount,
    id: officer.account,
    input: { reason: "left the service" },
  });
  expect((await bearer(full, "/api/v1/sessions")).statusCode).toBe(401);
});

test("the list of accounts is the administrator's, in pages; others find nothing", async () => {
  const get = async (role: string, url: string) =>
    (await desk.inject({ url, headers: { authorization: `Bearer ${of(role).token}` } })).json<{
      items: { username: string }[];
      next?: string;
    }>();
  expect((await get("judge", "/api/v1/accounts")).items).toEqual([]);
  const first = await get("administrator", "/api/v1/accounts?limit=4");
  const second = await get("administrator", `/api/v1/accounts?limit=4&cursor=${first.next ?? ""}`);
  const names = [...first.items, ...second.items].map(({ username }) => username);
  expect(names).toHaveLength(8);
  expect(names).toEqual([...names].sort());
  expect((await get("administrator", "/api/v1/accounts?q=JUDGE%2")).items).toEqual([]);
  expect((await get("administrator", "/api/v1/accounts?q=judge")).items.map(({ username }) => username)).toEqual([
    "judge.xa",
  ]);
});
