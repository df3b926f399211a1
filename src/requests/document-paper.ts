import type { Translate, WholeLanguage } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import { conditionOf, groundOf, measureOf, provisionWords } from "../law/slice.ts";
import { typeset } from "../ui/typeset.ts";
import { sizeInWords } from "../ui/upload.tsx";
import { dayOf } from "../ui/when.tsx";
import { documentMoment, type Form, FORM, type Making, officeOf } from "./document-form.ts";
import type { Missing } from "./missing.ts";
import type { RequestRow } from "./request.ts";
import type { Term } from "./terms.ts";
import type { Line } from "./views-history.ts";

/** Acts that are papers in a file: decisions, receipts, answers, records. What else was done stands in the history alone. */
export const PAPERS = [
  "authorise",
  "deny",
  "acknowledge",
  "ask",
  "answer",
  "accept",
  "refuse",
  "postpone",
  "execute",
  "deliver",
  "confirm",
  "extend",
  "withdraw",
  "lapse",
  "close",
  "remind",
  "amend",
  "halt",
  "resume",
  "serve",
  "record",
  "enter",
] as const;
/** True for an act of which there is a paper. */
export const isPaper = (act: string): boolean => (PAPERS as readonly string[]).includes(act);
/** What is written when that act is done, as a noun; of sending, the request itself. */
export const paperTitle = (act: string, t: Translate): string =>
  act === "send" ? t("paper.request") : t(isPaper(act) ? `paper.title.${act}` : `happened.request.${act}`);

const TEMPLATE = `${FORM}
#par(strong(data.opening))
#facts(data.head)
#for part in data.parts {
  heading(level: 1, part.title)
  said(part.text)
}
#for file in data.files { facts(file) }
#ending
`;

/** What a paper says of its act, in words. */
export interface PaperWords {
  readonly title: string;
  readonly opening: string;
  /** Facts of it, a line each. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** What was written, under a heading each. */
  readonly parts: readonly { readonly title: string; readonly text: string }[];
  /** Lines of each file that goes with it; the third part marks its digest. */
  readonly files: readonly (readonly (readonly string[])[])[];
}

interface Reading {
  readonly t: Translate;
  readonly locale: string;
}
type Asked = Pick<RequestRow, "number" | "data">;

/** By which way an answer of somebody without a node came: typed in here, or signed there in a message of ETSI TS 103 120. */
export const wayWords = (way: string, person: string, t: Translate): string =>
  way === "ts-103-120" ? t("requests.by-hi1") : t("requests.entered", { way: t(`option.way.${way}`), person });

/** An act of a request in the words of a paper; the same words stand in the letter to somebody without a node. */
export function paperWords(
  { act, said = {} }: Pick<Line, "act" | "said">,
  { number, data }: Asked,
  { t, locale }: Reading,
): PaperWords {
  const text = (name: string): string => (typeof said[name] === "string" ? said[name] : "");
  const option = (name: string): string => (text(name) === "" ? "" : t(`option.${name}.${text(name)}`));
  const list = (name: string): readonly unknown[] => (Array.isArray(said[name]) ? said[name] : []);
  const fact = (label: string, value: string): [string, string][] => (value === "" ? [] : [[label, value]]);
  const recorded = (name: string): [string, string][] =>
    fact(t(`field.request.${name}`), text(name) || list(name).join("\n"));
  const ground = groundOf(text("ground"));
  return {
    title: paperTitle(act, t),
    opening: isPaper(act) ? t(`paper.says.${act}`, { number }) : t("letters.about", { number }),
    facts: [
      ...fact(t("paper.ground"), ground ? t(`ground.${ground.code}`) : ""),
      ...fact(t("paper.basis"), ground?.basis ?? ""),
      ...fact(t("paper.outcome"), option("outcome")),
      ...fact(
        t("paper.about"),
        list("about")
          .map((each) => t(`option.about.${String(each)}`))
          .join("; "),
      ),
      ...fact(t("paper.outcome"), option("answer")),
      ...fact(t("paper.way"), text("way") === "" ? "" : wayWords(text("way"), text("person"), t)),
      ...fact(t("document.number"), text("reference")),
      ...fact(t("paper.until"), text("until") === "" ? "" : dayOf(text("until"), locale)),
      ...fact(t("paper.confirmation"), said["confirmation"] === true ? t("paper.confirmation.wanted") : ""),
      ...fact(t("paper.conditions"), conditionWords(list("conditions") as readonly Term[], { t, locale })),
      ...fact(t("paper.missing"), missingWords(list("missing") as readonly Missing[], data, t)),
      ...["carriedOutOn", "servedOn", "manner", "present", "inventory", "copies"].flatMap((name) =>
        name === "carriedOutOn" && text(name) !== ""
          ? fact(t(`field.request.${name}`), dayOf(text(name), locale))
          : recorded(name),
      ),
    ],
    parts: [
      ["paper.reasons", "reasons"] as const,
      ["paper.words", "text"] as const,
      ["paper.remark", "remark"] as const,
    ].flatMap(([label, name]) => (text(name) === "" ? [] : [{ title: t(label), text: text(name) }])),
    files: (list("files") as readonly { name: string; size: number; digest: string }[]).map(
      ({ name, size, digest }) => [
        [t("paper.files"), `${name} (${sizeInWords(size, locale)})`],
        ["SHA-256", digest, "mono"],
      ],
    ),
  };
}

const conditionWords = (terms: readonly Term[], { t, locale }: Reading): string =>
  terms
    .filter(({ waived }) => !waived)
    .map(({ condition, until, words }) =>
      [
        t(`option.condition.${condition}`),
        until ? dayOf(until, locale) : "",
        words ?? "",
        `(${conditionOf(condition).basis})`,
      ]
        .filter((each) => each !== "")
        .join(" "),
    )
    .join("\n");

const missingWords = (missing: readonly Missing[], data: Asked["data"], t: Translate): string =>
  missing
    .map(({ line, why, note }) =>
      [`${data[line - 1]?.description ?? t("missing.line", { line })}: ${t(`option.why.${why}`)}`, note ?? ""]
        .filter((each) => each !== "")
        .join(" – "),
    )
    .join("\n");

/** What was done to a request, as a document: PDF, the same on both nodes. `line` is an entry of its history for which `isPaper`. */
export function paperDocument(
  node: Making,
  {
    row,
    line,
    language,
    names,
  }: {
    readonly row: RequestRow;
    readonly line: Line;
    readonly language: WholeLanguage;
    readonly names: ReadonlyMap<string, string>;
  },
): Buffer {
  const t = node.translations.translate(language);
  const words = paperWords(line, row, { t, locale: language });
  const { authority, number } = row;
  const at = Temporal.Instant.from(line.at);
  const moment = (of: Temporal.Instant) => documentMoment(of, { t, locale: language, zone: authority.zone });
  const named = (code: string) => (code === node.code ? node.name : (names.get(code) ?? code));
  const [person = line.by, ...office] = line.by.startsWith("system:") ? [t("actor.node")] : line.by.split(", ");
  const isDecision = line.act === "authorise" || line.act === "deny";
  const asked = row.side === "sender" ? row.peer : node.code;
  const other = line.node === authority.node && !isDecision ? asked : authority.node;
  const from = officeOf(office.join(", ") || named(line.node), named(line.node), line.node);
  const form: Form = {
    lang: language,
    authority: from,
    title: words.title,
    basis: row.basis ? provisionWords(row.basis, t) : measureOf(row.measure).basis,
    number,
    numberLabel: t("document.number"),
    date: moment(at),
    page: t("document.page", { page: "{page}", pages: "{pages}" }),
    signTitle: t("document.sign"),
    signLine: t("document.sign.line"),
    signers: [[t("document.sign.done"), person, office.join(", ")]],
    checkTitle: t("document.check"),
    check: [t("document.check.entry", { node: `${named(line.node)} (${line.node})` }), t("document.confidential")],
  };
  const to =
    other === authority.node
      ? officeOf(authority.office, authority.country, authority.node)
      : `${named(other)} (${other})`;
  const facts = {
    ...form,
    opening: words.opening,
    head: [
      [t("paper.by"), [person, from].filter((each) => each !== "").join(", ")],
      ...(other === line.node && !isDecision ? [] : [[t("paper.to"), to]]),
      [t("paper.request"), t("paper.of", { number, title: t(`document.title.${row.measure}`) })],
      ...(row.sent_at ? [[t("paper.sent"), moment(row.sent_at)]] : []),
      ...(row.received_at && line.node !== authority.node ? [[t("paper.received"), moment(row.received_at)]] : []),
      [t("field.request.offence"), row.offence],
      ...words.facts,
      [t("paper.entry"), line.entry, "mono"],
    ],
    parts: words.parts,
    files: words.files,
  };
  return typeset(TEMPLATE, asJson(facts), at);
}
