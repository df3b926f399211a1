import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mailServer, silentServer } from "../../test/mail-server.ts";
import { type TestNode, testNode } from "../../test/node.ts";
import { GIVEN_UP_DAYS, queueMail, sendDue, sendMail } from "./acts-queue.ts";
import { checkMail } from "./check.ts";
import { addressSchema, type Letter, markupOf, oneLine, textOf } from "./letter.ts";
import { openSender } from "./sending.ts";
import { mail } from "./slice.ts";

/** Texts of any code units, halves of pairs and controls among them. */
const anyText = (maxLength = 100) =>
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength });

const FROM = "Police of Aruna <no-reply@aruna.example>";
const letter: Letter = {
  locale: "en",
  subject: "News",
  parts: [{ text: "There is news.\nRead it." }, { link: { label: "Read", href: "https://aruna.example/?a=1&b=2" } }],
  foot: [{ text: "You asked for this." }],
};

let at: TestNode;
let server: Awaited<ReturnType<typeof mailServer>>;
let now = Temporal.Instant.from("2026-11-20T10:00:00Z");
beforeAll(async () => {
  server = await mailServer();
  at = await testNode([mail], { config: { smtp_url: server.url, mail_from: FROM }, clock: () => now });
});
afterAll(async () => {
  await at.close();
  await server.close();
});
beforeEach(() => {
  now = now.add({ hours: 1 });
});
afterEach(async () => {
  server.taken.length = 0;
  await at.node.pool.query("delete from mail");
});

const queue = (to: string, more: object = {}) =>
  at.node.db.transaction().execute((tx) => queueMail(tx, at.node, { kind: "test", to, letter, ...more }));
const rows = async () => (await at.node.pool.query("select * from mail order by id")).rows;
const send = () => sendMail.run(at.node);

describe("a message", () => {
  test("goes to the one it is for, as plain text and simple HTML, and nobody's address stays behind", async () => {
    await queue("a@example.org", { unsubscribe: "https://aruna.example/end/x" });
    const [waiting] = await rows();
    expect(JSON.stringify({ ...waiting, sealed: waiting.sealed.toString("latin1") })).not.toContain("example.org");
    await send();
    expect(server.taken).toHaveLength(1);
    const [{ to, mail: got, raw }] = server.taken as [(typeof server.taken)[0]];
    expect(to).toEqual(["a@example.org"]);
    expect(got).toMatchObject({
      subject: "News",
      from: { name: "Police of Aruna", address: "no-reply@aruna.example" },
    });
    expect(got.text).toContain("There is news.\nRead it.");
    expect(got.html).toContain('href="https://aruna.example/?a=1&amp;b=2"');
    const header = (name: string) => got.headers.find(({ key }) => key === name)?.value;
    expect(header("list-unsubscribe")).toBe("<https://aruna.example/end/x>");
    expect(header("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
    expect(header("auto-submitted")).toBe("auto-generated");
    expect(raw).not.toMatch(/^X-Mailer/im);
    expect((await rows())[0]).toMatchObject({ sealed: null, sent_at: expect.anything() });
  });

  test("whose act is rolled back is never sent", async () => {
    await at.node.db
      .transaction()
      .execute(async (tx) => {
        await queueMail(tx, at.node, { kind: "test", to: "a@example.org", letter });
        throw new Error("rolled back");
      })
      .catch(() => undefined);
    await send();
    expect(server.taken).toEqual([]);
  });

  test("is queued once for one key", async () => {
    expect([await queue("a@example.org", { once: "k" }), await queue("a@example.org", { once: "k" })]).toEqual([
      true,
      false,
    ]);
    await send();
    expect(server.taken).toHaveLength(1);
  });

  test("that the server puts off comes again later, under the same name", async () => {
    server.meet("later", "take");
    await queue("a@example.org");
    await send();
    const [{ id, tries, reason, next_at }] = await rows();
    expect({ tries, reason }).toEqual({ tries: 1, reason: expect.stringContaining("greylisted") });
    await send();
    expect(server.taken).toEqual([]);
    now = next_at;
    await send();
    expect(server.taken.map(({ mail: { messageId } }) => messageId)).toEqual([`<${id}@aruna.example>`]);
  });

  test("that the server refuses for ever is given up at once, and counted", async () => {
    server.meet("refuse");
    await queue("nobody@example.org");
    await queue("b@example.org");
    await send();
    const found = await rows();
    expect(found.filter(({ failed_at }) => failed_at)).toHaveLength(1);
    expect(found.every(({ sealed }) => sealed === null)).toBe(true);
    expect(server.taken).toHaveLength(1);
  });

  test("whose line drops in the middle comes again", async () => {
    server.meet("hang-up");
    await queue("a@example.org");
    await send();
    expect((await rows())[0]).toMatchObject({ tries: 1, sent_at: null, failed_at: null });
    now = now.add({ hours: 5 });
    await send();
    expect(server.taken).toHaveLength(1);
  });

  test("waits longer each time, and is given up after days", async () => {
    await queue("a@example.org");
    const waits: number[] = [];
    const gone = openSender({ url: "smtp://127.0.0.1:1", from: FROM }, 500);
    const start = now;
    for (let round = 0; round < 60; round += 1) {
      await sendDue(at.node, gone);
      const [row] = await rows();
      if (row.failed_at) break;
      waits.push(row.next_at.since(now).total("minutes"));
      now = row.next_at;
    }
    gone.close();
    expect(waits.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 240]);
    expect((await rows())[0]).toMatchObject({ sealed: null, failed_at: expect.anything() });
    expect(now.since(start).total("hours")).toBeGreaterThanOrEqual(GIVEN_UP_DAYS * 24);
  });

  test("does not wait for ever for a server that says nothing, and leaves the others for later", async () => {
    const silent = await silentServer();
    for (const name of "abcdefghij") await queue(`${name}@example.org`);
    const sender = openSender({ url: silent.url, from: FROM }, 150);
    await sendDue(at.node, sender);
    sender.close();
    await silent.close();
    const tried = (await rows()).filter(({ tries }) => tries > 0);
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.length).toBeLessThan(10);
    now = now.add({ hours: 1 });
    await send();
    expect(server.taken).toHaveLength(10);
  });
});

describe("what is typed", () => {
  test("never ends a header, whatever it holds", async () => {
    const nasty = "Hello\r\nBcc: everybody@example.org\r\n\r\n<script>";
    await queue("a@example.org", {
      letter: { ...letter, subject: nasty },
      unsubscribe: "https://a.example/\r\nBcc: x@y.z",
    });
    await send();
    const [{ raw, mail: got, to }] = server.taken as [(typeof server.taken)[0]];
    expect(to).toEqual(["a@example.org"]);
    expect(got.subject).toBe("Hello Bcc: everybody@example.org <script>");
    expect(raw.split("\r\n\r\n")[0]).not.toMatch(/^bcc:/im);
    fc.assert(fc.property(anyText(), (text) => !/[\r\n\u0085\u2028\u2029]/.test(oneLine(text))));
  });

  test("as an address is one address, or nothing is queued", async () => {
    for (const to of [
      "a@example.org\r\nBcc: b@example.org",
      "a@example.org, b@example.org",
      "<a@example.org>",
      "a",
      "",
    ])
      expect(await queue(to)).toBe(false);
    expect(await rows()).toEqual([]);
    fc.assert(fc.property(anyText(), (noise) => !addressSchema.safeParse(`a@example.org\n${noise}`).success));
  });

  test("is never markup, and reads the same as text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parts = [{ text }, { list: [text] }, { heading: text }];
        const html = markupOf({ locale: "ar", subject: text, parts });
        const inside = html.slice(html.indexOf("<body"));
        expect(inside.replaceAll(/<\/?(?:p|h2|ul|li|br|body|html)(?: style="[^"]*"| dir="auto")*>/g, "")).not.toMatch(
          /[<>]/,
        );
        expect(textOf({ locale: "en", subject: "", parts: [{ text }] })).toBe(`${text}\n`);
      }),
    );
    expect(markupOf({ ...letter, locale: "ar" })).toContain('<html lang="ar" dir="rtl">');
  });
});

test("without a server nothing is queued, and the operator is told what works", async () => {
  const without = await testNode([mail]);
  const queued = await without.node.db
    .transaction()
    .execute((tx) => queueMail(tx, without.node, { kind: "test", to: "a@example.org", letter }));
  expect(queued).toBe(false);
  expect(await checkMail(without.node.config)).toMatchObject({
    ok: true,
    words: expect.stringContaining("no smtp_url"),
  });
  await without.close();
  expect(await checkMail(at.node.config)).toMatchObject({ ok: true });
  expect(await checkMail({ ...at.node.config, smtp_url: "smtp://127.0.0.1:1" })).toMatchObject({ ok: false });
  expect(await checkMail({ ...at.node.config, mail_from: undefined })).toMatchObject({ ok: false });
});
