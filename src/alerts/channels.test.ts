import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { DOMParser, parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { validateXML } from "xmllint-wasm";
import { chrome } from "../chrome.ts";
import { sweep } from "../kernel/sweep.ts";
import { unturned } from "../kernel/turning.ts";
import { makeServer } from "../kernel/server.ts";
import * as acts from "./acts.ts";
import { capTime } from "./feeds.ts";
import { type Ground, ground, WORDS } from "../../test/alerts-ground.ts";
import { documentOf, element } from "./xml.ts";

/** Texts of any code units, halves of pairs and controls among them. */
const anyText = (maxLength = 100) =>
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength });

const DATA = process.env["COMITY_TEST_DATA"] ?? "../shared/data";
const KB = 1_024;
let on: Ground;
let portal: FastifyInstance;
let now = Temporal.Instant.from("2026-11-20T08:00:00Z");
const id = { plain: "", french: "", updated: "", cancelled: "", expired: "", draft: "" };
const NASTY = `<script>alert(1)</script> & "quotes" ]]> 'é' \u202e`;

beforeAll(async () => {
  on = await ground({}, () => now);
  portal = await makeServer({ node: on.at.node, role: "portal", chrome });
  const step = async (name: keyof typeof id, made: Promise<string>) => {
    id[name] = await made;
    now = now.add({ minutes: 10 });
  };
  await step("expired", on.published({ days: 1, category: "A3" }));
  now = now.add({ hours: 30 });
  await sweep.run(on.at.node);
  await step("plain", on.published({ districts: ["harbour"], further: ["bad-parcel.top", "+230 5251 9999"] }));
  await step("french", on.published({ en: undefined, ar: undefined, category: "H1" }));
  await step("updated", on.published({ districts: ["north", "south"] }));
  await on.does(acts.amend, { category: "F8", ...WORDS, en: { ...WORDS.en, title: NASTY }, reason: NASTY }, id.updated);
  await on.does(acts.update, {}, id.updated, "unit-head");
  now = now.add({ minutes: 10 });
  await step("cancelled", on.published({ category: "F2" }));
  await on.does(acts.cancel, { reason: "It was a mistake." }, id.cancelled, "unit-head");
  id.draft = (await on.does(acts.draft, { category: "F8", ...WORDS })).id;
});
afterAll(async () => {
  await portal.close();
  await on.at.close();
});

const get = (url: string, headers: Record<string, string> = {}) =>
  portal.inject({ method: "GET", url, headers: { accept: "text/html", "accept-language": "en", ...headers } });
const xml = (text: string) => new DOMParser().parseFromString(text, "text/xml") as unknown as Document;
const textsOf = (document: Document, name: string) =>
  [...document.querySelectorAll(name)].map((each) => each.textContent);

describe("the Common Alerting Protocol", () => {
  const schema = readFileSync(join(DATA, "sharing/cap/CAP-v1.2.xsd"), "utf8");
  const problems = async (contents: string | string[]) =>
    (
      await validateXML({
        xml: [contents].flat().map((each, index) => ({ fileName: `${index}.cap`, contents: each })),
        schema: [schema],
      })
    ).errors.map(({ message }) => message);

  test("the schema finds what is wrong, and nothing in others' example", async () => {
    const example = readFileSync(join(DATA, "sharing/cap/cap_amber_alert_example.xml"), "utf8");
    expect(await problems(example)).toEqual([]);
    expect(await problems(example.replace("<scope>Public</scope>", ""))).not.toEqual([]);
  });

  test("every message is valid, in whatever state its warning is", async () => {
    const messages: string[] = [];
    for (const name of ["plain", "french", "updated", "cancelled", "expired"] as const)
      for (const query of ["", "?version=1", "?language=ar"]) {
        const answer = await get(`/alerts/${id[name]}.cap${query}`);
        expect(answer.headers["content-type"]).toBe("application/cap+xml; charset=utf-8");
        messages.push(answer.body);
      }
    expect(messages).toHaveLength(15);
    expect(await problems(messages)).toEqual([]);
  });

  test("says what, where and for whom, once in each language, and makes nothing clickable", async () => {
    const document = xml((await get(`/alerts/${id.plain}.cap`)).body);
    expect(textsOf(document, "language")).toEqual(["en", "fr", "ar"]);
    expect(textsOf(document, "headline")).toEqual([WORDS.en.title, WORDS.fr.title, WORDS.ar.title]);
    expect(textsOf(document, "areaDesc")).toEqual(["Harbour District", "District du Port", "منطقة الميناء"]);
    expect(textsOf(document, "value")).toContain("bad-parcel[.]top");
    expect(textsOf(document, "msgType")).toEqual(["Alert"]);
    expect(textsOf(document, "sender")).toEqual(["portal.aruna.example"]);
    expect(textsOf(document, "sent")[0]).toMatch(/^2026-11-2\dT\d\d:\d\d:\d\d\+04:00$/);
    expect(document.querySelector("signature")).toBeNull();
  });

  test("an update and a cancellation name every message before them, as it was sent", async () => {
    const first = xml((await get(`/alerts/${id.updated}.cap?version=1`)).body);
    const named = ["sender", "identifier", "sent"].map((name) => textsOf(first, name)[0]).join(",");
    for (const [which, kind] of [
      ["updated", "Update"],
      ["cancelled", "Cancel"],
    ] as const) {
      const document = xml((await get(`/alerts/${id[which]}.cap`)).body);
      expect(textsOf(document, "msgType")).toEqual([kind]);
      expect(textsOf(document, "references")[0]).toMatch(/^portal\.aruna\.example,XA-A-2026-\d{6}-1,2026-\S+$/);
      if (which === "updated") expect(textsOf(document, "references")).toEqual([named]);
    }
    expect(textsOf(xml((await get(`/alerts/${id.updated}.cap`)).body), "headline")[0]).toBe(NASTY);
  });

  test("UTC is written as the standard wants it", () => {
    const at = Temporal.Instant.from("2026-11-20T08:00:00.123Z");
    expect([capTime(at, "UTC"), capTime(at, "Asia/Manila")]).toEqual([
      "2026-11-20T08:00:00-00:00",
      "2026-11-20T16:00:00+08:00",
    ]);
  });

  test("whatever is written becomes XML that can be read back", async () => {
    const texts = fc.sample(anyText(60), 40);
    const whole = documentOf(
      element(
        "all",
        {},
        texts.map((text) => element("t", { a: text }, text)),
      ),
    );
    const schemaOfAny = `<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="all"/></schema>`;
    const { errors } = await validateXML({ xml: [{ fileName: "a.xml", contents: whole }], schema: [schemaOfAny] });
    expect(errors).toEqual([]);
  });
});

describe("the feeds", () => {
  test("Atom has what RFC 4287 demands, with changes and cancellations, and no draft", async () => {
    const answer = await get("/alerts.atom");
    expect(answer.headers["content-type"]).toBe("application/atom+xml; charset=utf-8");
    const document = xml(answer.body);
    const feed = document.documentElement;
    expect([feed.tagName, feed.getAttribute("xmlns")]).toEqual(["feed", "http://www.w3.org/2005/Atom"]);
    for (const name of ["id", "title", "updated", "author"])
      expect(
        [...feed.children].filter(({ tagName }) => tagName === name),
        name,
      ).toHaveLength(1);
    expect(feed.querySelector('link[rel="self"]')?.getAttribute("href")).toBe(
      "https://portal.aruna.example/alerts.atom",
    );
    const entries = [...feed.querySelectorAll("entry")];
    for (const entry of entries) {
      for (const name of ["id", "title", "updated", "published", "content"])
        expect(
          [...entry.children].filter(({ tagName }) => tagName === name),
          name,
        ).toHaveLength(1);
      expect(textsOf(entry as unknown as Document, "updated")[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
    const ids = entries.map((entry) => entry.querySelector("id")?.textContent);
    expect(ids).toEqual(
      ["cancelled", "updated", "french", "plain", "expired"].map((name) => `urn:uuid:${id[name as "plain"]}`),
    );
    expect(entries.map((entry) => entry.querySelector("title")?.textContent)).toEqual([
      "Called off: False parcel messages",
      `Updated: ${NASTY}`,
      "Faux messages de colis",
      "False parcel messages",
      "Over: False parcel messages",
    ]);
    expect(entries[2]?.getAttribute("xml:lang")).toBe("fr");
    expect(feed.querySelector("updated")?.textContent).toBe(entries[0]?.querySelector("updated")?.textContent);
  });

  test("JSON is a JSON Feed 1.1 of the same, and one warning is an item of it", async () => {
    const feed = (await get("/alerts.json?language=fr")).json();
    expect(feed).toMatchObject({
      version: "https://jsonfeed.org/version/1.1",
      language: "fr",
      title: "Alertes\u{a0}: Aruna",
    });
    expect(feed.items.map((item: { id: string }) => item.id)).not.toContain(id.draft);
    const item = feed.items.find((each: { id: string }) => each.id === id.plain);
    expect(item).toMatchObject({
      title: WORDS.fr.title,
      tags: ["message"],
      _comity: { state: "published", districts: [{ code: "harbour", name: "District du Port" }] },
    });
    expect((await get(`/alerts/${id.plain}.json?language=fr`)).json()).toEqual(item);
    expect((await get(`/alerts.json?category=images`)).json().items.map((each: { id: string }) => each.id)).toEqual([
      id.french,
    ]);
    expect(
      (await get(`/alerts.json?district=islands`)).json().items.map((each: { id: string }) => each.id),
    ).not.toContain(id.plain);
  });

  test.each(["/alerts", "/alerts.atom", "/alerts.json", "/alerts/box", "/advice"])(
    "%s is told to be unchanged in a few bytes",
    async (url) => {
      const { headers } = await get(url);
      expect(headers["cache-control"]).toMatch(/max-age=60/);
      const tag = String(headers.etag);
      const again = await get(url, { "if-none-match": `"other", W/${tag}` });
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, "", tag]);
      expect((await get(url, { "if-none-match": '"other"' })).statusCode).toBe(200);
    },
  );

  test("what is sent compressed is the same, in fewer bytes, with a tag of its own", async () => {
    const plain = await get("/alerts.json");
    const small = await get("/alerts.json", { "accept-encoding": "gzip, br" });
    expect([small.headers["content-encoding"], brotliDecompressSync(small.rawPayload).toString()]).toEqual([
      "br",
      plain.body,
    ]);
    expect(small.rawPayload.length).toBeLessThan(plain.body.length / 2);
    expect(small.headers.etag).not.toBe(plain.headers.etag);
    const again = await get("/alerts.json", {
      "accept-encoding": "gzip, br",
      "if-none-match": String(small.headers.etag),
    });
    expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
    expect((await get("/alerts", { "accept-encoding": "gzip" })).headers["content-encoding"]).toBe("gzip");
  });

  test("what is not public, not there or no name at all is the same 404 in every form", async () => {
    for (const name of [id.draft, crypto.randomUUID(), "x", "box.cap"])
      for (const ending of ["", ".cap", ".json"])
        expect((await get(`/alerts/${name}${ending}`)).statusCode, name + ending).toBe(404);
    expect((await get(`/alerts/${id.plain}.cap?version=7`)).statusCode).toBe(404);
  });

  test("strange parameters are as if they were not there", async () => {
    for (const query of [
      "category=%00",
      "category=zzz&district='--&cursor=x&show=never",
      "cursor=WzEsMl0",
      "category=money&category=hate",
    ])
      for (const path of ["/alerts", "/alerts.atom", "/alerts.json", "/alerts/box", "/alerts/embed"])
        expect((await get(`${path}?${query}`)).statusCode, path + query).toBeLessThan(500);
  });

  test("the description of the interface names them", async () => {
    const { paths } = (await get("/api/v1/openapi.json")).json();
    for (const path of ["/alerts.atom", "/alerts.json", "/alerts/{id}.cap", "/alerts/{id}.json"])
      expect(paths[path]?.get?.summary).toBeTruthy();
  });
});

describe("the pages", () => {
  const page = async (url: string, language = "en") => {
    const answer = await get(url, { "accept-language": language });
    return {
      answer,
      document: parseHTML(answer.body).document,
      text: parseHTML(answer.body).document.querySelector("main")?.textContent ?? "",
    };
  };

  test("list what holds now, what was before, and by subject and district", async () => {
    const titles = async (query: string) =>
      [...(await page(`/alerts${query}`)).document.querySelectorAll(".thread a")].map((each) =>
        each.getAttribute("href")?.slice(8),
      );
    expect(await titles("")).toEqual([id.updated, id.french, id.plain]);
    expect(await titles("?show=past")).toEqual([id.cancelled, id.expired]);
    expect(await titles("?category=images")).toEqual([id.french]);
    expect(await titles("?district=islands")).toEqual([id.updated, id.french]);
    expect((await page("/alerts?category=hate")).text).toContain("No warning fits what you chose.");
  });

  test("say in which language a warning is, where it is not the reader's", async () => {
    const { document, text } = await page(`/alerts/${id.french}`);
    expect(text).toContain("not written in your language yet");
    expect(document.querySelector("h1 span")?.getAttribute("lang")).toBe("fr");
    const arabic = await page(`/alerts/${id.plain}`, "ar");
    expect(arabic.document.documentElement.getAttribute("dir")).toBe("rtl");
    expect(arabic.document.querySelector("h1")?.textContent).toBe(WORDS.ar.title);
  });

  test("show indicators so that nothing can be clicked, and texts as texts", async () => {
    const { document, answer } = await page(`/alerts/${id.plain}`);
    expect([...document.querySelectorAll(".code-small")].map((each) => each.textContent)).toContain("bad-parcel[.]top");
    expect(answer.body).not.toContain("bad-parcel.top");
    const nasty = await page(`/alerts/${id.updated}`);
    expect(nasty.document.querySelector("h1")?.textContent).toBe(unturned(NASTY));
    expect(nasty.answer.body).not.toContain("<script>alert");
  });

  test.each(["cancelled", "expired"] as const)("say first that a warning is %s", async (which) => {
    const { document } = await page(`/alerts/${id[which]}`);
    expect(document.querySelector(".notice h2")?.textContent).toBe(
      which === "cancelled" ? "This warning was called off" : "This warning is over",
    );
  });

  test("weigh at most 8 KB each, compressed, in each language", async () => {
    for (let round = 0; round < 20; round += 1) await on.published();
    const urls = [
      "/alerts",
      `/alerts/${id.plain}`,
      "/alerts/mail",
      "/alerts/embed",
      "/alerts/box?limit=10",
      "/advice",
      "/advice/money",
      "/advice/images",
    ];
    for (const url of urls)
      for (const language of ["en", "fr", "ar"]) {
        const { rawPayload } = await get(url, { "accept-language": language, "accept-encoding": "br" });
        expect(rawPayload.length, `${url} ${language}`).toBeLessThan(8 * KB);
      }
    const next = (await page("/alerts")).document.querySelector('a[rel="next"]')?.getAttribute("href") ?? "";
    const second = (await page(next)).document.querySelectorAll(".thread li");
    expect(second.length).toBe(3);
  });
});

describe("the box", () => {
  test("may be shown on any site, alone of all pages; it sets no cookie and runs no script", async () => {
    const box = await get("/alerts/box?theme=dark&language=ar&limit=2&lang=fr");
    expect(box.headers["content-security-policy"]).toMatch(/frame-ancestors \*/);
    expect(box.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const plain = await get("/alerts/box?theme=dark&language=ar&limit=2");
    expect(plain.headers["set-cookie"]).toBeUndefined();
    expect(plain.body).not.toMatch(/<script|javascript:| on[a-z]+=/i);
    const { document } = parseHTML(plain.body);
    expect([document.documentElement.getAttribute("data-theme"), document.documentElement.getAttribute("dir")]).toEqual(
      ["dark", "rtl"],
    );
    expect(document.querySelectorAll("li")).toHaveLength(2);
    expect(document.querySelector("li a")?.getAttribute("href")).toMatch(/^https:\/\/portal\.aruna\.example\/alerts\//);
    for (const url of ["/alerts", `/alerts/${id.plain}`, "/alerts/mail", "/alerts/embed", "/advice", "/"])
      expect(String((await get(url)).headers["content-security-policy"]), url).toMatch(/frame-ancestors 'none'/);
  });

  test("comes with lines to copy that hold what was chosen", async () => {
    const { body } = await get("/alerts/embed?theme=light&language=fr&category=money&limit=3");
    const code = /<textarea[^>]*>([^<]*)</.exec(body)?.[1] ?? "";
    const plain = code
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&");
    const frame = parseHTML(`<body>${plain}</body>`).document.querySelector("iframe");
    expect(frame?.getAttribute("src")).toBe(
      "https://portal.aruna.example/alerts/box?theme=light&language=fr&category=money&limit=3",
    );
    expect(frame?.getAttribute("title")).toBe("Alertes\u{a0}: Aruna");
  });
});
