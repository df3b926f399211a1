import type { FastifyInstance } from "fastify";
import { parseHTML } from "linkedom";
import { Secret } from "otpauth";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import type { Chrome } from "../kernel/caller.ts";
import { makeServer } from "../kernel/server.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import { assets } from "../ui/assets.ts";
import { ProblemPage } from "../ui/problem.tsx";
import { loadCountry } from "./country.ts";
import { type DemoAccount, createDemoAccounts } from "./demo.ts";
import { codeOf, stepAt } from "./one-time-code.ts";
import { deviceName, ownAddress } from "./sign-in.tsx";
import { access } from "./slice.ts";
import { passedNote } from "../../test/passed.ts";

const chrome: Chrome = {
  asset: (name) => assets.url(name),
  actForm: (form) => ActFormPage({ form }),
  problem: (problem) => ProblemPage({ problem }),
};
let at: TestNode;
let desk: FastifyInstance;
let accounts: readonly DemoAccount[];
let now = Temporal.Instant.from("2026-11-20T08:00:00Z");
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
beforeEach(() => {
  now = now.add({ hours: 1 });
});

const of = (role: string): DemoAccount => {
  const found = accounts.find((one) => one.role === role);
  if (!found) throw new Error(`no ${role}`);
  return found;
};
const codeNow = (totp: string) => codeOf(Buffer.from(Secret.fromBase32(totp).bytes), stepAt(now));

/** A browser without JavaScript: keeps cookies by path, sends forms from this site. */
class Browser {
  readonly jar = new Map<string, { value: string; path: string }>();
  #take(answer: Awaited<ReturnType<FastifyInstance["inject"]>>) {
    for (const { name, value, path = "/", expires } of answer.cookies) {
      if (value === "" || (expires && expires.getTime() < 1_000)) this.jar.delete(name);
      else this.jar.set(name, { value, path });
    }
    return answer;
  }
  #cookies(url: string) {
    return Object.fromEntries(
      [...this.jar].filter(([, { path }]) => url.startsWith(path)).map(([name, { value }]) => [name, value]),
    );
  }
  async get(url: string) {
    return this.#take(
      await desk.inject({ url, cookies: this.#cookies(url), headers: { accept: "text/html", host: "desk.test" } }),
    );
  }
  async post(url: string, form: Record<string, string>) {
    return this.#take(
      await desk.inject({
        method: "POST",
        url,
        cookies: this.#cookies(url),
        payload: new URLSearchParams(form).toString(),
        headers: {
          accept: "text/html",
          host: "desk.test",
          origin: "http://desk.test",
          "content-type": "application/x-www-form-urlencoded",
          "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        },
      }),
    );
  }
  async signIn(account: DemoAccount, to = "/sessions") {
    await this.post("/sign-in", { username: account.username, password: account.password, to });
    return this.post("/sign-in/code", { code: codeNow(account.totp), to });
  }
}
const documentOf = (answer: { body: string }) => parseHTML(answer.body).document;

test("signing in takes password and code on two pages and leads back to where one was going", async () => {
  const browser = new Browser();
  const away = await browser.get("/sessions?x=1");
  expect([away.statusCode, away.headers.location]).toEqual([303, "/sign-in?to=%2Fsessions%3Fx%3D1"]);
  const form = documentOf(await browser.get("/sign-in?to=%2Fsessions%3Fx%3D1"));
  expect(form.querySelector("input[name=to]")?.getAttribute("value")).toBe("/sessions?x=1");
  const { username, password, totp } = of("investigator");
  const first = await browser.post("/sign-in", {
    username: ` ${username.toUpperCase()} `,
    password,
    to: "/sessions?x=1",
  });
  expect([first.statusCode, first.headers.location]).toEqual([303, "/sign-in/code?to=%2Fsessions%3Fx%3D1"]);
  const second = await browser.post("/sign-in/code", { code: codeNow(totp), to: "/sessions?x=1" });
  expect([second.statusCode, second.headers.location]).toEqual([303, "/sessions?x=1"]);
  const page = documentOf(await browser.get("/sessions?x=1"));
  expect(page.querySelector("table")?.textContent).toContain("Firefox, Linux");
  const cookies = second.cookies.filter(({ value }) => value !== "");
  expect(cookies.every(({ httpOnly, sameSite }) => httpOnly === true && sameSite === "Strict")).toBe(true);
});

test("a wrong password keeps the username, never the password, and says the same for nobody", async () => {
  const browser = new Browser();
  const answers = await Promise.all(
    ["investigator.xa", "nobody.xa"].map((username) =>
      browser.post("/sign-in", { username, password: "s3cret-typed", to: "/" }),
    ),
  );
  for (const [index, answer] of answers.entries()) {
    expect(answer.statusCode).toBe(422);
    expect(answer.body).not.toContain("s3cret-typed");
    const page = documentOf(answer);
    expect(page.querySelector("input[name=username]")?.getAttribute("value")).toBe(
      ["investigator.xa", "nobody.xa"][index],
    );
    expect(page.querySelector("[role=alert]")?.textContent).toContain("don’t belong together");
  }
});

test("the code page is nobody's without the password, and a mark made up or old opens nothing", async () => {
  const browser = new Browser();
  const { totp } = of("judge");
  expect((await browser.post("/sign-in/code", { code: codeNow(totp), to: "/" })).statusCode).toBe(422);
  await browser.post("/sign-in", { username: of("judge").username, password: of("judge").password, to: "/" });
  const mark = browser.jar.get("sign-in")?.value ?? "";
  const [account = "", until = "", proof = ""] = mark.split(".");
  for (const forged of [
    `${account}.${Number(until) + 1}.${proof}`,
    `${crypto.randomUUID()}.${until}.${proof}`,
    `${account}.${until}.`,
    "x",
  ]) {
    browser.jar.set("sign-in", { value: forged, path: "/sign-in" });
    expect((await browser.post("/sign-in/code", { code: codeNow(totp), to: "/" })).body).toContain("You took too long");
  }
  browser.jar.set("sign-in", { value: mark, path: "/sign-in" });
  now = now.add({ minutes: 6 });
  expect((await browser.post("/sign-in/code", { code: codeNow(totp), to: "/" })).body).toContain("You took too long");
  expect(browser.jar.has("session")).toBe(false);
});

test("a wrong code is said beside its field, and the right one still works", async () => {
  const browser = new Browser();
  const { username, password, totp } = of("prosecutor");
  await browser.post("/sign-in", { username, password, to: "/" });
  const wrong = await browser.post("/sign-in/code", { code: "000000", to: "/sessions" });
  expect([wrong.statusCode, documentOf(wrong).querySelector("#f-code-error")?.textContent]).toEqual([
    422,
    expect.stringContaining("Wait for the next one"),
  ]);
  expect((await browser.post("/sign-in/code", { code: codeNow(totp), to: "/sessions" })).headers.location).toBe(
    "/sessions",
  );
});

test("signing out ends the session on the server too", async () => {
  const browser = new Browser();
  await browser.signIn(of("examiner"));
  const kept = new Map(browser.jar);
  expect((await browser.post("/sign-out", {})).headers.location).toBe("/sign-in");
  for (const [name, cookie] of kept) browser.jar.set(name, cookie);
  expect((await browser.get("/sessions")).statusCode).toBe(303);
});

test("an administrator invites somebody, who takes the account up without anybody knowing the password", async () => {
  const administrator = new Browser();
  await administrator.signIn(of("administrator"));
  const form = documentOf(await administrator.get("/accounts/new"));
  const office =
    [...form.querySelectorAll("select[name=office] option")]
      .find((option) => option.textContent?.startsWith("Cybercrime Unit"))
      ?.getAttribute("value") ?? "";
  const mistake = await administrator.post("/accounts/new", {
    username: "Ü",
    name: "Rosa Lind",
    role: "investigator",
    office,
    language: "en",
  });
  expect(mistake.statusCode).toBe(422);
  expect(documentOf(mistake).querySelector("input[name=name]")?.getAttribute("value")).toBe("Rosa Lind");
  const made = await administrator.post("/accounts/new", {
    username: "rosa.lind",
    name: "Rosa Lind",
    role: "investigator",
    office,
    language: "en",
  });
  expect(made.statusCode).toBe(303);
  const page = documentOf(await administrator.get(String(made.headers.location)));
  const code = page.querySelector(".notice code")?.textContent ?? "";
  expect(code).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);

  const rosa = new Browser();
  expect((await rosa.post("/invitation", { username: "rosa.lind", code: "AAAA" })).statusCode).toBe(422);
  const choose = documentOf(await rosa.post("/invitation", { username: "rosa.lind", code }));
  expect(choose.querySelector("img")?.getAttribute("src")).toMatch(/^data:image\/png;base64,/);
  const totp = choose.querySelector("section code")?.textContent?.replaceAll(" ", "") ?? "";
  const accept = (password: string, confirmation: string) =>
    rosa.post("/invitation/accept", { username: "rosa.lind", code, password, confirmation });
  expect((await accept("short", codeNow(totp))).body).toContain("at least 12 characters");
  expect((await accept("a sentence only Rosa writes", "000000")).body).toContain("not the code that the app shows");
  expect((await accept("a sentence only Rosa writes", codeNow(totp))).headers.location).toBe(
    "/sign-in?done=invitation",
  );
  now = now.add({ minutes: 1 });
  const entered = await rosa.signIn({
    ...of("investigator"),
    username: "rosa.lind",
    password: "a sentence only Rosa writes",
    totp,
  });
  expect(entered.headers.location).toBe("/sessions");
});

test("others than the administrator find no accounts page", async () => {
  const browser = new Browser();
  await browser.signIn(of("unit-head"));
  const { body, statusCode } = await browser.get("/accounts");
  expect(statusCode).toBe(200);
  expect(body).not.toContain("judge.xa");
  const account = await at.node.db
    .selectFrom("account")
    .select("id")
    .where("username", "=", "judge.xa")
    .executeTakeFirstOrThrow();
  expect((await browser.get(`/accounts/${account.id}`)).statusCode).toBe(404);
  expect((await browser.get(`/accounts/${account.id}/disable`)).statusCode).toBe(404);
});

test("a token is shown while it is new, and works", async () => {
  const browser = new Browser();
  await browser.signIn(of("statistician"));
  const made = await browser.post("/tokens/new", { name: "Figures", "scopes.0": "read", days: "30" });
  expect(made.statusCode).toBe(303);
  const secret =
    documentOf(await browser.get(String(made.headers.location))).querySelector(".notice code")?.textContent ?? "";
  expect(
    (await desk.inject({ url: "/api/v1/tokens", headers: { authorization: `Bearer ${secret}` } })).statusCode,
  ).toBe(200);
  now = now.add({ minutes: 11 });
  expect((await browser.get(String(made.headers.location))).body).not.toContain(secret);
});

test.each([
  ["/cases?x=1", "/cases?x=1"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["/a\\b", "/"],
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["/sign-in?to=/x", "/"],
  ["/x\r\nset-cookie: a=b", "/"],
  ["", "/"],
  [undefined, "/"],
])("after signing in, %j leads to %s", (to, address) => {
  expect(ownAddress(to)).toBe(address);
});

test.each([
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Chrome, Windows",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "Edge, Windows",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "Safari, macOS",
  ],
  ["<script>alert(1)</script>", "–"],
  [undefined, "–"],
])("a browser is named in words: %s", (agent, words) => {
  expect(deviceName(agent)).toBe(words);
});

test("nothing that a form can hold gives a 5xx", async () => {
  const values = ["", "\u0000", "x".repeat(100_000), "%00", "[object Object]", "'; drop table account;--"];
  for (const url of ["/sign-in", "/sign-in/code", "/invitation", "/invitation/accept", "/sign-out"])
    for (const value of values) {
      const answer = await new Browser().post(url, {
        username: value,
        password: value,
        code: value,
        to: value,
        confirmation: value,
        "username.x": value,
      });
      expect([url, value.slice(0, 10), answer.statusCode < 500]).toEqual([url, value.slice(0, 10), true]);
    }
});
