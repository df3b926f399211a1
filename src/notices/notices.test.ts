import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { mailServer } from "../../test/mail-server.ts";
import { textOfPdf } from "../../test/pdf-text.ts";
import type { Role } from "../kernel/actor.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { sendMail } from "../mail/acts-queue.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { defer } from "../requests/acts-notification.ts";
import { record, serve } from "../requests/acts-own.ts";
import { close } from "../requests/acts-sender.ts";
import { countIn } from "../requests/views.ts";
import { dropNotice, failNotice, prepareNotice, proveNotice, sendNotice } from "./acts.ts";
import { inform } from "./acts-inform.ts";
import { noticePdf, noticeView, tellingOf } from "./views.ts";

// A production order served on a person in Aruna: what came by it is obtained, and whoever was concerned is told.

let at: Countries;
let server: Awaited<ReturnType<typeof mailServer>>;
let file: string;
beforeAll(async () => {
  server = await mailServer();
  at = await openCountries({
    codes: ["XA"],
    config: { smtp_url: server.url, mail_from: "Aruna <no-reply@aruna.example>" },
  });
  file = await at.openCase();
});
afterAll(async () => {
  await at.close();
  await server.close();
});

const today = () => at.now().toZonedDateTimeISO("Indian/Mauritius").toPlainDate().toString();
async function obtained(): Promise<string> {
  const id = await at.does("XA", "investigator", draftRequest, {
    id: file,
    input: {
      measure: "O18a",
      to: "XA",
      offence: "Computer-related fraud, s. 11",
      facts: "On 3 November a caller had the victim read out a one-time code; 41,300 rupees left her account that day.",
      necessity: "Only the company holds the list of those who rented its numbers; bank records end at the transfer.",
      proportionality: "Two lines of one list are asked for, and nothing that anybody wrote to anybody at any time.",
      data: [
        { category: "subscriber", description: "Who rented the number", identifiers: ["+999 55 0101"] },
        { category: "subscriber", description: "Who rented the other number", identifiers: ["+999 55 0202"] },
      ],
      custodian: "Sunrise Ltd",
      urgency: "urgent",
      particulars: { control: "The list is kept at the registered office of the company." },
    },
  });
  await at.does("XA", "investigator", submit, { id });
  await at.does("XA", "judge", authorise, {
    id,
    input: { reasons: "Necessary and narrow.", until: at.now().add({ hours: 240 }).toString().slice(0, 10) },
  });
  const day = { carriedOutOn: today() };
  await at.does("XA", "investigator", serve, {
    id,
    input: { ...day, servedOn: "The managing director", manner: "By hand, at the registered office." },
  });
  await at.does("XA", "investigator", record, {
    id,
    input: { ...day, outcome: "done", inventory: ["A printed list of two lines"], copies: "To the director" },
  });
  return id;
}
const reader = async (role: Role = "investigator") => readerOf(at.node("XA"), await at.officer("XA", role));
const sees = (id: string) => at.sees("XA", "investigator", id);
const waits = async () => countIn("to-inform")(await reader());
const NOTICE = {
  person: "Mira Solano",
  address: "12 Harbour Road\nPort Reef",
  way: "letter",
  language: "en",
  lines: ["1"],
};
const prepared = (id: string, more: object = {}, role: Role = "investigator") =>
  at.does("XA", role, prepareNotice, { id, input: { ...NOTICE, ...more } });
const pdfOf = async (notice: string) =>
  ((await readView(noticePdf, await reader(), { id: notice })) as { body: Buffer }).body;
const plain = (text: string) => text.replaceAll(/\s+/g, "").replaceAll("-", "");

test("what was obtained makes a person to be told, who outlives the request and stands on the desk's list", async () => {
  const before = await waits();
  const id = await obtained();
  await at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
  const { notification, clocks } = await sees(id);
  expect([notification, clocks.find(({ rule }) => rule === "request.notification")?.state]).toEqual(["due", "running"]);
  expect(await waits()).toBe(before + 1);
});

describe("the notice", () => {
  test("says what concerns the person, by what law, and what they can do, in each language; nothing of others", async () => {
    const id = await obtained();
    expect(await at.tries("XA", "investigator", prepareNotice, { id, input: { ...NOTICE, lines: [] } })).toBe(
      "notice-lines-missing",
    );
    const expected = {
      en: [
        "Notice: data about you was obtained",
        "You may ask the High Court of Aruna",
        "Oversight Commission of Aruna",
      ],
      fr: ["Avis : des données vous concernant", "saisir", "Commission de contrôle d’Aruna"],
      ar: ["12 Harbour Road"],
    } as const;
    for (const language of ["en", "fr", "ar"] as const) {
      const pdf = await pdfOf(await prepared(id, { language }));
      expect(pdf.toString("latin1")).toContain("/SubFilter /ETSI.CAdES.detached");
      const text = plain(textOfPdf(pdf));
      if (process.env["COMITY_KEEP_PDF"])
        writeFileSync(`${process.env["COMITY_KEEP_PDF"]}/notice-${language}.pdf`, pdf);
      for (const words of language === "fr" ? [expected.fr[0], expected.fr[2]] : expected[language])
        expect([text.includes(plain(words)), words]).toEqual([true, words]);
      expect(text).toContain(plain("+999 55 0101"));
      expect(text).not.toContain(plain("+999 55 0202"));
    }
    for (const { id: notice } of (await tellingOf(await reader(), id))?.notices ?? [])
      await at.does("XA", "investigator", dropNotice, { id: notice, input: { reasons: "Only to read it." } });
  });

  test("a letter goes with its number, comes back, goes again, and counts once its proof is here", async () => {
    const id = await obtained();
    expect(await at.tries("XA", "investigator", inform, { id, input: { on: today(), how: "letter" } })).toBe(
      "notification-no-notice",
    );
    const first = await prepared(id);
    expect(await at.tries("XA", "investigator", sendNotice, { id: first, input: {} })).toBe("notice-reference-letter");
    expect(await at.tries("XA", "examiner", sendNotice, { id: first, input: { reference: "RR 1" } })).not.toBe("done");
    await at.does("XA", "investigator", sendNotice, { id: first, input: { reference: "RR 555 001 AR" } });
    await at.does("XA", "investigator", failNotice, {
      id: first,
      input: { on: today(), reasons: "Moved, no address." },
    });
    expect((await sees(id)).notification).toBe("due");
    const second = await prepared(id, { way: "served", address: "Market stall 4" });
    await at.does("XA", "investigator", sendNotice, { id: second, input: { reference: "Constable R. Pillay" } });
    expect(
      await at.tries("XA", "investigator", proveNotice, { id: second, input: { on: "2099-01-01", proof: "Signed." } }),
    ).toBe("notification-ahead");
    await at.does("XA", "investigator", proveNotice, { id: second, input: { on: today(), proof: "Signed by her." } });
    const { notification, clocks } = await sees(id);
    expect([notification, clocks.find(({ rule }) => rule === "request.notification")?.state]).toEqual([
      "told",
      "ended",
    ]);
    expect(await at.tries("XA", "investigator", prepareNotice, { id, input: NOTICE })).toBe("notice-not-due");
  });

  test("two persons: told once both have it", async () => {
    const id = await obtained();
    const notices = [await prepared(id), await prepared(id, { person: "J. Other", lines: ["2"] })];
    for (const notice of notices)
      await at.does("XA", "investigator", sendNotice, { id: notice, input: { reference: "RR 555 002 AR" } });
    const proof = { on: today(), proof: "Return receipt, signed." };
    await at.does("XA", "investigator", proveNotice, { id: notices[0] ?? "", input: proof });
    expect((await sees(id)).notification).toBe("due");
    await at.does("XA", "investigator", proveNotice, { id: notices[1] ?? "", input: proof });
    expect((await sees(id)).notification).toBe("told");
  });

  test("put off by the authority of the law, nobody else sends it before; then it is due within days, and climbs", async () => {
    const id = await obtained();
    const until = at.now().toZonedDateTimeISO("UTC").toPlainDate().add({ days: 20 }).toString();
    const delay = { cause: "evidence", until, reasons: "Two of the four have not been heard yet." };
    expect(await at.tries("XA", "investigator", defer, { id, input: delay })).toBe("not-permitted");
    const waiting = await waits();
    await at.does("XA", "prosecutor", defer, { id, input: delay });
    expect(await waits()).toBe(waiting - 1);
    const notice = await prepared(id);
    const go = { id: notice, input: { reference: "RR 555 003 AR" } };
    expect(await at.tries("XA", "investigator", sendNotice, go)).toBe("notice-deferred");
    const clock = (await sees(id)).clocks.find(
      ({ rule, state }) => rule === "request.notification" && state === "running",
    );
    expect(clock?.dueAt.since(clock.startsAt).total("hours")).toBe(7 * 24);
    await at.pass({ days: 22 });
    expect(await waits()).toBe(waiting);
    expect(await at.tries("XA", "investigator", sendNotice, go)).toBe("done");
    await at.pass({ days: 5 });
    expect((await sees(id)).warnings.map(({ rule }) => rule)).toContain("request.notification");
    await at.pass({ days: 3 });
    const late = (await sees(id)).clocks.find(
      ({ rule, state }) => rule === "request.notification" && state === "fired",
    );
    expect(late).toBeDefined();
  });

  test("to a registered mailbox it leaves by itself, signed, and the covering e-mail says nothing of the matter", async () => {
    const id = await obtained();
    const way = { way: "registered-e-mail" };
    expect(await at.tries("XA", "investigator", prepareNotice, { id, input: { ...NOTICE, ...way } })).toBe(
      "notice-mailbox",
    );
    const notice = await prepared(id, { ...way, address: "mira@registered.example" });
    await at.does("XA", "investigator", sendNotice, { id: notice, input: {} });
    await sendMail.run(at.node("XA"));
    const [taken] = server.taken;
    expect(taken?.to).toEqual(["mira@registered.example"]);
    const { mail } = taken ?? {};
    expect(`${mail?.subject} ${mail?.text}`).not.toMatch(/fraud|0101|Mira|production/i);
    const attached = Buffer.from(mail?.attachments[0]?.content as ArrayBuffer).toString("latin1");
    expect(attached).toBe((await pdfOf(notice)).toString("latin1"));
    expect(await readView(noticeView, await reader(), { id: notice })).toMatchObject({
      mail: "handed",
      person: { name: "Mira Solano", address: "mira@registered.example" },
    });
    await expect(readView(noticeView, await reader("administrator"), { id: notice })).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
