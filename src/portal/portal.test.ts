import type { FastifyInstance } from "fastify";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { chrome } from "../chrome.ts";
import { loadCountry } from "../access/slice.ts";
import { sql } from "../kernel/database.ts";
import { makeServer } from "../kernel/server.ts";
import { registry } from "../kernel/slice.ts";
import { findByCode, codeDigest, readCode, reports, type TellingRow, toldIn } from "../reports/slice.ts";
import { verifyPdf } from "../trust/verify-pdf.ts";
import { addressOf } from "./address.ts";
import type { StepName } from "./draft.ts";
import { portal as form } from "./slice.ts";

let at: TestNode;
let portal: FastifyInstance;
let now = Temporal.Instant.from("2026-11-26T08:00:00Z");
const kept: Buffer[] = [];
beforeAll(async () => {
  at = await testNode([reports, form], {
    clock: () => now,
    config: { languages: ["en", "fr", "ar"] },
    services: {
      country: loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry([reports, form])),
      reportFiles: { put: async (bytes) => `report:${kept.push(bytes)}` },
    },
  });
  portal = await makeServer({ node: at.node, role: "portal", chrome });
  await portal.ready();
});
afterAll(async () => {
  await portal.close();
  await at.close();
});

interface Seen {
  readonly status: number;
  readonly url: string;
  readonly html: string;
  readonly document: Document;
}
type Form = Readonly<Record<string, string | string[]>>;

/** A browser without script: it keeps cookies, follows redirects and posts forms. `address` is where it calls from. */
function browser({ language = "en", address = "198.51.100.1" } = {}) {
  const cookies = new Map<string, string>();
  const call = async (
    method: "GET" | "POST",
    url: string,
    sent: { payload?: string | Buffer; type?: string } = {},
  ): Promise<Seen> => {
    const answer = await portal.inject({
      method,
      url,
      remoteAddress: address,
      ...(sent.payload === undefined ? {} : { payload: sent.payload }),
      headers: {
        accept: "text/html",
        host: "comity.test",
        "accept-language": language,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(sent.type ? { "content-type": sent.type, origin: "http://comity.test" } : {}),
      },
    });
    for (const { name, value } of answer.cookies) cookies.set(name, value);
    if (answer.statusCode === 303) return call("GET", String(answer.headers.location));
    return { status: answer.statusCode, url, html: answer.body, document: parseHTML(answer.body).document };
  };
  const post = (url: string, form: Form) =>
    call("POST", url, {
      type: "application/x-www-form-urlencoded",
      payload: new URLSearchParams(
        Object.entries(form).flatMap(([name, value]) => [value].flat().map((each) => [name, each])),
      ).toString(),
    });
  const attach = (url: string, name: string, bytes: Buffer) =>
    call("POST", url, {
      type: "multipart/form-data; boundary=b",
      payload: Buffer.concat([
        Buffer.from(
          `--b\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/plain\r\n\r\n`,
        ),
        bytes,
        Buffer.from("\r\n--b--\r\n"),
      ]),
    });
  return {
    cookies,
    get: (url: string) => call("GET", url),
    post,
    attach,
    /** Answers a question of the form. */
    answer: (step: StepName, form: Form = {}) => post(addressOf(step), form),
  };
}
type Browser = ReturnType<typeof browser>;

const step = ({ url }: Seen, name: StepName) => expect(url).toBe(addressOf(name));
const codeOn = ({ document }: Seen): string => readCode(document.querySelector(".code")?.textContent ?? "") ?? "";
const soFar = ({ document }: Seen): string =>
  readCode(document.querySelector(".so-far .code-small")?.textContent ?? "") ?? "";
const alerted = ({ document }: Seen): string => document.querySelector("[role=alert]")?.textContent ?? "";
const told = async (description: string) => {
  const { rows } = await sql<TellingRow & Record<string, unknown>>`select * from report`.execute(at.node.db);
  return rows.filter((row) => toldIn(at.node, row).description.includes(description));
};

async function filled(
  user: Browser,
  words: string,
  answers: { child?: "yes" | "no"; tile?: string; category?: string } = {},
) {
  const { child = "no", tile = "message", category = "F8" } = answers;
  await user.answer("danger", { danger: "no" });
  await user.answer("child", { child });
  await user.answer("money", { money: "no" });
  if (child === "yes") await user.answer("help");
  await user.answer("what", { tile });
  await user.answer("kind", { category });
  await user.answer("whom", { whom: "me", age: "25-34", district: "harbour" });
  return user.answer("words", { description: words });
}
async function sentBy(user: Browser, words: string): Promise<Seen> {
  await filled(user, words);
  await user.answer("found");
  await user.answer("payments");
  await user.answer("files");
  await user.answer("who", { choice: "anonymous" });
  return user.answer("check");
}

describe("the form, without script", () => {
  test("leads by one question a page to a code, which opens the report", async () => {
    const user = browser();
    const start = await user.get("/");
    expect(start.document.querySelector("a.button")?.getAttribute("href")).toBe("/p");
    const found = await filled(user, "He called from +230 5251 9999 about hxxp://bad[.]top/x and +230 5251 8888");
    step(found, "found");
    const keys = [...found.document.querySelectorAll("input[name=keep]")].map(
      (each) => each.getAttribute("value") ?? "",
    );
    expect(keys).toEqual(["domain:bad.top", "phone:+23052519999", "phone:+23052518888"]);
    step(await user.answer("found", { keep: keys.slice(0, 2), more: "and 5251 7777" }), "payments");
    step(await user.answer("payments"), "files");
    step(await user.answer("files"), "who");
    step(await user.answer("who", { choice: "anonymous", handover: "true" }), "check");
    const sent = await user.answer("check");
    const code = codeOn(sent);
    expect(code).toMatch(/^\d{16}$/);
    const [row] = await told("He called from");
    expect(row).toMatchObject({
      district: "harbour",
      age_band: "25-34",
      for_whom: "me",
      consent_handover: true,
      consent_share: false,
    });
    const { rows } = await sql<{
      key: string;
    }>`select key from report_observable where report_id = ${row?.id} order by key`.execute(at.node.db);
    expect(rows.map(({ key }) => key)).toEqual(["domain:bad.top", "phone:+23052517777", "phone:+23052519999"]);
    const own = await user.post("/c", { code });
    expect(own.url).toBe("/c/1");
    expect(own.html).toContain("He called from +230 5251 9999");
  });

  test("sent twice it is one report with one code", async () => {
    const user = browser();
    await filled(user, "double");
    for (const name of ["found", "payments", "files"] as const) await user.answer(name);
    await user.answer("who", { choice: "anonymous" });
    const [first, second] = await Promise.all([user.answer("check"), user.answer("check")]);
    expect(codeOn(first)).toBe(codeOn(second));
    expect(await told("double")).toHaveLength(1);
  });

  test("no address, no title and no name of a cookie tells what a page is about", async () => {
    const user = browser();
    const pages = [await user.get("/"), await user.get("/c"), await user.get("/p"), await sentBy(user, "plain")];
    pages.push(
      await user.post("/c", { code: codeOn(pages.at(-1) as Seen) }),
      await user.get("/c/2"),
      await user.get("/c/3"),
    );
    for (const page of pages) {
      expect(page.url).toMatch(/^\/(?:[pc](?:\/\d+)?)?$/);
      expect(page.document.title).toMatch(/^(?:Page (?:\d+|C\d?) – )?Aruna$/);
    }
    expect([...user.cookies.keys()].sort()).toEqual(["d", "v"]);
  });

  test("keeps what was typed when something is wrong, and says what in words", async () => {
    const user = browser();
    await filled(user, "words");
    for (const name of ["found", "payments", "files"] as const) await user.answer(name);
    const wrong = await user.answer("who", { choice: "contact", name: "Ana <b>", email: "nonsense" });
    expect(wrong.status).toBe(422);
    expect(wrong.document.querySelector("input[name=name]")?.getAttribute("value")).toBe("Ana <b>");
    expect(alerted(wrong)).toContain("name@example.com");
    expect(wrong.html).not.toContain("<b>");
  });

  test("speaks the reader's language, and turns with it", async () => {
    const french = await browser({ language: "fr" }).get("/p/1");
    expect(french.document.documentElement.getAttribute("lang")).toBe("fr");
    expect(french.document.querySelector("h1")?.textContent).toContain("en danger");
    const arabic = await browser({ language: "ar" }).get("/p/1");
    expect(arabic.document.documentElement.getAttribute("dir")).toBe("rtl");
    expect(arabic.document.title).toBe("صفحة 1 – Aruna");
  });

  test("a page that is kept for everybody is nobody's who has answered it, and each language has its own", async () => {
    for (const language of ["en", "fr", "en"])
      expect((await browser({ language }).get("/p/1")).document.documentElement.getAttribute("lang")).toBe(language);
    const user = browser();
    await user.answer("danger", { danger: "yes" });
    const own = await user.get("/p/1");
    expect(own.document.querySelector("input[value=yes]")?.hasAttribute("checked")).toBe(true);
    const other = await browser().get("/p/1");
    expect(other.document.querySelector("input[value=yes]")?.hasAttribute("checked")).toBe(false);
  });

  test.each(["check", "who", "found"] as const)(
    "%s without what comes before leads to the first question",
    async (name) => {
      step(await browser().get(addressOf(name)), "danger");
    },
  );
  test("an unknown page is not found, a foreign draft cookie is nobody's", async () => {
    expect((await browser().get("/p/99")).status).toBe(404);
    const user = browser();
    user.cookies.set("d", "A".repeat(43));
    const page = await user.get(addressOf("who"));
    step(page, "danger");
    expect(page.html).toContain("Your earlier answers are no longer here");
  });
});

describe("money first", () => {
  async function paying(user: Browser): Promise<Seen> {
    await user.answer("danger", { danger: "no" });
    await user.answer("child", { child: "no" });
    step(await user.answer("money", { money: "yes" }), "help");
    return user.answer("help");
  }

  test("a payment alone is a report, read by its digits and dated, that is sent at once", async () => {
    const user = browser();
    step(await paying(user), "payment");
    const enough = await user.answer("payment", {
      amount: "41,300.50",
      to: "MU17 BOMM 0101 FIRST",
      when: "now",
      do: "next",
      n: "0",
    });
    step(enough, "enough");
    expect(enough.document.querySelector(".rows")?.textContent).toContain("41,300.50");
    const sent = await user.answer("enough", { do: "send", phone: "+230 5251 0000", share: "true" });
    const report = await findByCode(at.node.db, codeDigest(at.node.services.keys.receipt, codeOn(sent)));
    const [row] = await told("FIRST");
    expect(row).toMatchObject({
      id: report,
      category: "F2",
      priority: 1,
      loss_minor: 4_130_050,
      loss_currency: "MUR",
      anonymous: false,
      consent_share: true,
      consent_contact: true,
    });
  });

  test("payments are added, read back, taken away, and told again by nobody's double click", async () => {
    const user = browser();
    await paying(user);
    const more = (form: Form) => user.answer("payment", { do: "more", ...form });
    const one = { amount: "Rs 1,200", to: "one", n: "0" };
    await Promise.all([more(one), more(one)]);
    const two = await more({ amount: "0.05 BTC", currency: "BTC", to: "two", date: "2026-11-20", n: "1" });
    step(two, "payment");
    expect(
      [...two.document.querySelectorAll(".rows li span:first-child b")].map((b) =>
        b.textContent.replace("\u00a0", " "),
      ),
    ).toEqual(["MUR 1,200.00", "0.05 BTC"]);
    const left = await user.answer("payment", { do: "drop-0", n: "2" });
    expect(left.document.querySelectorAll(".rows li")).toHaveLength(1);
    expect(left.document.querySelector(".rows")?.textContent).toContain("two");
  });

  test.each([
    [{ amount: "a lot" }, "Write it in digits"],
    [{ amount: "-5" }, "Write it in digits"],
    [{ to: "x", date: "2026-13-40" }, "2026-01-31"],
    [{ to: "x", date: "2026-11-27" }, "still to come"],
    [{ to: "x".repeat(201) }, "200"],
    [{ do: "more" }, "at least one thing"],
  ] as const)("%o is said to be wrong, and stays in its box", async (form, words) => {
    const user = browser();
    await paying(user);
    const wrong = await user.answer("payment", form);
    expect(wrong.status).toBe(422);
    expect(alerted(wrong)).toContain(words);
    for (const [name, value] of Object.entries(form))
      if (name !== "do") expect(wrong.document.querySelector(`input[name=${name}]`)?.getAttribute("value")).toBe(value);
  });
});

describe("files", () => {
  test("are added one by one, taken out again, and are the report's once it is sent", async () => {
    const user = browser();
    await filled(user, "with files");
    await user.answer("found");
    await user.answer("payments");
    await user.attach(addressOf("files"), "one.txt", Buffer.from("one"));
    const two = await user.attach(addressOf("files"), "two.txt", Buffer.from("two"));
    expect(two.document.querySelectorAll(".rows li")).toHaveLength(2);
    await user.answer("files", { do: "drop-0", n: "2" });
    await user.answer("files");
    await user.answer("who", { choice: "anonymous" });
    await user.answer("check");
    const [row] = await told("with files");
    const { rows } = await sql`select name from report_file where report_id = ${row?.id}`.execute(at.node.db);
    expect(rows).toEqual([{ name: "two.txt" }]);
  });

  test("that are too large or empty are refused in words, and nothing else is lost", async () => {
    const user = browser();
    await filled(user, "still here");
    await user.answer("found");
    await user.answer("payments");
    const large = await user.attach(addressOf("files"), "large.bin", Buffer.alloc(25 * 1_024 ** 2 + 1));
    expect([large.status, alerted(large)]).toEqual([413, expect.stringContaining("larger than 25 MB")]);
    const none = await user.attach(addressOf("files"), "", Buffer.alloc(0));
    expect(none.status).toBe(422);
    await user.answer("files");
    await user.answer("who", { choice: "anonymous" });
    expect((await user.get(addressOf("check"))).html).toContain("still here");
  });

  test("of the abuse of a child are never taken; a link is", async () => {
    const user = browser();
    await filled(user, "a child", { child: "yes", tile: "child", category: "C1" });
    await user.answer("found");
    const page = await user.get(addressOf("files"));
    expect(page.document.querySelector("input[type=file]")).toBeNull();
    expect(page.html).toContain("00 116");
    const before = kept.length;
    await user.attach(addressOf("files"), "one.jpg", Buffer.from("jpeg"));
    await user.answer("files", { links: "hxxp://bad[.]example/room" });
    await user.answer("who", { choice: "anonymous" });
    const sent = await user.answer("check");
    expect(await told("bad[.]example/room")).toHaveLength(1);
    await user.post("/c", { code: codeOn(sent) });
    const late = await user.attach("/c/1", "two.jpg", Buffer.from("jpeg"));
    expect(late.status).toBe(403);
    expect(kept.length).toBe(before);
  });
});

describe("a draft", () => {
  test("is found by its code in another browser from any page on, and its code becomes the report's", async () => {
    const first = browser();
    await first.answer("danger", { danger: "no" });
    const code = soFar(await first.answer("child", { child: "no" }));
    const elsewhere = browser();
    step(await elsewhere.post("/c", { code }), "money");
    await elsewhere.answer("money", { money: "no" });
    await elsewhere.answer("what", { tile: "unsure" });
    const again = browser();
    step(await again.post("/c", { code }), "whom");
    await again.answer("whom", { whom: "unsaid" });
    await again.answer("words", { description: "over three telephones" });
    for (const name of ["found", "payments", "files"] as const) await again.answer(name);
    await again.answer("who", { choice: "anonymous" });
    expect(codeOn(await again.answer("check"))).toBe(code);
    expect((await browser().post("/c", { code })).html).toContain("over three telephones");
  });

  test("can't be read from the database without its code or the browser's part, and its code stands nowhere", async () => {
    const user = browser();
    const code = soFar(await filled(user, "very secret words"));
    const { rows } = await sql<{
      all: string;
    }>`select string_agg(encode(sealed, 'escape') || encode(wrapped, 'escape') || encode(code, 'escape'), '') as all
      from report_draft`.execute(at.node.db);
    expect(rows[0]?.all).not.toContain("secret words");
    expect(rows[0]?.all).not.toContain(code);
    expect(rows[0]?.all).not.toContain(user.cookies.get("d"));
  });

  test("that was left for 72 hours is gone, says so, and what is typed then is kept", async () => {
    const user = browser();
    const code = soFar(await filled(user, "old"));
    now = now.add({ hours: 73 });
    const late = await user.answer("words", { description: "typed after a long time" });
    step(late, "danger");
    expect((await browser().post("/c", { code })).status).toBe(422);
    await user.answer("danger", { danger: "no" });
    await user.answer("child", { child: "no" });
    await user.answer("money", { money: "no" });
    await user.answer("what", { tile: "unsure" });
    step(await user.answer("whom", { whom: "me" }), "found");
    expect((await user.get(addressOf("words"))).html).toContain("typed after a long time");
  });
});

describe("with the code", () => {
  const opened = async (words: string) => {
    const user = browser();
    const code = codeOn(await sentBy(user, words));
    return { user, code, page: await user.post("/c", { code }) };
  };

  test("consent is changed and the report withdrawn; the office closes it, and what is agreed ends", async () => {
    const { user, page } = await opened("withdrawn later");
    expect(page.html).toContain("Next: an officer reads it");
    await user.post("/c/2", { share: "true", contact: "true" });
    expect((await told("withdrawn later"))[0]).toMatchObject({ consent_share: true, consent_contact: false });
    await Promise.all([
      user.post("/c/3", { reason: "It was a mistake." }),
      user.post("/c/3", { reason: "It was a mistake." }),
    ]);
    const after = await user.get("/c/1");
    expect(after.html).toContain("You have withdrawn it.");
    expect(after.document.querySelectorAll(".thread li")).toHaveLength(1);
    expect((await told("withdrawn later"))[0]).toMatchObject({ state: "received", consent_share: false });
  });

  test("the receipt is a signed document that holds neither code nor words", async () => {
    const { user, code } = await opened("nothing of this is in it");
    for (const url of ["/c/1/document.pdf", `${addressOf("check").replace("15", "16")}/document.pdf`]) {
      const answer = await portal.inject({
        url,
        headers: { cookie: [...user.cookies].map((each) => each.join("=")).join("; ") },
      });
      expect([answer.statusCode, answer.headers["content-disposition"]]).toEqual([
        200,
        expect.stringContaining('filename="document.pdf"'),
      ]);
      expect((await verifyPdf(answer.rawPayload)).ok).toBe(true);
      expect(answer.rawPayload.includes(code)).toBe(false);
    }
  });

  test("a message typed when the page had been open too long goes with the code", async () => {
    const { user, code } = await opened("slow writer");
    now = now.add({ minutes: 31 });
    const asked = await user.post("/c/1", { body: "He rang again." });
    expect(asked.document.querySelector("input[name=body]")?.getAttribute("value")).toBe("He rang again.");
    const back = await user.post("/c", { code, body: "He rang again." });
    expect(back.document.querySelector("textarea[name=body]")?.textContent).toBe("He rang again.");
  });

  test("a mistyped code stays in the box", async () => {
    const mistyped = await browser().post("/c", { code: "1234 5678 9012 3456" });
    expect(mistyped.status).toBe(422);
    expect(mistyped.document.querySelector("input[name=code]")?.getAttribute("value")).toBe("1234 5678 9012 3456");
  });
});

describe("hostile input", () => {
  test("script in every field is shown as text", async () => {
    const user = browser();
    const script = "<script>alert(1)</script>";
    await filled(user, `${script} bad.top`);
    await user.answer("found", { more: script });
    await user.answer("payments", { to: script, through: script, reference: script, n: "0" });
    await user.attach(addressOf("files"), `${script}.txt`, Buffer.from(script));
    await user.answer("files");
    const check = await user.answer("who", { choice: "contact", name: script, phone: script });
    expect(check.html).toContain("&lt;script>");
    expect(check.html).not.toContain("<script>alert");
    const own = await user.post("/c", { code: codeOn(await user.answer("check")) });
    expect(own.status).toBe(200);
    expect(own.html).not.toContain("<script>alert");
    const said = await user.post("/c/1", { body: script });
    expect(said.html).not.toContain("<script>alert");
  });

  const LINE = "x".repeat(65_536);
  test("lines of 64 kB, ten thousand payments, broken text: a clear answer each, and none of ours is at fault", async () => {
    const user = browser();
    await filled(user, "hostile");
    const long = await user.answer("words", { description: LINE });
    expect([long.status, alerted(long)]).toEqual([422, expect.stringContaining("20,000")]);
    expect(long.document.querySelector("textarea")?.textContent).toHaveLength(LINE.length);
    await user.answer("found");
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`payments.${n}.to`, "x"]));
    const answers = [
      await user.answer("payments", many),
      await user.answer("payments", { to: Array.from({ length: 10_000 }, () => "x") }),
      await user.answer("payments", {
        to: LINE,
        through: LINE,
        amount: LINE,
        date: LINE,
        time: LINE,
        when: LINE,
        currency: LINE,
        n: LINE,
      }),
      await user.answer("payments", { amount: "9".repeat(400), currency: "ETH" }),
      await user.answer("whom", { whom: LINE, age: LINE, district: LINE }),
      await user.answer("who", { choice: "contact", name: LINE, email: LINE, phone: LINE }),
      await user.answer("what", { tile: "__proto__" }),
      await user.answer("danger", { "danger.__proto__.x": "yes", danger: ["yes", "no"] }),
      await user.post("/c", { code: LINE, ticket: LINE, work: LINE, body: LINE }),
      await user.post("/p/10", { description: "x".repeat(5_000_000) }),
    ];
    for (const { status, html } of answers) {
      expect(status).toBeLessThan(500);
      expect(html).toContain("<h1");
    }
    const raw = (payload: string, type = "application/x-www-form-urlencoded") =>
      portal.inject({ method: "POST", url: "/p/10", payload, headers: { "content-type": type, accept: "text/html" } });
    for (const answer of [
      await raw("description=%ED%A0%80%00"),
      await raw("description=\ud800"),
      await raw("", "multipart/form-data"),
      await raw("{", "application/json"),
    ])
      expect(answer.statusCode).toBeLessThan(500);
  });

  test("more payments than a report takes are refused in words", async () => {
    const user = browser();
    await filled(user, "many payments");
    await user.answer("found");
    for (let n = 0; n < 200; n += 1) await user.answer("payments", { to: `account ${n}`, do: "more", n: `${n}` });
    const over = await user.answer("payments", { to: "one more", do: "more", n: "200" });
    expect([over.status, alerted(over)]).toEqual([422, expect.stringContaining("200")]);
  });
});
