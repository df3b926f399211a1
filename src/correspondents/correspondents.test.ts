import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { mailServer } from "../../test/mail-server.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { enter } from "../requests/acts-entered.ts";
import { send, withdraw } from "../requests/acts-sender.ts";
import { sendMail } from "../mail/acts-queue.ts";
import { acquire } from "../evidence/acts-acquire.ts";
import { uploadsOf } from "../evidence/tus.ts";
import { wholeRecord } from "../kernel/journal.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { confirmCorrespondent, proposeCorrespondent, takeNotice } from "./acts.ts";
import { postLetters } from "./acts-post.ts";
import { readNotice } from "./notice.ts";
import { correspondentList, letterDocument, type LetterShown, lettersOf } from "./views.ts";

const dsn = (id: string, action: string, more = "") =>
  `From: mailer-daemon@cassia.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.cassia.example\r\nOriginal-Envelope-Id: ${id}\r\n\r\nFinal-Recipient: rfc822; desk@cassia.example\r\nAction: ${action}\r\nStatus: 2.0.0\r\n${more}\r\n--b--\r\n`;
const mdn = (id: string) =>
  `Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\nReporting-UA: desk; mail\nFinal-Recipient: rfc822; desk@cassia.example\nOriginal-Message-ID: <${id}@aruna.example>\nDisposition: manual-action/MDN-sent-manually;\n displayed\n\n--b--\n`;

describe("a notice of a mail server", () => {
  test.each([
    [dsn("x", "delivered"), { state: "delivered", about: ["x"] }],
    [
      dsn("x", "failed", "Diagnostic-Code: smtp; 550 5.1.1\r\n no such user"),
      { state: "bounced", detail: "smtp; 550 5.1.1 no such user" },
    ],
    [dsn("x", "delayed"), { state: "delayed" }],
    [mdn("y"), { state: "read", about: ["y@aruna.example"] }],
  ])("is read", (text, expected) => {
    expect(readNotice(text)).toMatchObject(expected);
  });

  test("any other text is none, and no text breaks the reading", () => {
    expect(readNotice("Dear colleague, we have it.")).toBeNull();
    expect(readNotice("x".repeat(300_000))).toBeNull();
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        readNotice(text);
        readNotice(`Action: ${text}`);
      }),
      { numRuns: 60 },
    );
  });
});

describe("somebody without a node", () => {
  let at: Countries;
  let server: Awaited<ReturnType<typeof mailServer>>;
  let id = "";
  beforeAll(async () => {
    server = await mailServer();
    at = await openCountries({
      codes: ["XA"],
      config: { smtp_url: server.url, mail_from: "Aruna <no-reply@aruna.example>" },
    });
  });
  afterAll(async () => {
    await at.close();
    await server.close();
  });
  const letters = async (): Promise<LetterShown[]> =>
    lettersOf(readerOf(at.node("XA"), await at.officer("XA", "duty-officer")), id);
  const post = async () => {
    await postLetters.run(at.node("XA"));
    await sendMail.run(at.node("XA"));
    await postLetters.run(at.node("XA"));
  };
  const mailId = async (letter: string) =>
    (await at.node("XA").pool.query<{ id: string }>("select id from mail where once = $1", [`letter:${letter}`]))
      .rows[0]?.id ?? "";

  /** Lodges a file as having come with the answer to a request; gives what its custody says. */
  const lodgeWith = async (request: string) => {
    const node = at.node("XA");
    const { account } = await at.officer("XA", "investigator");
    const upload = await uploadsOf(node).take({
      owner: account,
      name: "reponse.csv",
      media: "text/csv",
      source: Readable.from([Buffer.from("login,at\n")]),
      bytesMax: 1_000,
      now: node.clock(),
    });
    const acquisition = { method: "export-by-holder", source: "Cassia Mail" };
    const input = { upload: upload?.id, description: "Log-in records", request, acquisition };
    const caseId = (await at.sees("XA", "investigator", request)).case_id ?? "";
    const item = await at.does("XA", "investigator", acquire, { id: caseId, input });
    const entry = await node.db
      .selectFrom("journal")
      .select(["id", "record", "words"])
      .where("subject_id", "=", item)
      .executeTakeFirstOrThrow();
    return wholeRecord(node.services.keys, entry).change;
  };

  test("is entered by two people, the second of whom types the address that they heard", async () => {
    const input = {
      code: "XC",
      name: "Cassia",
      kind: "state",
      address: "desk@cassia.example",
      languages: ["fr"],
      hours: "Mon-Fri 09:00-17:00, Europe/Lisbon",
    };
    const correspondent = await at.does("XA", "administrator", proposeCorrespondent, { input });
    expect(await at.tries("XA", "central-authority", proposeCorrespondent, { input })).toBe("peer-known");
    const confirm = { address: "desk@cassia.example", channel: "By telephone" };
    expect(await at.tries("XA", "administrator", confirmCorrespondent, { id: correspondent, input: confirm })).toBe(
      "correspondent-other-person",
    );
    expect(
      await at.tries("XA", "central-authority", confirmCorrespondent, {
        id: correspondent,
        input: { ...confirm, address: "desk@casia.example" },
      }),
    ).toBe("correspondent-address");
    await at.does("XA", "central-authority", confirmCorrespondent, { id: correspondent, input: confirm });
    const found = await readView(correspondentList, readerOf(at.node("XA"), await at.officer("XA", "judge")), {
      q: "cassia",
    });
    expect(found).toMatchObject({ items: [{ code: "XC", state: "trusted" }] });
  });

  test("gets the request as a signed document in their language, from the same outbox", async () => {
    id = await at.does("XA", "investigator", draftRequest, {
      id: await at.openCase(),
      input: {
        measure: "P29",
        to: "XC",
        offence: "Computer-related fraud, s. 11",
        facts:
          "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left.",
        necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
        proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
        data: [{ category: "traffic", description: "Log-in records", identifiers: ["sunrise@cassia.example"] }],
        custodian: "Cassia Mail",
        particulars: { assistance: "A request for assistance will follow." },
      },
    });
    await at.does("XA", "investigator", submit, { id });
    await at.does("XA", "prosecutor", authorise, {
      id,
      input: { reasons: "Necessary and narrow.", until: "2027-01-31" },
    });
    await at.does("XA", "duty-officer", send, { id });
    await post();
    const [letter] = await letters();
    expect(letter).toMatchObject({ state: "handed", mailed: true, act: "request.send" });
    const [taken] = server.taken;
    expect(taken?.to).toEqual(["desk@cassia.example"]);
    expect(taken?.raw).toMatch(/^Disposition-Notification-To: no-reply@aruna\.example/im);
    expect(taken?.mail.text).not.toContain("sunrise@cassia.example");
    const [attachment] = taken?.mail.attachments ?? [];
    const pdf = Buffer.from(attachment?.content as ArrayBuffer).toString("latin1");
    expect(pdf).toContain("/SubFilter /ETSI.CAdES.detached");
    const download = await readView(letterDocument, readerOf(at.node("XA"), await at.officer("XA", "duty-officer")), {
      id: letter?.id,
    });
    expect((download as { body: Buffer }).body.toString("latin1")).toBe(pdf);
    await post();
    expect(server.taken).toHaveLength(1);
    expect((await at.sees("XA", "duty-officer", id)).state).toBe("sent");
  });

  test("a bounce is shown, another letter's notice is refused, and proof of delivery is the receipt of the wire", async () => {
    const [letter] = await letters();
    const notice = (text: string) =>
      at.tries("XA", "duty-officer", takeNotice, { id: letter?.id ?? "", input: { text } });
    expect(await notice("We have it.")).toBe("letter-no-notice");
    expect(await notice(dsn("somebody-else", "delivered"))).toBe("letter-other-message");
    const mail = await mailId(letter?.id ?? "");
    expect(await notice(dsn(mail, "failed"))).toBe("done");
    expect((await at.sees("XA", "duty-officer", id)).sending).toMatchObject([{ problem: { type: "bounced" } }]);
    expect(await notice(dsn(mail, "delivered"))).toBe("done");
    expect(await at.sees("XA", "duty-officer", id)).toMatchObject({ state: "delivered", sending: [] });
    expect(await notice(mdn(mail))).toBe("done");
    expect((await letters())[0]?.state).toBe("read");
  });

  test("their answers are typed in, marked as that, and lead to the same states; a withdrawal goes as a letter again", async () => {
    const said = { way: "e-mail", person: "M. Duarte", text: "Nous l'avons bien reçue." };
    expect(await at.tries("XA", "judge", enter, { id, input: { ...said, outcome: "received" } })).not.toBe("done");
    await at.does("XA", "duty-officer", enter, { id, input: { ...said, outcome: "received" } });
    expect(await at.tries("XA", "duty-officer", enter, { id, input: { ...said, outcome: "refused" } })).toBe(
      "request-enter-ground",
    );
    await at.does("XA", "duty-officer", enter, {
      id,
      input: { ...said, outcome: "question", text: "Quelle période ?" },
    });
    const lodged = await lodgeWith(id);
    expect(lodged).toMatchObject({
      request_number: (await at.sees("XA", "investigator", id)).number,
      way: "e-mail",
      answered_by: "M. Duarte",
      answer_entry: expect.stringMatching(/^[\da-f]{64}$/),
    });
    const { state, history } = await at.sees("XA", "investigator", id);
    expect(state).toBe("clarification");
    expect(history.at(-1)).toMatchObject({ act: "enter", node: "XA", said: { outcome: "question", way: "e-mail" } });
    expect(history.at(-1)?.by).toContain("Aruna");
    await at.does("XA", "duty-officer", withdraw, { id, input: { reasons: "The matter has been settled otherwise." } });
    await post();
    expect((await letters()).map(({ act }) => act).sort()).toEqual(["request.send", "request.withdraw"]);
    expect(server.taken).toHaveLength(2);
  });
});
