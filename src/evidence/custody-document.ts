import type { Translations } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { typeset } from "../ui/typeset.ts";
import { sizeInWords } from "../ui/upload.tsx";
import type { ItemRow } from "./item.ts";
import type { CustodyEvent } from "./custody-event.ts";

/** The list as a court reads it: what the exhibit is, then every event in order. Everything said comes in as data. */
const TEMPLATE = `
#set document(title: data.title)
#set page(paper: "a4", margin: (x: 22mm, top: 22mm, bottom: 24mm), footer: context [
  #set text(8pt, fill: luma(90))
  #line(length: 100%, stroke: 0.4pt + luma(170))
  #grid(columns: (1fr, auto), [#onward(data.number) · #data.footer], [#counter(page).display("1 / 1", both: true)])
])
#set text(lang: data.lang, size: 10pt)
#set par(justify: false, leading: 0.6em)
#let mono(it) = text(font: faces("DejaVu Sans Mono"), size: 7.5pt, onward(it))
#let said(rows) = table(columns: (42mm, 1fr), stroke: none, inset: (x: 0pt, y: 2.5pt),
  ..rows.map(row => (text(fill: luma(80), row.at(0)), if row.len() > 2 { mono(row.at(1)) } else { apart(row.at(1)) })).flatten())
#grid(columns: (1fr, auto), gutter: 12pt,
  [#text(9pt, fill: luma(80), data.authority) \\ #text(19pt, weight: "bold", data.title)],
  align(end)[#text(9pt, fill: luma(80), data.numberLabel) \\ #text(12pt, weight: "bold", onward(data.number))])
#v(2pt)
#line(length: 100%, stroke: 1pt)
#said(data.head)
#v(6pt)
#for event in data.events {
  line(length: 100%, stroke: 0.4pt + luma(170))
  block(breakable: false, sticky: true, grid(columns: (8mm, 1fr, auto), gutter: 4pt,
    text(fill: luma(80), event.seq), [#strong(event.what) \\ #event.who.map(apart).join(", ")], align(end, text(9pt, onward(event.at)))))
  pad(..before(8mm + 4pt), { set text(9pt); said(event.facts) })
}
#v(8pt)
#text(8.5pt, fill: luma(80), data.note)
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

const DIGEST = /^[\da-f]{64}$/;
const moment = (at: Temporal.Instant): string =>
  `${at.toString({ smallestUnit: "second" }).slice(0, 19).replace("T", " ")} UTC`;

/** The chain of custody as a PDF in one language; the same list gives the same bytes. */
export function custodyDocument(node: Node, list: CustodyList, language: string): Buffer {
  const { row, events, checkpoint, at } = list;
  const t = node.translations.translate(language);
  const words = wordsOf(node.translations, language);
  const facts = {
    lang: language,
    title: t("custody.document.title"),
    authority: `${node.name} (${node.code})`,
    number: row.number,
    numberLabel: t("items.col.item"),
    footer: t("custody.document.footer", { at: moment(at) }),
    head: [
      [t("field.item.description"), row.description],
      [t("items.file"), `${row.name} (${row.media}, ${sizeInWords(row.bytes, language)})`],
      [t("items.digest"), row.digest, "mono"],
      [t("items.acquired"), moment(row.acquired_at)],
      [t("items.custodian"), [row.custodian_name, row.office_name].filter(Boolean).join(", ")],
      [t("items.col.state"), t(`state.${row.state}`)],
      ...(row.peer === null ? [] : [[t("items.peer"), row.peer]]),
    ],
    events: events.map((event) => ({
      seq: `${event.seq}`,
      what: t(`custody.${event.type}`),
      who: whoOf(event, language, node.translations),
      at: moment(event.at),
      facts: factsOf(event, words),
    })),
    note: t("custody.document.note", {
      count: events.length,
      origin: checkpoint.origin,
      size: String(checkpoint.size),
    }),
  };
  return typeset(TEMPLATE, asJson(facts), at);
}

/** Who acted: name, role, office. */
function whoOf({ actor: { id, name, role, office } }: CustodyEvent, language: string, words: Translations): string[] {
  const t = words.translate(language);
  if (id.startsWith("peer:")) return [id.slice("peer:".length)];
  if (id.startsWith("system:")) return [t("actor.node")];
  return [name ?? id, role && t(`role.${role}`), office].filter((each): each is string => Boolean(each));
}

/** What a name of the journal is called, and what a value of it is in words. */
interface Words {
  readonly label: (name: string) => string;
  readonly value: (name: string, value: unknown) => string;
}
function wordsOf(translations: Translations, language: string): Words {
  const t = translations.translate(language);
  const known = (key: string) => translations.has(language, key) || translations.has("en", key);
  return {
    label: (name) => {
      const key = [`custody.fact.${name}`, `field.item.${name}`].find(known);
      return key === undefined ? name : t(key);
    },
    value: (name, value) => {
      if (typeof value === "boolean") return t(value ? "custody.yes" : "custody.no");
      const option = `option.${name}.${String(value)}`;
      return known(option) ? t(option) : typeof value === "string" ? value : JSON.stringify(value);
    },
  };
}

/** Everything that was recorded, in the order in which it was; what stands in the head of the document or nowhere is left out. */
function factsOf({ facts, basis, prev, entry_digest, leaf }: CustodyEvent, words: Words): Said[] {
  const { acquisition, ...rest } = facts;
  const all = Object.entries(rest).concat(
    typeof acquisition === "object" && acquisition !== null ? Object.entries(acquisition) : [],
  );
  const line = (name: string, value: unknown): Said =>
    typeof value === "string" && DIGEST.test(value)
      ? [words.label(name), value, "mono"]
      : [words.label(name), words.value(name, value)];
  return [
    ...all.filter(([, value]) => value !== null && value !== "").map(([name, value]) => line(name, value)),
    ...(basis.length === 0 ? [] : [line("basis", basis.join("; "))]),
    ...(leaf === null ? [] : [line("leaf", leaf)]),
    ...(prev === null ? [] : [line("prev", prev)]),
    line("entry_digest", entry_digest),
  ];
}
