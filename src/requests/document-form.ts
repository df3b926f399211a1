import type { Translate } from "../kernel/i18n.ts";
import type { Node } from "../kernel/node.ts";
import { momentOf, placeOf } from "../ui/when.tsx";

/** What stands above and below what a document of a request says. */
export interface Form {
  /** Language of the document; right to left where that language is. */
  readonly lang: string;
  /** Who writes. */
  readonly authority: string;
  readonly title: string;
  /** The provision that it rests on. */
  readonly basis: string;
  readonly number: string;
  readonly numberLabel: string;
  /** Moment of it, in words. */
  readonly date: string;
  /** `Page {page} of {pages}`, with these in braces. */
  readonly page: string;
  readonly signTitle: string;
  readonly signLine: string;
  /** Who stands for it: in what part, by name, of which office. */
  readonly signers: readonly (readonly [part: string, name: string, office: string])[];
  readonly checkTitle: string;
  readonly check: readonly string[];
}

/**
 * Page, head and foot of a document of a request, and for its own text: `facts(rows)`, lines of facts, of which a third part marks what is
 * compared letter by letter; `said(text)`, paragraphs as they were typed; and `ending`, signatures and how to check it, kept together.
 * Headings stay with what they head.
 */
export const FORM = `
#set document(title: data.title)
#let grey = luma(80)
#let mono(it, size: 8pt) = text(font: faces("DejaVu Sans Mono"), size: size, dir: ltr, it)
#set page(paper: "a4", margin: (x: 24mm, top: 22mm, bottom: 24mm), footer: [
  #set text(8pt, fill: luma(90))
  #line(length: 100%, stroke: 0.4pt + luma(170))
  #grid(columns: (1fr, auto), gutter: 10mm, [#onward(data.number) · #apart(data.title)], paged(data.page))
])
#set text(lang: data.lang, size: 10.5pt)
#set par(justify: false, leading: 0.62em)
#show heading.where(level: 1): it => block(above: 16pt, below: 7pt, sticky: true, text(11.5pt, weight: "bold", it.body))
#let facts(rows) = table(columns: (46mm, 1fr), stroke: none, inset: (x: 0pt, y: 3.4pt), column-gutter: 3mm,
  ..rows.map(row => (text(fill: grey, row.at(0)), if row.len() > 2 { mono(row.at(1)) } else { apart(row.at(1)) })).flatten())
#let said(it) = for each in it.split("\\n") { if each.trim() != "" { par(apart(each)) } }
#let ending = block(breakable: false, above: 16pt, {
  if data.signers.len() > 0 {
    heading(level: 1, data.signTitle)
    let signers = if data.signers.len() == 1 { data.signers + ((),) } else { data.signers }
    grid(columns: (1fr, 1fr), column-gutter: 10mm, row-gutter: 12mm,
      ..signers.map(signer => if signer.len() > 0 [#text(9pt, fill: grey, signer.at(0)) \\ #strong(apart(signer.at(1))) \\ #apart(signer.at(2))]),
      ..signers.map(signer => if signer.len() > 0 [#line(length: 100%, stroke: 0.6pt) #v(-2mm) #text(8pt, fill: grey, data.signLine)]))
  }
  heading(level: 1, data.checkTitle)
  set text(9pt)
  for each in data.check { par(each) }
})
#grid(columns: (1fr, auto), gutter: 12pt,
  [#text(10pt, fill: grey, apart(data.authority)) \\ #v(1pt) #text(17pt, weight: "bold", data.title) \\ #v(3pt) #text(10.5pt, onward(data.basis))],
  align(end)[#text(9pt, fill: grey, data.numberLabel) \\ #text(13pt, weight: "bold", onward(data.number))])
#text(9pt, data.date)
#v(-4pt)
#line(length: 100%, stroke: 1pt)
`;

/** A moment as a document says it: on the clock of its authority, whose place and distance from UTC are named. */
export function documentMoment(
  at: Temporal.Instant,
  { t, locale, zone }: { readonly t: Translate; readonly locale: string; readonly zone: string },
): string {
  const { offset } = at.toZonedDateTimeISO(zone);
  const moment = momentOf(at, { locale, zone, now: at }, "long");
  return t("document.at", { moment, place: placeOf(zone), offset });
}

/** What documents of a request are made with. */
export type Making = Pick<Node, "translations" | "code" | "name">;

/** A telephone number within a line of either direction. */
export const telephone = (number: string): string => `\u{2066}${number}\u{2069}`;

/** An office with its country and code; the country is not said twice. */
export const officeOf = (office: string, country: string, code: string): string =>
  `${office}${office.includes(country) ? "" : `, ${country}`} (${code})`;
