import { createHash } from "node:crypto";
import type { WholeLanguage } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import {
  askedFor,
  isOwn,
  type MeasureCode,
  measureOf,
  needWords,
  PARTICULAR_NAMES,
  provisionWords,
} from "../law/slice.ts";
import { inFours, type LetterSeal } from "../ui/letter.ts";
import { typeset } from "../ui/typeset.ts";
import { dayOf } from "../ui/when.tsx";
import { documentMoment, type Form, FORM, type Making, officeOf, telephone } from "./document-form.ts";
import { saidIn, toldParticulars } from "./particulars.ts";
import { safeguardLines } from "./page-safeguards.tsx";
import type { RequestRow } from "./request.ts";

/** Boxes and texts in the order of the T-CY templates (2018); everything said comes in as data. */
const TEMPLATE = `${FORM}
#par(strong(data.opening))
#facts(data.head)
#for part in data.parts {
  heading(level: 1, part.title)
  said(part.text)
}
#if data.wanted.len() > 0 {
  heading(level: 1, data.wantedTitle)
  table(columns: (30mm, 1fr, 1fr), stroke: (x: none, y: 0.4pt + luma(170)), inset: 5pt,
    table.header(..data.wantedHead.map(each => strong(each))),
    ..data.wanted.map(row => (row.at(0), apart(row.at(1)), mono(row.at(2), size: 9pt))).flatten())
}
#heading(level: 1, data.decisionTitle)
#par(data.decision)
#if data.provision != "" { par(data.provision) }
#if data.reasons != "" { block(inset: before(10pt), stroke: before(1.5pt + luma(150)), said(data.reasons)) }
#ending
`;

/**
 * The request as the letter that it is. Gives the PDF and its SHA-256, hex; the same on both nodes, for it is made of what both have.
 * Scripts for which the product brings no face are drawn with those of the machine: there, bytes may differ from one machine to another.
 */
export function requestDocument(node: Making, written: Written): { pdf: Buffer; digest: string } {
  const { row } = written;
  const at = row.sent_at ?? row.created_at;
  const pdf = typeset(TEMPLATE, asJson(factsOf(node, written, at)), at);
  return { pdf, digest: createHash("sha256").update(pdf).digest("hex") };
}

/** Where the document is sealed to, of a request that was sent. */
export const keptPlace = (request: string): string => `request:${request}:document`;

/** What a document of a request is made of. */
export interface Written {
  readonly row: RequestRow;
  readonly language: WholeLanguage;
  /** Names of the peers by their codes. */
  readonly names: ReadonlyMap<string, string>;
  /** Of a document that is signed as a file: how to check that, in place of what two nodes can compare. */
  readonly seal?: LetterSeal;
}

/** Whether it asks, orders, tells or decides. */
function kindOf(measure: MeasureCode): "request" | "ask" | "order" | "own" | "information" {
  const { asks, yields } = measureOf(measure);
  if (asks === "own") return "own";
  if (yields === "information") return "information";
  if (asks === "state") return "request";
  return measure === "X6" ? "ask" : "order";
}

/** The sentence that it begins with; what nobody has authorised says so first. */
function openingOf({ measure, state, authority }: RequestRow): string {
  if (state === "denied") return "document.opening.denied";
  const decided = authority.authorisedBy ?? authority.orderedBy;
  return decided === undefined ? "document.opening.draft" : `document.opening.${kindOf(measure)}`;
}

/** Who is asked, as they are addressed: the office that the treaty's table names, or the peer. */
function addressee(node: Making, { row, names, language }: Written): string {
  const t = node.translations.translate(language);
  if (isOwn(row.measure)) return t("document.own", { office: row.authority.office });
  const [name, code] = row.side === "sender" ? [names.get(row.peer) ?? row.peer, row.peer] : [node.name, node.code];
  const office = row.basis?.needs.authority;
  return office ? officeOf(office, name, code) : `${name} (${code})`;
}

function factsOf(node: Making, written: Written, at: Temporal.Instant) {
  const { row, language } = written;
  const t = node.translations.translate(language);
  const { authority } = row;
  const { asks, basis } = measureOf(row.measure);
  const particulars = toldParticulars(row);
  const given = PARTICULAR_NAMES.filter((name) => (particulars[name] ?? "") !== "");
  const long = given.filter((name) => askedFor(name).control === "textarea");
  const brief = given.filter((name) => !long.includes(name));
  const earlier = particulars.preserved ?? particulars.follows ?? "";
  const when = (moment: Temporal.Instant | string | undefined) =>
    moment === undefined
      ? ""
      : documentMoment(Temporal.Instant.from(moment), { t, locale: language, zone: authority.zone });
  const part = (name: string, text: string | undefined) => (text ? [{ title: t(`field.request.${name}`), text }] : []);
  const fact = (label: string, value: string | undefined) => (value ? [[label, value]] : []);
  return {
    ...formOf(node, written, when(at)),
    basis: row.basis ? provisionWords(row.basis, t) : basis,
    opening: t(openingOf(row)),
    head: [
      [t(`document.to.${asks}`), addressee(node, written)],
      [t(`document.from.${asks}`), officeOf(authority.office, authority.country, authority.node)],
      [t("document.contact"), authority.person],
      ...fact(t("document.voice"), authority.voice && telephone(authority.voice)),
      ...fact(t("document.hours"), authority.hours),
      [t("document.zone"), `${authority.zone} (UTC${at.toZonedDateTimeISO(authority.zone).offset})`],
      [
        t("document.status"),
        earlier === "" ? t("document.status.new") : t("document.status.follow-up", { number: earlier }),
      ],
      [t("document.urgency"), t(`option.urgency.${row.urgency}`)],
      ...(row.basis
        ? [
            [
              t("field.request.basis"),
              [provisionWords(row.basis, t), ...needWords(row.basis.needs, t, language)].join("\n"),
            ],
          ]
        : []),
      [t("field.request.offence"), row.offence],
      ...fact(t("field.request.custodian"), row.custodian),
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
          at: when(authority.authorisedAt),
          until: row.authorised_until ? dayOf(row.authorised_until, language) : "",
        })
      : authority.orderedBy
        ? t("document.ordered", {
            person: authority.orderedBy,
            office: authority.orderedOffice ?? "",
            at: when(authority.orderedAt),
            until: when(authority.validationDue),
          })
        : t(row.state === "denied" ? "document.opening.denied" : "document.undecided"),
    provision: authority.provision
      ? t("document.provision", { country: authority.country, provision: authority.provision })
      : "",
    reasons: authority.reasons ?? "",
  };
}

function formOf(node: Making, { row, language, seal }: Written, date: string): Omit<Form, "basis"> {
  const t = node.translations.translate(language);
  const { authority, number } = row;
  const { authorisedBy, authorisedOffice, orderedBy, orderedOffice } = authority;
  const decided = authorisedBy ?? orderedBy;
  const country = `${authority.country} (${authority.node})`;
  return {
    lang: language,
    authority: officeOf(authority.office, authority.country, authority.node),
    title: t(`document.title.${row.measure}`),
    number,
    numberLabel: t("document.number"),
    date,
    page: t("document.page", { page: "{page}", pages: "{pages}" }),
    signTitle: t("document.sign"),
    signLine: t("document.sign.line"),
    signers: decided
      ? [
          [t("document.sign.from"), authority.person, authority.office],
          [
            t(authorisedBy ? "document.sign.decided" : "document.sign.ordered"),
            decided,
            (authorisedBy ? authorisedOffice : orderedOffice) ?? "",
          ],
        ]
      : [],
    checkTitle: t("document.check"),
    check: [
      seal
        ? `${t("letter.seal", { authority: country, address: seal.address })} ${inFours(seal.fingerprint)}`
        : t("document.check.request", { number, node: country }),
      t("document.confidential"),
    ],
  };
}
