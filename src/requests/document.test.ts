import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { textOfPdf } from "../../test/pdf-text.ts";
import type { WholeLanguage } from "../kernel/i18n.ts";
import { wholeRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Download } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { authorise, draftRequest, submit } from "./acts-draft.ts";
import { send } from "./acts-sender.ts";
import { requestDocument } from "./document.ts";
import type { RequestRow } from "./request.ts";
import { requestPdf } from "./views-document.ts";

let at: Countries;
let id: string;

/** What somebody might type who hopes that it is run: Typst code, markup, references, HTML, and what breaks JSON. */
const HOSTILE =
  '#panic("out") #import "x.typ" $ sqrt(2) $ <label> @missing *bold* `raw` \\ #{1+1} <script>alert(1)</script> "quoted" {data.number} ]]) //gone /* gone */ = not a heading';
const TEXTS = {
  offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
  facts: `On 3 November a caller had the victim read out a code; 41,300 rupees left her account. ${HOSTILE}`,
  necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
  proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
  custodian: "Meridian, response desk #emph[x]",
};
beforeAll(async () => {
  at = await openCountries();
  id = await at.does("XA", "investigator", draftRequest, { id: await at.openCase(), input: asked });
});
const asked = {
  measure: "P29",
  to: "XB",
  ...TEXTS,
  data: [
    {
      category: "traffic",
      description: "Log-ins of the mailbox #lower[A]",
      identifiers: ["sunrise@meridian.example", "#let x = 1"],
    },
  ],
  urgency: "urgent",
  particulars: { assistance: "A request for assistance will follow within sixty days." },
};
afterAll(() => at.close());

const rowOf = async (node: Node): Promise<RequestRow> =>
  (await node.db
    .selectFrom("request")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow()) as unknown as RequestRow;
const letter = async (node: Node, language: WholeLanguage) =>
  requestDocument(node, { row: await rowOf(node), language, names: await peerNames(node.db) });
/** Blanks and ends of lines are the typesetter's. */
const plain = (text: string): string => text.replaceAll(/\s+/g, "").replaceAll("-", "");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("a draft says that it is one", async () => {
  const { pdf } = await letter(at.node("XA"), "en");
  expect(textOfPdf(pdf)).toContain("Not yet authorised: this is a draft.");
});

test("in English and in French: reference, who asks whom, particulars and decision", async () => {
  await at.does("XA", "investigator", submit, { id });
  await at.does("XA", "prosecutor", authorise, {
    id,
    input: { reasons: "Necessary, narrow and in proportion.", until: "2027-01-31" },
  });
  await at.does("XA", "duty-officer", send, { id });
  const row = await rowOf(at.node("XA"));
  const english = plain(textOfPdf((await letter(at.node("XA"), "en")).pdf));
  const french = plain(textOfPdf((await letter(at.node("XA"), "fr")).pdf));
  const common = [
    row.number,
    "CETS 185 Art. 29",
    "Cybercrime Unit",
    "Aruna",
    "Belmora 24/7 Contact Point (XB)",
    "Nadia Veloso",
    "Camille Duval",
    "Necessary, narrow and in proportion.",
    "Aruna Cybercrime Act 2021, s. 22",
    "sunrise@meridian.example",
    row.particulars.assistance ?? "",
    ...Object.values(TEXTS),
  ];
  for (const text of common)
    expect([english.includes(plain(text)), french.includes(plain(text)), text]).toEqual([true, true, text]);
  for (const text of [
    "Requested authority",
    "Summary of facts",
    "Traffic data",
    "Urgent",
    "24 November 2026",
    "31 January 2027",
  ])
    expect(english).toContain(plain(text));
  for (const text of ["Autorité requise", "Résumé des faits", "24 novembre 2026", "31 janvier 2027"])
    expect(french).toContain(plain(text));
});

test("in Arabic: every letter is drawn, and numbers and addresses keep their order", async () => {
  const { pdf } = await letter(at.node("XA"), "ar");
  const text = textOfPdf(pdf);
  for (const latin of [(await rowOf(at.node("XA"))).number, "CETS 185 Art. 29", "sunrise@meridian.example"])
    expect(plain(text)).toContain(plain(latin));
  // Its glyphs stand in the order in which they are drawn, joined forms among them: compared without forms and order.
  const letters = [...text.normalize("NFKC")].filter((each) => /\p{Script=Arabic}/u.test(each));
  for (const word of ["حفظ", "معجل", "للبيانات", "الطالبة"])
    expect([word, [...word].every((each) => letters.includes(each))]).toEqual([word, true]);
  expect(pdf.toString("latin1")).toMatch(/NotoSansArabic-Regular/);
  // A glyph that no face has would be drawn as an empty box, glyph 0.
  expect(text).not.toContain("\u{FFFD}");
});

test("what was typed is shown as it was typed, and none of it is run", async () => {
  const text = plain(textOfPdf((await letter(at.node("XA"), "en")).pdf));
  for (const typed of [HOSTILE, "#emph[x]", "#lower[A]", "#let x = 1"]) expect(text).toContain(plain(typed));
});

test("the same bytes again, the same on the other node, and their digest in the journals of both", async () => {
  expect(await at.handOver()).toEqual([]);
  const [here, there] = [at.node("XA"), at.node("XB")];
  const digest = (await letter(here, "en")).digest;
  expect((await letter(here, "en")).digest).toBe(digest);
  expect((await letter(there, "en")).digest).toBe(digest);
  expect((await letter(there, "ar")).digest).toBe((await letter(here, "ar")).digest);
  for (const node of [here, there]) {
    const entry = await node.db
      .selectFrom("journal")
      .select(["id", "record", "words"])
      .where("subject_id", "=", id)
      .where("act", "=", "request.send")
      .executeTakeFirstOrThrow();
    expect(JSON.stringify(wholeRecord(node.services.keys, entry))).toContain(digest);
    expect((await rowOf(node)).document_digest?.toString("hex")).toBe(digest);
  }
  const file = (await readView(requestPdf, readerOf(there, await at.officer("XB", "duty-officer")), {
    id,
    language: "en",
  })) as Download;
  expect(sha256(file.body as Uint8Array)).toBe(digest);
  // What has become of the request since does not change what was sent, on either side.
  for (const [node, code] of [
    [here, "XA"],
    [there, "XB"],
  ] as const) {
    await node.db.updateTable("request").set({ custodian: "Somebody else" }).where("id", "=", id).execute();
    expect((await letter(node, "en")).digest).not.toBe(digest);
    const sent = (await readView(requestPdf, readerOf(node, await at.officer(code, "duty-officer")), {
      id,
      language: "en",
    })) as Download;
    expect(sha256(sent.body as Uint8Array)).toBe(digest);
    expect(await at.sees(code, "duty-officer", id)).toMatchObject({ document: digest, document_kept: true });
  }
});

test("a request whose document comes out otherwise here is taken in, and its page says that the file is another", async () => {
  const drafted = await at.does("XA", "investigator", draftRequest, { id: await at.openCase(), input: asked });
  await at.does("XA", "investigator", submit, { id: drafted });
  const decided = { reasons: "Necessary, narrow and in proportion.", until: "2027-01-31" };
  await at.does("XA", "prosecutor", authorise, { id: drafted, input: decided });
  // As another version of the program would: the bytes differ, what is told does not.
  await at.node("XA").pool.query("update peer set name = 'Belmora (new)' where code = 'XB'");
  await at.does("XA", "duty-officer", send, { id: drafted });
  expect(await at.handOver()).toEqual([]);
  const { document: stated } = await at.sees("XA", "duty-officer", drafted);
  expect(await at.sees("XB", "duty-officer", drafted)).toMatchObject({ document: stated, document_kept: false });
  const { rows } = await at
    .node("XB")
    .pool.query<{ n: number }>("select count(*)::int as n from request_document where request = $1", [drafted]);
  expect(rows[0]?.n).toBe(0);
});
