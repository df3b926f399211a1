import { createHash } from "node:crypto";
import type { WholeLanguage } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { askedFor, isOwn, measureOf, needWords, PARTICULAR_NAMES } from "../law/slice.ts";
import { saidIn, toldParticulars } from "./particulars.ts";
import { typeset } from "../ui/typeset.ts";
import { momentOf } from "../ui/when.tsx";
import { safeguardLines } from "./page-safeguards.tsx";
import type { RequestRow } from "./request.ts";

/** Heading, boxes and texts in the order of the T-CY templates (2018); everything said comes in as data. */
const TEMPLATE = `
#set document(title: data.title)
#set page(paper: "a4", margin: (x: 24mm, top: 24mm, bottom: 26mm), footer: context [
  #set text(8pt, fill: luma(90))
  #line(length: 100%, stroke: 0.4pt + luma(170))
  #grid(columns: (1fr, auto), [#onward(data.number) · #data.footer], [#counter(page).display("1 / 1", both: true)])
])
#set text(lang: data.lang, size: 10.5pt)
#set par(justify: false, leading: 0.65em)
#show heading.where(level: 1): it => block(above: 18pt, below: 8pt, text(11.5pt, weight: "bold", it.body))
#grid(columns: (1fr, auto), gutter: 12pt,
  [#text(9pt, fill: luma(80), data.authority) \\ #text(19pt, weight: "bold", data.title) \\ #text(10.5pt, onward(data.basis))],
  align(end)[#text(9pt, fill: luma(80), data.numberLabel) \\ #text(13pt, weight: "bold", onward(data.number)) \\ #text(9pt, data.date)])
#v(4pt)
#line(length: 100%, stroke: 1pt)
#table(columns: (44mm, 1fr), stroke: none, inset: (x: 0pt, y: 4pt), ..data.head.map(row => (text(fill: luma(80), row.at(0)), apart(row.at(1)))).flatten())
#for part in data.parts {
  heading(level: 1, part.title)
  for paragraph in part.text.split("\\n") { if paragraph.trim() != "" { par(apart(paragraph)) } }
}
#heading(level: 1, data.wantedTitle)
#table(columns: (30mm, 1fr, 1fr), stroke: (x: none, y: 0.4pt + luma(170)), inset: 5pt,
  table.header(..data.wantedHead.map(each => strong(each))),
  ..data.wanted.map(row => (row.at(0), apart(row.at(1)), text(font: faces("DejaVu Sans Mono"), size: 9pt, dir: ltr, row.at(2)))).flatten())
#heading(level: 1, data.decisionTitle)
#par(data.decision)
#if data.provision != "" { par(data.provision) }
#if data.reasons != "" { block(inset: before(10pt), stroke: before(1.5pt + luma(150)), par(apart(data.reasons))) }
#v(10pt)
#text(8.5pt, fill: luma(80), data.note)
`;

/**
 * The request as the letter that it is. Gives the PDF and its SHA-256, hex; the same on both nodes, for it is made of what both have.
 * Scripts for which the product brings no face are drawn with those of the machine: there, bytes may differ from one machine to another.
 */
export function requestDocument(
  node: Node,
  {
    row,
    language,
    names,
  }: {
    readonly row: RequestRow;
    readonly language: WholeLanguage;
    /** Names of the peers by their codes. */
    readonly names: ReadonlyMap<string, string>;
  },
): { pdf: Buffer; digest: string } {
  const at = row.sent_at ?? row.created_at;
  const peer = names.get(row.peer) ?? row.peer;
  const pdf = typeset(TEMPLATE, asJson(factsOf(node, row, { language, at, peer })), at);
  return { pdf, digest: createHash("sha256").update(pdf).digest("hex") };
}

function factsOf(
  node: Node,
  row: RequestRow,
  { language, at, peer }: { language: WholeLanguage; at: Temporal.Instant; peer: string },
) {
  const t = node.translations.translate(language);
  const { authority } = row;
  const particulars = toldParticulars(row);
  const measure = measureOf(row.measure);
  const given = PARTICULAR_NAMES.filter((name) => (particulars[name] ?? "") !== "");
  const long = given.filter((name) => askedFor(name).control === "textarea");
  const brief = given.filter((name) => !long.includes(name));
  const receiver =
    row.side === "sender" ? `${isOwn(row.measure) ? node.name : peer} (${row.peer})` : `${node.name} (${node.code})`;
  const moment = momentOf(at, { locale: language, zone: authority.zone, now: at }, "long");
  const momentIn = (text = "") =>
    text === ""
      ? ""
      : momentOf(Temporal.Instant.from(text), { locale: language, zone: authority.zone, now: at }, "long");
  const part = (name: string, text: string | undefined) => (text ? [{ title: t(`field.request.${name}`), text }] : []);
  return {
    lang: language,
    title: t(`measure.${row.measure}`),
    basis: measure.basis,
    authority: `${authority.country} · ${authority.office}`,
    number: row.number,
    numberLabel: t("document.number"),
    date: moment,
    footer: t("document.footer"),
    head: [
      [t("document.to"), receiver],
      [t("document.from"), `${authority.office}, ${authority.country} (${authority.node})`],
      [t("document.contact"), `${authority.person} · ${authority.zone}`],
      [t("document.urgency"), t(`option.urgency.${row.urgency}`)],
      ...(row.basis
        ? [[t("field.request.basis"), [row.basis.provision, ...needWords(row.basis.needs, t, language)].join("\n")]]
        : []),
      [t("field.request.offence"), row.offence],
      [t("field.request.custodian"), row.custodian],
      ...brief.map((name) => [
        t(`field.request.${name}`),
        saidIn(name, particulars[name] ?? "", { t, locale: language }),
      ]),
    ],
    parts: [
      ...part("facts", row.facts),
      ...part("necessity", row.necessity),
      ...part("proportionality", row.proportionality),
      ...long.flatMap((name) => part(name, particulars[name])),
      // Each question of the law with its answer; the offence and what shields whom in a line each.
      ...(row.tests ? safeguardLines(row.tests, { t, locale: language }) : [])
        .slice(0, -1)
        .map(([title, text]) => ({ title, text })),
    ],
    wantedTitle: t("field.request.data"),
    wantedHead: [t("field.request.category"), t("field.request.description"), t("field.request.identifiers")],
    wanted: row.data.map(({ category, description, identifiers }) => [
      t(`option.category.${category}`),
      description,
      identifiers.join("\n"),
    ]),
    decisionTitle: t("document.decision"),
    decision: authority.authorisedBy
      ? t("document.decided", {
          person: authority.authorisedBy,
          office: authority.authorisedOffice ?? "",
          until: row.authorised_until?.toLocaleString(language, { dateStyle: "long" }) ?? "",
        })
      : authority.orderedBy
        ? t("document.ordered", {
            person: authority.orderedBy,
            office: authority.orderedOffice ?? "",
            until: momentIn(authority.validationDue),
          })
        : t("document.undecided"),
    provision: authority.provision ? t("document.provision", { provision: authority.provision }) : "",
    reasons: authority.reasons ?? "",
    note: t("document.note"),
  };
}
