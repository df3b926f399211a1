import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CustodyGround, custodyGround } from "../../test/custody-ground.ts";
import { textOfPdf } from "../../test/pdf-text.ts";
import { readerOf } from "../kernel/reader.ts";
import { Download } from "../kernel/view.ts";
import { isPdf, verifyPdf } from "../trust/verify-pdf.ts";
import { correct } from "./acts.ts";
import { dispose } from "./acts-keeping.ts";
import { lend, retake } from "./acts-outside.ts";
import { seal, unseal } from "./acts-seals.ts";
import { receive, transfer } from "./acts-transfer.ts";
import { verify } from "./acts-verify.ts";
import { itemCertificate, itemCustodyDocument, itemReceipt } from "./views-papers.ts";
import { itemExport } from "./views.ts";

const LANGUAGES = ["en", "fr", "ar"] as const;
const PICTURES = "node_modules/.cache/pictures";
let ground: CustodyGround;
let id: string;
const officer = (role: Parameters<CustodyGround["at"]["officer"]>[0]) => ground.at.officer(role);

beforeAll(async () => {
  ground = await custodyGround();
  const [investigator, prosecutor] = [officer("investigator"), officer("prosecutor")];
  id = await ground.item(randomBytes(4_000));
  await ground.does(investigator, verify, id, { purpose: "before it is sealed" });
  await ground.does(investigator, seal, id, {
    reason: "complete",
    seal_number: "XA-0017",
    storage: "evidence room, shelf 4",
  });
  await ground.does(investigator, lend, id, {
    recipient: "State Laboratory",
    person: "Dr A. Mensah",
    due: "2999-01-31",
    reason: "chip-off",
    condition: "seal intact",
  });
  await ground.does(investigator, retake, id, { condition: "intact", seal_seen: "XA-0017" });
  const to_office = prosecutor.office.id;
  await ground.does(investigator, transfer, id, { to_office, reason: "for trial", handling: "for this case only" });
  await ground.does(prosecutor, receive, id, { seal_seen: "XA-0018", note: "Torn tape; the number on it is another." });
  await ground.does(investigator, correct, id, { event: 3, correction: "The shelf is 5, not 4." });
});
afterAll(() => ground.close());

async function paper(view: { read: typeof itemReceipt.read }, language: (typeof LANGUAGES)[number], name: string) {
  const reader = readerOf(ground.at.node, officer("investigator"), language);
  const found = await view.read(reader, { id, language });
  if (!(found instanceof Download)) throw new Error("no document");
  const pdf = Buffer.isBuffer(found.body) ? found.body : await buffer(Readable.from(found.body));
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(`${PICTURES}/${name}-${language}.pdf`, pdf);
  return pdf;
}

test.each(LANGUAGES)(
  "chain of custody and receipt in %s: signed, checked without the node, with every event and both seals",
  async (language) => {
    const custody = await paper(itemCustodyDocument, language, "custody");
    const receipt = await paper(itemReceipt, language, "receipt");
    for (const pdf of [custody, receipt]) {
      expect(isPdf(pdf)).toBe(true);
      expect((await verifyPdf(pdf)).checks.filter(({ ok }) => ok === false)).toEqual([]);
    }
    const events = await ground.events(id);
    const text = textOfPdf(custody).replaceAll(/\s+/g, "");
    for (const { entry_digest } of events) expect(text).toContain(entry_digest);
    for (const seen of ["XA-0017", "XA-0018"]) expect(text).toContain(seen);
  },
);

test("once it is destroyed, a certificate names both persons, their entries and the method, in each language", async () => {
  const reader = readerOf(ground.at.node, officer("investigator"));
  await expect(itemCertificate.read(reader, { id, language: "en" })).rejects.toMatchObject({ key: "certificate-none" });
  const [head, second] = [officer("unit-head"), ground.another("unit-head")];
  await ground.does(officer("judge"), unseal, id, { reason: "end of the case" });
  await ground.does(head, dispose, id, { reason: "end of retention", authority: "Order 7/26" });
  await ground.does(second, dispose, id, { reason: "end of retention" });
  const events = (await ground.events(id)).slice(-2);
  for (const language of LANGUAGES) {
    const pdf = await paper(itemCertificate, language, "certificate");
    expect((await verifyPdf(pdf)).checks.filter(({ ok }) => ok === false)).toEqual([]);
    const text = textOfPdf(pdf).replaceAll(/\s+/g, "");
    for (const { entry_digest, actor } of events) {
      expect(text).toContain(entry_digest);
      expect(text).toContain((actor.name ?? "").replaceAll(" ", ""));
    }
    expect(text).toContain("800-88");
  }
});

test("the list as a table: what is typed is no formula, and only what the filters want is in it", async () => {
  const reader = readerOf(ground.at.node, officer("investigator"));
  const csv = await itemExport.read(reader, { format: "csv", state: "disposed" });
  const text = String((csv as Download).body);
  expect(text.split("\r\n")).toHaveLength(3);
  expect(text).toContain("disposed,Mailbox of the victim");
});
