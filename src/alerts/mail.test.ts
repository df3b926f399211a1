import type { FastifyInstance } from "fastify";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mailServer } from "../../test/mail-server.ts";
import { chrome } from "../chrome.ts";
import { makeServer } from "../kernel/server.ts";
import { readerOf } from "../kernel/reader.ts";
import { mail } from "../mail/slice.ts";
import * as acts from "./acts.ts";
import { mailAlerts } from "./acts-mailing.ts";
import { forgetUnconfirmed } from "./acts-subscription.ts";
import { type Ground, ground, WORDS } from "../../test/alerts-ground.ts";
import { ASKED_A_DAY_MAX, linkOf, readLink } from "./subscription.ts";
import { alertFile } from "./views.ts";

let on: Ground;
let portal: FastifyInstance;
let server: Awaited<ReturnType<typeof mailServer>>;
let now = Temporal.Instant.from("2026-11-20T08:00:00Z");
beforeAll(async () => {
  server = await mailServer();
  on = await ground({ smtp_url: server.url, mail_from: "Police of Aruna <no-reply@aruna.example>" }, () => now);
  portal = await makeServer({ node: on.at.node, role: "portal", chrome });
});
afterAll(async () => {
  await portal.close();
  await on.at.close();
  await server.close();
});
beforeEach(async () => {
  now = now.add({ hours: 100 });
  await forgetUnconfirmed.run(on.at.node);
  await on.at.node.pool.query("delete from subscription");
  server.taken.length = 0;
});

const send = async () => {
  await mailAlerts.run(on.at.node);
  await mail.jobs?.[0]?.run(on.at.node);
  return server.taken.splice(0);
};
const post = (url: string, fields: Record<string, string | string[]> = {}, headers: Record<string, string> = {}) =>
  portal.inject({
    method: "POST",
    url,
    payload: new URLSearchParams(
      Object.entries(fields).flatMap(([name, value]) => [value].flat().map((each) => [name, each])),
    ).toString(),
    headers: { accept: "text/html", "content-type": "application/x-www-form-urlencoded", ...headers },
  });
const ask = (email: string, more: Record<string, string | string[]> = {}) =>
  post("/alerts/mail", { email, language: "en", ...more });
const linkIn = (text = "", purpose = "confirm") =>
  new URL(
    new RegExp(`https://portal\\.aruna\\.example/alerts/mail/${purpose}/[\\w-]+`).exec(text)?.[0] ??
      "https://none.example/none",
  ).pathname;
const subscribed = async (email: string, more: Record<string, string | string[]> = {}) => {
  await ask(email, more);
  const [message] = await send();
  expect((await post(linkIn(message?.mail.text))).statusCode).toBe(200);
};
const rows = async () => (await on.at.node.pool.query("select * from subscription")).rows;

describe("double opt-in", () => {
  test("nothing is sent before the reader of the mailbox says yes, by a button and not by a mere link", async () => {
    const asked = await ask("a@example.org");
    expect([asked.statusCode, asked.headers.location]).toEqual([303, "/alerts/mail?asked"]);
    const [message, ...others] = await send();
    expect([others, message?.to, message?.mail.subject]).toEqual([
      [],
      ["a@example.org"],
      "Warnings from Aruna: please confirm",
    ]);
    const link = linkIn(message?.mail.text);
    const page = await portal.inject({ method: "GET", url: link, headers: { accept: "text/html" } });
    expect(parseHTML(page.body).document.querySelector("main form")?.getAttribute("action")).toBe(link);
    await on.published();
    expect(await send()).toEqual([]);
    await post(link);
    await on.published();
    expect((await send()).map(({ to }) => to)).toEqual([["a@example.org"]]);
  });

  test("a link is good for 48 hours, for its own purpose, and unaltered", async () => {
    await ask("a@example.org");
    const link = linkIn((await send())[0]?.mail.text);
    expect((await post(link.replace("/confirm/", "/end/"))).statusCode).toBe(404);
    expect((await post(`${link.slice(0, -3)}AAA`)).statusCode).toBe(404);
    now = now.add({ hours: 49 });
    expect((await post(link)).statusCode).toBe(409);
    await forgetUnconfirmed.run(on.at.node);
    expect((await post(link)).statusCode).toBe(404);
    expect(await rows()).toEqual([]);
  });

  test("the answer is the same for a stranger, a subscriber and one who asks too often; the mailbox is written to a few times only", async () => {
    await subscribed("a@example.org");
    const answers = [];
    for (let round = 0; round < 8; round += 1) answers.push(await ask("A@example.org"));
    answers.push(await ask("new@example.org"));
    const shown = answers.map(({ statusCode, headers: { location }, body }) =>
      JSON.stringify([statusCode, location, body]),
    );
    expect(new Set(shown).size).toBe(1);
    const sent = await send();
    expect(sent.filter(({ to }) => to[0] === "A@example.org")).toHaveLength(ASKED_A_DAY_MAX - 1);
    expect(sent.filter(({ to }) => to[0] === "new@example.org")).toHaveLength(1);
    now = now.add({ hours: 25 });
    await ask("a@example.org");
    expect(await send()).toHaveLength(1);
  });

  test("one mailbox gets one message: what is confirmed last holds", async () => {
    await subscribed("a@example.org", { categories: "hate" });
    await subscribed("A@example.org", { language: "fr" });
    expect((await rows()).filter(({ state }) => state === "confirmed")).toHaveLength(1);
    await on.published();
    expect((await send()).map(({ mail: { subject } }) => subject)).toEqual([WORDS.fr.title]);
  });

  test("an address that is none is said, and what was ticked is kept", async () => {
    for (const email of ["nobody", "a@example.org\r\nBcc: b@example.org", "", "a b@example.org"]) {
      const answer = await ask(email, { categories: ["money", "hate"] });
      expect(answer.statusCode).toBe(422);
      const { document } = parseHTML(answer.body);
      expect(document.querySelector(".summary")?.textContent).toContain("Enter one e-mail address");
      expect(document.querySelectorAll("input[checked]")).toHaveLength(2);
    }
    expect(await rows()).toEqual([]);
  });

  test("nobody reads an address out of the database", async () => {
    await subscribed("secret.person@example.org");
    const tables = ["subscription", "mail", "journal"];
    for (const table of tables) {
      const { rows: all } = await on.at.node.pool.query(
        `select encode(convert_to(${table}::text, 'utf8'), 'escape') as text from ${table}`,
      );
      const bytes = (await on.at.node.pool.query(`select * from ${table}`)).rows
        .map((row) =>
          Object.values(row)
            .map((each) => (Buffer.isBuffer(each) ? each.toString("latin1") : ""))
            .join(),
        )
        .join();
      expect(all.map(({ text }) => text).join() + bytes).not.toMatch(/secret.person/i);
    }
  });

  test("no link can be made without the node's key", () => {
    const id = "019a0000-0000-7000-8000-000000000001";
    expect(readLink(on.at.node, "end", linkOf(on.at.node, "end", id))).toBe(id);
    const made = Buffer.from(linkOf(on.at.node, "end", id), "base64url");
    made[20] = (made[20] ?? 0) ^ 1;
    for (const link of [made.toString("base64url"), "", "x", linkOf(on.at.node, "confirm", id)])
      expect(readLink(on.at.node, "end", link)).toBeUndefined();
  });
});

describe("a message", () => {
  test("ends the subscription by one POST of the mail program, without cookie, origin or question", async () => {
    await subscribed("a@example.org");
    await on.published();
    const [message] = await send();
    const header = (name: string) => message?.mail.headers.find(({ key }) => key === name)?.value ?? "";
    expect(header("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
    const link = new URL(header("list-unsubscribe").slice(1, -1)).pathname;
    expect(message?.mail.text).toContain(link);
    expect((await post(link, { "List-Unsubscribe": "One-Click" })).statusCode).toBe(200);
    expect((await post(link, { "List-Unsubscribe": "One-Click" })).statusCode).toBe(200);
    expect(await rows()).toEqual([]);
    await on.published();
    expect(await send()).toEqual([]);
  });

  test("goes to those whom it concerns, in their language, once, and says a change and the all-clear too", async () => {
    await subscribed("all@example.org", { language: "ar" });
    await subscribed("harbour@example.org", { districts: "harbour" });
    await subscribed("north@example.org", { districts: "north" });
    await subscribed("images@example.org", { categories: ["images", "hate"] });
    const id = await on.published({ districts: ["harbour"], further: ["bad-parcel.top"] });
    const first = await send();
    expect(first.map(({ to }) => to[0]).sort()).toEqual(["all@example.org", "harbour@example.org"]);
    const arabic = first.find(({ to }) => to[0] === "all@example.org")?.mail;
    expect(arabic?.subject).toBe(WORDS.ar.title);
    expect(arabic?.html).toContain('dir="rtl"');
    expect(arabic?.text).toContain("bad-parcel[.]top");
    await on.at.node.pool.query("update alert_version set mailed_at = null where alert_id = $1", [id]);
    expect(await send()).toEqual([]);
    await on.does(acts.amend, { category: "F8", en: WORDS.en, reason: "All districts now." }, id);
    await on.does(acts.update, {}, id, "unit-head");
    const second = await send();
    expect(second.map(({ to }) => to[0]).sort()).toEqual([
      "all@example.org",
      "harbour@example.org",
      "north@example.org",
    ]);
    const english = second.find(({ to }) => to[0] === "all@example.org")?.mail;
    expect([english?.subject, english?.text?.split("\n")[0]]).toEqual([
      "تحديث: False parcel messages",
      "لم يُكتب هذا التحذير بلغتك بعد.",
    ]);
    await on.does(acts.cancel, { reason: "It is over." }, id, "unit-head");
    expect((await send()).map(({ mail: { subject } }) => subject)).toContain("Called off: False parcel messages");
    const file = await alertFile.read(readerOf(on.at.node, on.at.officer("unit-head")), { id });
    expect(file?.mails).toEqual({ sent: 8, waiting: 0, failed: 0 });
    expect(file?.subscribers).toBe(4);
  });

  test("that a mailbox refuses for ever is counted beside those that went", async () => {
    await subscribed("a@example.org");
    await subscribed("gone@example.org");
    const id = await on.published();
    server.meet("refuse");
    await send();
    const file = await alertFile.read(readerOf(on.at.node, on.at.officer("unit-head")), { id });
    expect(file?.mails).toEqual({ sent: 1, waiting: 0, failed: 1 });
  });
});

test("where the node sends no e-mail, its pages say so and take no address", async () => {
  const without = await ground();
  const plain = await makeServer({ node: without.at.node, role: "portal", chrome });
  const page = await plain.inject({ method: "GET", url: "/alerts/mail", headers: { accept: "text/html" } });
  expect(page.body).toContain("This site sends no e-mail");
  expect(parseHTML(page.body).document.querySelector("main form")).toBeNull();
  const posted = await plain.inject({
    method: "POST",
    url: "/alerts/mail",
    payload: "email=a%40example.org&language=en",
    headers: { accept: "text/html", "content-type": "application/x-www-form-urlencoded" },
  });
  expect([posted.statusCode, posted.body.includes("This site sends no e-mail")]).toEqual([503, true]);
  await without.published();
  await mailAlerts.run(without.at.node);
  expect((await without.at.node.pool.query("select count(*)::int as n from mail")).rows).toEqual([{ n: 0 }]);
  await plain.close();
  await without.at.close();
});
