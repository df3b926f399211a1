import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { durationInWords } from "../ui/duration.ts";
import { typesetApart } from "../ui/typeset-apart.ts";
import { sizeInWords } from "../ui/upload.tsx";
import type { CustodyEvent } from "./custody-event.ts";
import { sealsOf, spansOf } from "./custody-spans.ts";
import { type StoryLine, storyOf } from "./custody-story.ts";
import { factRows, type InLanguage, labelOf, momentInUtc } from "./custody-words.ts";
import type { ItemRow } from "./item.ts";

/** The list as a court reads it: what the exhibit is, who had it when, every event in order, room to sign, how to check. Everything said comes in as data. */
const TEMPLATE = `
#set document(title: data.title)
#let grey = luma(80)
#set page(paper: "a4", margin: (x: 20mm, top: 20mm, bottom: 24mm), footer: context [
  #set text(8pt, fill: luma(90))
  #line(length: 100%, stroke: 0.4pt + luma(170))
  #grid(columns: (1fr, auto), [#onward(data.number) · #data.footer], paged(data.page))
])
#set text(lang: data.lang, size: 10pt)
#set par(justify: false, leading: 0.6em)
#show heading.where(level: 1): it => block(above: 16pt, below: 8pt, sticky: true, text(12pt, weight: "bold", it.body))
#let mono(it, size: 7pt) = text(font: faces("DejaVu Sans Mono"), size: size, onward(it))
#let said(rows) = table(columns: (56mm, 1fr), stroke: none, inset: (x: 0pt, y: 2.2pt),
  ..rows.map(row => (text(fill: grey, row.at(0)), if row.len() > 2 { mono(row.at(1)) } else { apart(row.at(1)) })).flatten())
#let head(words) = words.map(word => text(8pt, fill: grey, word))
#let lined(columns, heads, rows) = table(columns: columns, stroke: (x, y) => (bottom: 0.4pt + luma(if y == 0 { 90 } else { 190 })), inset: (x: 3pt, y: 3.5pt),
  table.header(..head(heads)), ..rows.flatten())
#grid(columns: (1fr, auto), gutter: 12pt,
  [#text(9pt, fill: grey, data.authority) \\ #text(19pt, weight: "bold", data.title)],
  align(end)[#text(9pt, fill: grey, data.numberLabel) \\ #text(12pt, weight: "bold", onward(data.number))])
#v(2pt)
#line(length: 100%, stroke: 1pt)
#said(data.head)

= #data.spansTitle
#set text(9pt)
#lined((1fr, auto, auto, auto, auto), data.spansHeads, data.spans.map(row => (apart(row.at(0)), onward(row.at(1)), onward(row.at(2)), row.at(3), onward(row.at(4)))))
#if data.seals.len() > 0 [
= #data.sealsTitle
#lined((1fr, auto, auto, 1fr), data.sealsHeads, data.seals.map(row => (onward(row.at(0)), onward(row.at(1)), onward(row.at(2)), apart(row.at(3)))))
]
#set text(10pt)
= #data.eventsTitle
#for event in data.events {
  line(length: 100%, stroke: 0.4pt + luma(170))
  block(breakable: false, sticky: true, grid(columns: (8mm, 1fr, auto), gutter: 4pt,
    text(fill: grey, event.seq), [#strong(apart(event.sentence)) \\ #text(9pt, fill: grey)[#event.what · #event.who.map(apart).join(", ")]], align(end, text(9pt, onward(event.at)))))
  pad(..before(8mm + 4pt), {
    set text(9pt)
    for remark in event.remarks { block(inset: 4pt, stroke: 0.8pt + black, width: 100%, apart(remark)) }
    for correction in event.corrections { block(inset: 4pt, stroke: (left: 2pt + black, right: 2pt + black), width: 100%, [#strong(correction.at(0)) #apart(correction.at(1))]) }
    said(event.facts)
  })
}
= #data.signTitle
#par(data.signText)
#block(breakable: false, grid(columns: (1fr, 1fr), column-gutter: 10mm, row-gutter: 12mm,
  ..data.signers.map(signer => [#text(9pt, fill: grey, signer.at(0)) #linebreak() #apart(signer.at(1))]),
  ..data.signers.map(_ => block(width: 100%)[#line(length: 100%, stroke: 0.6pt) #text(8pt, fill: grey, data.signLine)])))
= #data.checkTitle
#set text(9pt)
#enum(..data.check)
#v(4pt)
#par(data.note)
`;

/** One line of the document; the third part marks what is set in letters of one width. */
type Said = readonly [label: string, text: string] | readonly [label: string, text: string, form: "mono"];
/** What the list is made of. */
export interface CustodyList {
  readonly row: ItemRow;
  readonly events: readonly CustodyEvent[];
  /** Of the checkpoint to which the proofs beside the list lead. */
  readonly checkpoint: { readonly origin: string; readonly size: number | bigint };
  readonly at: Temporal.Instant;
}

/** What words a document of this node is written with. */
export const wordsIn = ({ translations }: Pick<Node, "translations">, language: string): InLanguage => ({
  t: translations.translate(language),
  has: (key) => translations.has(language, key) || translations.has("en", key),
  locale: language,
});

/** The digests that are known of the item, for a document's head. */
export const digestRows = ({ digest, sha1, md5 }: ItemRow): Said[] => [
  ["SHA-256", digest, "mono"],
  ...(typeof sha1 === "string" ? ([["SHA-1", sha1, "mono"]] as const) : []),
  ...(typeof md5 === "string" ? ([["MD5", md5, "mono"]] as const) : []),
];

/** The chain of custody as a PDF in one language; the same list gives the same bytes. */
export function custodyDocument(node: Node, list: CustodyList, language: string): Promise<Buffer> {
  const { row, events, checkpoint, at } = list;
  const words = wordsIn(node, language);
  const { t } = words;
  const spans = spansOf(events);
  const last = spans.at(-1);
  const facts = {
    lang: language,
    title: t("custody.document.title"),
    authority: `${node.name} (${node.code})`,
    number: row.number,
    numberLabel: t("items.col.item"),
    page: t("document.page", { page: "{page}", pages: "{pages}" }),
    footer: t("custody.document.footer", { at: momentInUtc(at) }),
    head: [
      [t("field.item.description"), row.description],
      [t("items.file"), `${row.name} (${row.media}, ${sizeInWords(row.bytes, language)})`],
      ...digestRows(row),
      [t("items.acquired"), momentInUtc(row.acquired_at)],
      [t("items.custodian"), [row.custodian_name, row.office_name].filter(Boolean).join(", ")],
      [t("items.col.state"), t(`state.${row.state}`)],
      ...(row.seal_number === null ? [] : [[t("field.item.seal_number"), row.seal_number]]),
      ...(row.peer === null ? [] : [[t("items.peer"), row.peer]]),
    ],
    spansTitle: t("items.spans"),
    spansHeads: ["who", "from", "to", "length", "events"].map((name) => t(`items.spans.${name}`)),
    spans: spans.map(({ who, office, having, from, to, began, ended }) => [
      `${[who, office].filter((part) => part !== "").join(", ") || t(`items.having.${having}`)} (${t(`items.having.${having}`)})`,
      momentInUtc(from),
      to ? momentInUtc(to) : t("items.spans.now"),
      durationInWords((to ?? at).epochMilliseconds - from.epochMilliseconds, language),
      ended === null ? `${began}` : `${began}–${ended}`,
    ]),
    sealsTitle: t("items.seals"),
    sealsHeads: [t("field.item.seal_number"), t("items.spans.from"), t("items.spans.to"), t("items.seals.ended")],
    seals: sealsOf(events).map(({ number, from, to, ended, photo }) => [
      number || t("items.seals.none"),
      momentInUtc(from),
      to ? momentInUtc(to) : t("items.seals.intact"),
      [ended ? t(`items.seals.${ended}`) : "", photo].filter((part) => part !== "").join(", "),
    ]),
    eventsTitle: t("items.custody"),
    events: storyOf(events, t).map((line) => eventOf(line, words)),
    signTitle: t("custody.document.sign"),
    signText: t("custody.document.sign.text"),
    signLine: t("custody.document.sign.line"),
    signers: [
      [
        t("custody.document.sign.custodian"),
        [last?.who ?? "", last?.office ?? ""].filter((part) => part !== "").join(", "),
      ],
      [t("custody.document.sign.receiver"), ""],
    ],
    checkTitle: t("custody.document.check"),
    check: [1, 2, 3, 4].map((step) => t(`custody.document.check.${step}`)),
    note: t("custody.document.note", {
      count: events.length,
      origin: checkpoint.origin,
      size: String(checkpoint.size),
    }),
  };
  return typesetApart(TEMPLATE, asJson(facts), at);
}

/** One event: its sentence, what stands beside it, and all that was recorded. */
function eventOf(line: StoryLine, words: InLanguage) {
  const { t } = words;
  const { event, signatures } = line;
  return {
    seq: `${line.seq}`,
    sentence: line.sentence,
    what: t(`custody.${line.type}`),
    who: [line.who, line.role === null ? "" : t(`role.${line.role}`), line.office].filter((part) => part !== ""),
    at: momentInUtc(line.at),
    remarks: line.remarks,
    corrections: line.corrections.map(({ seq, at, who, text }) => [
      `${t("items.corrected", { event: seq, who })} ${momentInUtc(at)}:`,
      text,
    ]),
    facts: [
      ...factRows(event, words).map(({ label, value, mono }): Said => (mono ? [label, value, "mono"] : [label, value])),
      ...signatures.map(({ by, entry }, index): Said => [
        `${t(index === 0 && signatures.length > 1 ? "items.signature.first" : "items.signature.second")} (${by})`,
        entry,
        "mono",
      ]),
      ...(event.basis.length === 0 ? [] : [[labelOf("basis", words), event.basis.join("; ")] as Said]),
      ...(line.leaf === null ? [] : [[labelOf("leaf", words), `${line.leaf}`] as Said]),
      ...(event.prev === null ? [] : [[labelOf("prev", words), event.prev, "mono"] as Said]),
      [labelOf("entry_digest", words), line.entryDigest, "mono"] as Said,
    ],
  };
}
