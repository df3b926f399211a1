import type { Translate } from "../kernel/i18n.ts";
import { type JsonObject, asJson } from "../kernel/json.ts";
import { typeset } from "./typeset.ts";

/** What every letter of an authority shows above and below what it says. */
export interface LetterHead {
  /** Language of the letter; right to left where that language is. */
  readonly language: string;
  /** Who writes: the authority, and the office of it. */
  readonly authority: string;
  readonly office?: string;
  readonly title: string;
  /** One line beneath the title, such as the provision. */
  readonly subtitle?: string;
  readonly number: string;
  /** The date in words. */
  readonly date: string;
  /** A QR picture beside the head, as SVG made here. */
  readonly picture?: string;
}

/** The certificate that a letter will be signed with, and the address where the authority publishes its fingerprint. */
export interface LetterSeal {
  /** SHA-256, hex. */
  readonly fingerprint: string;
  readonly address: string;
}

/**
 * Sets the page, its head and its foot, and gives the letter's own text these: `said(rows)`, a list of facts; `mono(text)`, for what
 * is compared letter by letter; `framed(content)`, for the one thing that must not be missed; `paragraphs(text)`.
 */
const HEAD = `
#set document(title: data.head.title)
#let grey = luma(80)
#let mono(it, size: 0.86em) = text(font: faces("DejaVu Sans Mono"), size: size, onward(it))
#set page(paper: "a4", margin: (x: 24mm, top: 22mm, bottom: 34mm), footer: context [
  #set text(7.5pt, fill: grey)
  #set par(leading: 0.45em)
  #line(length: 100%, stroke: 0.4pt + luma(170))
  #grid(columns: (1fr, auto), gutter: 10mm,
    [#data.seal.words #linebreak() #mono(data.seal.fingerprint, size: 6.5pt)],
    align(end)[#mono(data.head.number) #linebreak() #paged(data.page)])
])
#set text(lang: data.lang, size: 10.5pt)
#set par(justify: false, leading: 0.65em)
#show heading.where(level: 1): it => block(above: 18pt, below: 8pt, sticky: true, text(11.5pt, weight: "bold", it.body))
#let said(rows) = table(columns: (48mm, 1fr), stroke: none, inset: (x: 0pt, y: 4pt),
  ..rows.map(row => (text(fill: grey, row.at(0)), if row.len() > 2 { mono(row.at(1)) } else { apart(row.at(1)) })).flatten())
#let framed(it) = block(width: 100%, stroke: 1.2pt + black, inset: 10pt, radius: 2pt, above: 14pt, below: 14pt, it)
#let paragraphs(it) = for each in it.split("\\n") { if each.trim() != "" { par(apart(each)) } }
#grid(columns: (1fr, auto), gutter: 12pt,
  [#text(10pt, apart(data.head.authority))
   #if data.head.office != "" [#linebreak() #text(10pt, fill: grey, apart(data.head.office))]
   #v(10pt)
   #text(19pt, weight: "bold", data.head.title)
   #if data.head.subtitle != "" [#linebreak() #text(10pt, fill: grey, data.head.subtitle)]],
  align(end)[#text(9pt, fill: grey, data.head.numberLabel) #linebreak() #mono(data.head.number, size: 11pt)
   #linebreak() #text(9pt, fill: grey, data.head.date)
   #if data.head.picture != "" [#v(4pt) #image(bytes(data.head.picture), format: "svg", width: 26mm)]])
#v(2pt)
#line(length: 100%, stroke: 1pt)
`;

/** A digest in groups of four, as people compare it. */
export const inFours = (hex: string): string => (hex.match(/.{1,4}/g) ?? []).join(" ");

/**
 * A letter of the authority as a PDF that is ready to be signed: `body` is Typst and reads its facts as `data.body`. The foot of
 * every page tells in words how to check the signature. The same facts at the same moment give the same bytes.
 */
export function letter(
  { head, seal, at }: { readonly head: LetterHead; readonly seal: LetterSeal; readonly at: Temporal.Instant },
  body: { readonly template: string; readonly facts: JsonObject },
  t: Translate,
): Buffer {
  const facts = {
    lang: head.language,
    page: t("document.page", { page: "{page}", pages: "{pages}" }),
    head: {
      office: "",
      subtitle: "",
      picture: "",
      ...head,
      numberLabel: t("letter.number"),
    },
    seal: {
      words: t("letter.seal", { authority: head.authority, address: seal.address }),
      fingerprint: inFours(seal.fingerprint),
    },
    body: body.facts,
  };
  return typeset(HEAD + body.template, asJson(facts), at);
}
