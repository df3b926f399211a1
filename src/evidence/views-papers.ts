import { z } from "zod";
import { Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { sql } from "../kernel/database.ts";
import { Download, type Reader, view } from "../kernel/view.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { latestCheckpoint } from "../trust/ledger.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { publishedSeal, signersOf } from "../trust/signers.ts";
import { letter } from "../ui/letter.ts";
import { sizeInWords } from "../ui/upload.tsx";
import { momentOf } from "../ui/when.tsx";
import { ERASURE } from "./acts-keeping.ts";
import { custodyDocument, digestRows, wordsIn } from "./custody-document.ts";
import type { CustodyEvent } from "./custody-event.ts";
import { actorName } from "./custody-story.ts";
import { momentInUtc } from "./custody-words.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import { eventsOf, itemRow } from "./views.ts";
import { itemFor } from "./views-locked.ts";
import type { Kept } from "./words.ts";

const input = z.object({ id: z.uuid(), language: z.enum(["en", "fr", "ar"]).default("en") });
const ITEMS_MAX = 200;

/** Signs a document and gives it to be looked at in the browser. */
async function signed({ node, now }: Reader, pdf: Buffer, name: string): Promise<Download> {
  const filename = `${name.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}.pdf`;
  return new Download(await signPdf(pdf, signersOf(node), now), { type: "application/pdf", filename, inline: true });
}

/** The chain of custody on paper, signed by the node. It says how to check it, and proves nothing that the package does not prove better. */
export const itemCustodyDocument = view({
  name: "item.custody-document",
  path: "/items/:id/custody/document",
  subject: itemSubject,
  input,
  read: async (reader, { id, language }) => {
    const row = await itemRow(reader, id);
    if (!row) return undefined;
    const checkpoint = {
      origin: ledgerIdentity(reader.node).origin,
      size: (await latestCheckpoint(reader.db))?.size ?? 0,
    };
    const list = { row, events: await eventsOf(reader, row), checkpoint, at: reader.now };
    return signed(reader, await custodyDocument(reader.node, list, language), `${row.number}-custody-${language}`);
  },
});

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const RECEIPTS: ReadonlySet<string> = new Set(["item.transfer", "item.pass", "item.lend", "item.return"]);

/** Items that went with this one, on the same receipt, as far as the reader may see them. */
async function together(reader: Reader, row: ItemRow): Promise<ItemRow[]> {
  if (row.bundle === null) return [row];
  const { rows } = await sql<Kept<ItemRow>>`select i.* from item i where i.bundle = ${row.bundle}
    and ${reader.visible(itemSubject, { alias: "i" })} order by i.number limit ${sql.lit(ITEMS_MAX)}`.execute(
    reader.db,
  );
  return rows.map((each) => itemFor<ItemRow>(reader, each));
}

/** Facts whose digests fit on one line, and whose moments keep their order in a line that runs from right to left. */
const SAID = `
#let said(rows) = table(columns: (48mm, 1fr), stroke: none, inset: (x: 0pt, y: 4pt),
  ..rows.map(row => (text(fill: grey, row.at(0)), if row.len() > 2 { mono(row.at(1), size: 7.2pt) } else { apart(row.at(1)) })).flatten())
`;

const RECEIPT = `${SAID}
#par(data.body.opening)
#said(data.body.facts)
= #data.body.itemsTitle
#table(columns: (auto, 1fr, auto), stroke: (x, y) => (bottom: 0.4pt + luma(190)), inset: (x: 3pt, y: 4pt),
  table.header(..data.body.itemsHeads.map(it => text(8.5pt, fill: grey, it))),
  ..data.body.items.map(row => (mono(row.at(0)), [#apart(row.at(1)) #linebreak() #mono(row.at(2), size: 6.5pt)], onward(row.at(3)))).flatten())
= #data.body.signTitle
#par(data.body.signText)
#block(breakable: false, grid(columns: (1fr, 1fr), gutter: 12mm,
  ..data.body.signers.map(signer => [#text(9pt, fill: grey, signer.at(0)) #linebreak() #apart(signer.at(1)) #v(16mm) #line(length: 100%, stroke: 0.6pt) #text(8pt, fill: grey, data.body.signLine)])))
`;

/** The receipt of the last hand-over: to be printed, signed by who takes it, and brought back. */
export const itemReceipt = view({
  name: "item.receipt",
  path: "/items/:id/receipt",
  subject: itemSubject,
  input,
  read: async (reader, { id, language }) => {
    const row = await itemRow(reader, id);
    if (!row) return undefined;
    const events = await eventsOf(reader, row);
    const given = events.findLast(({ act }) => RECEIPTS.has(act));
    if (!given) throw new Refusal("wrong-state", "receipt-none");
    const items = given.act === "item.transfer" ? await together(reader, row) : [row];
    return signed(reader, receiptPdf(reader, { row, given, items }, language), `${row.number}-receipt-${language}`);
  },
});

function headOf({ node, now }: Reader, title: string, number: string, language: string) {
  const { zone } = node.config;
  return {
    head: {
      language,
      authority: `${node.name} (${node.code})`,
      title,
      number,
      date: momentOf(now, { locale: language, zone, now }, "long"),
    },
    seal: publishedSeal(node),
    at: now,
  };
}

function receiptPdf(
  reader: Reader,
  { row, given, items }: { readonly row: ItemRow; readonly given: CustodyEvent; readonly items: readonly ItemRow[] },
  language: string,
): Buffer {
  const words = wordsIn(reader.node, language);
  const { t } = words;
  const { facts } = given;
  const verb = given.act.slice("item.".length);
  const giver = [actorName(given, t), given.actor.office ?? ""].filter((part) => part !== "").join(", ");
  const taker = [
    text(facts["person"]) || text(facts["to"]),
    text(facts["recipient"]) || text(facts["to_office"]) || text(facts["to_node_name"]),
  ]
    .filter((part) => part !== "")
    .join(", ");
  const optional = ["reason", "authority", "condition", "handling", "address", "identified_by", "due", "place"]
    .filter((name) => text(facts[name]) !== "")
    .map((name) =>
      name === "due"
        ? [t("custody.fact.due"), text(facts[name]).slice(0, 10)]
        : [t(`field.item.${name}`), text(facts[name])],
    );
  return letter(
    headOf(reader, t("receipt.title"), row.number, language),
    {
      template: RECEIPT,
      facts: asJson({
        opening: t(`receipt.opening.${verb}`),
        facts: [
          [t("receipt.giver"), giver],
          [t("receipt.taker"), taker],
          [t("receipt.at"), momentInUtc(given.at)],
          ...optional,
          [t("custody.fact.entry_digest"), given.entry_digest, "mono"],
        ],
        itemsTitle: t("receipt.items", { count: items.length }),
        itemsHeads: [t("items.col.item"), t("field.item.description"), t("field.item.seal_number")],
        items: items.map((item) => [
          item.number,
          `${item.description} (${item.name}, ${sizeInWords(item.bytes, language)})`,
          `SHA-256 ${item.digest}`,
          item.seal_number ?? "–",
        ]),
        signTitle: t("custody.document.sign"),
        signText: t("receipt.sign.text"),
        signLine: t("custody.document.sign.line"),
        signers: [
          [t("receipt.giver"), giver],
          [t("receipt.taker"), taker],
        ],
      }),
    },
    t,
  );
}

const CERTIFICATE = `${SAID}
#par(data.body.opening)
#framed[#text(12pt, weight: "bold", data.body.what)]
#said(data.body.item)
= #data.body.methodTitle
#par(data.body.method)
= #data.body.peopleTitle
#for person in data.body.people [
  #said(person)
  #v(2pt)
]
#if data.body.stays.len() > 0 [
= #data.body.staysTitle
#par(apart(data.body.stays))
]
= #data.body.checkTitle
#par(data.body.check)
`;

/** The certificate of a disposal: what, how, by whom, and the entries of the journal that say so. */
export const itemCertificate = view({
  name: "item.certificate",
  path: "/items/:id/certificate",
  subject: itemSubject,
  input,
  read: async (reader, { id, language }) => {
    const row = await itemRow(reader, id);
    if (!row) return undefined;
    if (row.state !== "disposed") throw new Refusal("wrong-state", "certificate-none");
    const events = await eventsOf(reader, row);
    const destroyed = events.findLast(({ act, facts }) => act === "item.dispose" && facts["step"] === "destroyed");
    const proposed = events.findLast(({ act, facts }) => act === "item.dispose" && facts["step"] === "proposed");
    if (!destroyed || !proposed) throw new Refusal("wrong-state", "certificate-none");
    const pdf = certificatePdf(reader, { row, proposed, destroyed }, language);
    return signed(reader, pdf, `${row.number}-certificate-${language}`);
  },
});

function certificatePdf(
  reader: Reader,
  {
    row,
    proposed,
    destroyed,
  }: { readonly row: ItemRow; readonly proposed: CustodyEvent; readonly destroyed: CustodyEvent },
  language: string,
): Buffer {
  const { t } = wordsIn(reader.node, language);
  const person = (event: CustodyEvent, label: string) => [
    [
      label,
      [
        event.actor.name ?? event.actor.id,
        event.actor.role ? t(`role.${event.actor.role}`) : "",
        event.actor.office ?? "",
      ]
        .filter((part) => part !== "")
        .join(", "),
    ],
    [t("certificate.at"), momentInUtc(event.at)],
    [t("field.item.reason"), text(event.facts["reason"])],
    ...(text(event.facts["authority"]) === "" ? [] : [[t("field.item.authority"), text(event.facts["authority"])]]),
    [t("certificate.entry", { seq: event.seq }), event.entry_digest, "mono"],
    ...(event.leaf === null ? [] : [[t("custody.fact.leaf"), `${event.leaf}`]]),
  ];
  return letter(
    headOf(reader, t("certificate.title"), row.number, language),
    {
      template: CERTIFICATE,
      facts: asJson({
        opening: t("certificate.opening", { node: reader.node.name }),
        what: t("certificate.what", { number: row.number, at: momentInUtc(destroyed.at) }),
        item: [
          [t("field.item.description"), row.description],
          [t("items.file"), `${row.name} (${row.media}, ${sizeInWords(row.bytes, language)})`],
          ...digestRows(row),
          [t("items.acquired"), momentInUtc(row.acquired_at)],
        ],
        methodTitle: t("custody.fact.method"),
        method: t("certificate.method", { method: ERASURE }),
        peopleTitle: t("certificate.people"),
        people: [person(proposed, t("certificate.first")), person(destroyed, t("certificate.second"))],
        staysTitle: t("custody.fact.exhibits_that_stay"),
        stays: text(destroyed.facts["exhibits_that_stay"]),
        checkTitle: t("custody.document.check"),
        check: t("certificate.check", { origin: ledgerIdentity(reader.node).origin }),
      }),
    },
    t,
  );
}
