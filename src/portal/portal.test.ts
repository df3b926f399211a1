import { brotliCompressSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { chrome } from "../chrome.ts";
import { loadCountry } from "../access/slice.ts";
import { sql } from "../kernel/database.ts";
import { makeServer } from "../kernel/server.ts";
import { registry } from "../kernel/slice.ts";
import { assets } from "../ui/assets.ts";
import { readCode } from "../reports/code.ts";
import { type Answers, nextStep, takeStep } from "./draft.ts";
import { reports, type TellingRow, toldIn } from "../reports/slice.ts";
import { portal as form } from "./slice.ts";

let at: TestNode;
let portal: FastifyInstance;
beforeAll(async () => {
  at = await testNode([reports, form], {
    services: { country: loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry([reports, form])) },
  });
  portal = await makeServer({ node: at.node, role: "portal", chrome });
  await portal.ready();
});
afterAll(async () => {
  await portal.close();
  await at.close();
});

/** A browser without script: it keeps cookies, follows redirects and posts forms. */
function browser(language = "en") {
  const cookies = new Map<string, string>();
  const call = async (
    method: "GET" | "POST",
    url: string,
    form?: Record<string, string | string[]>,
  ): Promise<{ status: number; url: string; html: string; document: Document }> => {
    const payload = form
      ? new URLSearchParams(
          Object.entries(form).flatMap(([name, value]) => [value].flat().map((each) => [name, each])),
        ).toString()
      : undefined;
    const answer = await portal.inject({
      method,
      url,
      ...(payload === undefined ? {} : { payload }),
      headers: {
        accept: "text/html",
        host: "comity.test",
        "accept-language": language,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form ? { "content-type": "application/x-www-form-urlencoded", origin: "http://comity.test" } : {}),
      },
    });
    for (const { name, value } of answer.cookies) cookies.set(name, value);
    if (answer.statusCode === 303) return call("GET", String(answer.headers.location));
    return { status: answer.statusCode, url, html: answer.body, document: parseHTML(answer.body).document };
  };
  return {
    get: (url: string) => call("GET", url),
    post: (url: string, form: Record<string, string | string[]>) => call("POST", url, form),
  };
}
type Browser = ReturnType<typeof browser>;

async function filled(user: Browser, words: string): Promise<void> {
  await user.get("/report");
  for (const step of ["danger", "child", "money"]) await user.post(`/report/${step}`, { [step]: "no" });
  await user.post("/report/what", { tile: "message" });
  await user.post("/report/kind", { category: "F8" });
  await user.post("/report/words", { description: words });
}

describe("the form, without script", () => {
  test("leads by one question a page to a code, which opens the report", async () => {
    const user = browser();
    const start = await user.get("/");
    expect(start.document.querySelector("a.button")?.getAttribute("href")).toBe("/report");
    await filled(user, "He called from +230 5251 9999 about hxxp://bad[.]top/x and +230 5251 8888");
    const found = await user.get("/report/found");
    const keys = [...found.document.querySelectorAll("input[name=keep]")].map(
      (each) => each.getAttribute("value") ?? "",
    );
    expect(keys).toEqual(["domain:bad.top", "phone:+23052519999", "phone:+23052518888"]);
    await user.post("/report/found", { keep: keys.slice(0, 2), more: "and 5251 7777" });
    const check = await user.post("/report/who", { choice: "anonymous" });
    expect(check.url).toBe("/report/check");
    const sent = await user.post("/report/check", {});
    const code = sent.document.querySelector(".code")?.textContent ?? "";
    expect(readCode(code)).toMatch(/^\d{16}$/);
    const { rows } = await sql<{
      key: string;
    }>`select o.key from report_observable o join report r on r.id = o.report_id where r.channel = 'portal' order by o.key`.execute(
      at.node.db,
    );
    expect(rows.map(({ key }) => key)).toEqual(["domain:bad.top", "phone:+23052517777", "phone:+23052519999"]);
    const own = await user.post("/follow", { code });
    expect(own.url).toBe("/follow/report");
    expect(own.html).toContain("He called from +230 5251 9999");
  });
  test("sent twice it is one report with one code", async () => {
    const user = browser();
    await filled(user, "double");
    await user.post("/report/found", {});
    await user.post("/report/who", { choice: "anonymous" });
    const [first, second] = await Promise.all([user.post("/report/check", {}), user.post("/report/check", {})]);
    const code = (page: { document: Document }) => page.document.querySelector(".code")?.textContent;
    expect(code(first)).toBe(code(second));
    const { rows } = await sql<TellingRow>`select id, told from report`.execute(at.node.db);
    expect(rows.filter((row) => toldIn(at.node, row).description === "double")).toHaveLength(1);
  });
  test("keeps what was typed when something is wrong, and says what in words", async () => {
    const user = browser();
    await filled(user, "words");
    await user.post("/report/found", {});
    const wrong = await user.post("/report/who", { choice: "contact", name: "Ana <b>", email: "nonsense" });
    expect(wrong.status).toBe(422);
    expect(wrong.document.querySelector("input[name=name]")?.getAttribute("value")).toBe("Ana <b>");
    expect(wrong.document.querySelector("[role=alert]")?.textContent).toContain("name@example.com");
    expect(wrong.html).not.toContain("<b>");
  });
  test("a yes shows whom to call first, and money is asked for at once", async () => {
    const user = browser();
    await user.get("/report");
    await user.post("/report/danger", { danger: "yes" });
    await user.post("/report/child", { child: "no" });
    const help = await user.post("/report/money", { money: "yes" });
    expect(help.url).toBe("/report/help");
    expect(help.html).toMatch(/\d{3}/);
    expect((await user.post("/report/help", {})).url).toBe("/report/transfer");
  });
  test("speaks French to who reads French", async () => {
    const page = await browser("fr").get("/report/danger");
    expect(page.document.documentElement.getAttribute("lang")).toBe("fr");
    expect(page.document.querySelector("h1")?.textContent).toContain("en danger");
  });
  test("script in every field is shown as text", async () => {
    const user = browser();
    const script = "<script>alert(1)</script>";
    await filled(user, `${script} bad.top`);
    await user.post("/report/found", { more: script });
    const check = await user.post("/report/who", { choice: "contact", name: script, phone: script });
    expect(check.html).not.toContain("<script>alert");
    const sent = await user.post("/report/check", {});
    const own = await user.post("/follow", { code: sent.document.querySelector(".code")?.textContent ?? "" });
    expect(own.status).toBe(200);
    expect(own.html).not.toContain("<script>alert");
  });
  test.each(["/report/check", "/report/who", "/report/sent", "/report/found"])(
    "%s without what comes before leads to the first question",
    async (url) => {
      expect((await browser().get(url)).url).toBe("/report/danger");
    },
  );
  test("an unknown step is not found, a foreign draft cookie is nobody's", async () => {
    expect((await browser().get("/report/nothing")).status).toBe(404);
    const answer = await portal.inject({ url: "/report/who", headers: { cookie: `draft=${"A".repeat(43)}` } });
    expect(answer.headers.location).toBe("/report/danger");
  });
  test("a wrong code is told from a mistyped one, and stays in the box", async () => {
    const mistyped = await browser().post("/follow", { code: "1234 5678 9012 3456" });
    expect(mistyped.status).toBe(422);
    expect(mistyped.document.querySelector("input[name=code]")?.getAttribute("value")).toBe("1234 5678 9012 3456");
  });
  test("what stands in the database of a draft can't be read without the browser's part", async () => {
    const user = browser();
    await filled(user, "very secret words");
    const { rows } = await sql<{
      all: string;
    }>`select string_agg(encode(sealed, 'escape'), '') as all from report_draft`.execute(at.node.db);
    expect(rows[0]?.all).not.toContain("secret words");
  });
  test("the first load is at most 14 KB on the wire with its style sheet and script, every page at most 8 KB", async () => {
    const user = browser();
    const sent = ["portal.css", "leave.js"].map((name) => assets.find(assets.url(name))?.br?.length ?? Number.NaN);
    expect(
      brotliCompressSync((await user.get("/")).html).length + sent.reduce((sum, size) => sum + size, 0),
    ).toBeLessThan(14 * 1_024);
    await filled(user, "small");
    for (const url of ["/", "/report/danger", "/report/what", "/report/words", "/follow"])
      expect(Buffer.byteLength((await user.get(url)).html), url).toBeLessThan(8_192);
  });
});

test("changing the words asks again what was found in them, and nothing else", () => {
  const answers: Answers = {
    danger: "no",
    child: "no",
    money: "no",
    tile: "unsure",
    category: "X9",
    description: "a",
    found: { dropped: [], more: "" },
    who: { choice: "anonymous", name: "", email: "", phone: "" },
  };
  expect(nextStep(answers)).toBe("check");
  const changed = takeStep(answers, "words", { description: "b" }, "MU");
  expect("answers" in changed && nextStep(changed.answers)).toBe("found");
});
