import type { CourtItem, CourtLedger } from "../evidence/slice.ts";
import type { Translate, WholeLanguage } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { publishedSeal, signersOf } from "../trust/signers.ts";
import { letter } from "../ui/letter.ts";
import { momentOf } from "../ui/when.tsx";
import { checksOf } from "./checks.ts";
import type { DisclosureRow, Words } from "./disclosure.ts";
import type { Decided } from "./views-disclosure.ts";
import type { CourtFound } from "./views.ts";

/** Every exhibit as one block: its mark and title, then what a court asks of it. */
const EXHIBITS = `
#v(6pt)
#said(data.body.facts)
#for each in data.body.exhibits {
  block(breakable: true, above: 14pt, {
    line(length: 100%, stroke: 0.6pt)
    block(sticky: true, grid(columns: (auto, 1fr, auto), gutter: 8pt,
      text(13pt, weight: "bold", onward(each.mark)), text(11.5pt, weight: "bold", apart(each.title)), text(9pt, fill: grey, each.state)))
    paragraphs(each.proves)
    set text(9pt)
    said(each.rows)
    if each.ruling.len() > 0 { v(4pt); block(width: 100%, fill: luma(240), inset: 6pt, { strong(each.ruling.at(0)); parbreak(); paragraphs(each.ruling.at(1)); text(fill: grey, each.ruling.at(2)) }) }
    for check in each.checks { grid(columns: (5mm, 1fr), gutter: 2pt, text(font: faces("DejaVu Sans Mono"), check.at(0)), check.at(1)); v(1pt) }
  })
}
#v(8pt)
#text(8.5pt, fill: grey, data.body.note)
`;

interface Context {
  readonly node: Node;
  readonly language: WholeLanguage;
  readonly at: Temporal.Instant;
}
const momentIn =
  ({ node, language, at }: Context) =>
  (moment: Temporal.Instant) =>
    momentOf(moment, { locale: language, zone: node.config.zone, now: at }, "long");

const SIGNS = { good: "+", bad: "!", open: "·" } as const;

/** The checks of an item in words, each with a sign that a machine-read copy keeps. */
function checksIn(item: CourtItem, ledger: CourtLedger | null, t: Translate, context: Context): [string, string][] {
  const day = (at: Temporal.Instant) =>
    at
      .toZonedDateTimeISO(context.node.config.zone)
      .toPlainDate()
      .toLocaleString(context.language, { dateStyle: "medium" });
  return checksOf(item, ledger).map(({ key, outcome, count = 0, total = 0, at }) => [
    SIGNS[outcome],
    t(`court.check.${key}`, { count, total, day: at ? day(at) : "" }),
  ]);
}

function rowsOf(item: CourtItem, t: Translate, context: Context) {
  const moment = momentIn(context);
  const fact = (label: string, value: unknown, form?: "mono") =>
    typeof value === "string" && value !== "" ? [[t(label), value, ...(form ? [form] : [])]] : [];
  const { acquisition: facts, hands } = item;
  return [
    ...fact("court.item", item.number, "mono"),
    ...fact("items.file", `${item.name} (${item.media})`),
    ...fact("items.digest", item.digest, "mono"),
    ...fact("items.acquired", moment(item.acquired_at)),
    ...fact("court.acquired-by", item.acquired_by),
    ...fact("items.peer", item.peer),
    ...fact("field.item.request", item.request?.number),
    ...fact("field.item.source", facts["source"]),
    ...fact("field.item.place", facts["place"]),
    ...fact("field.item.authority", facts["authority"]),
    ...fact(
      "court.hands",
      hands
        .map(({ having, who, office, from, until }) =>
          t("court.hands.line", {
            who: [who.startsWith("system:") ? t("actor.node") : who.replace(/^peer:/, ""), office]
              .filter(Boolean)
              .join(", ")
              .concat(having === "kept" ? "" : ` (${t(`items.having.${having}`)})`)
              .trim(),
            from: moment(from),
            until: until === null ? t("court.hands.now") : moment(until),
          }),
        )
        .join("\n"),
    ),
  ];
}

/** The list of a case's exhibits as a court files it, signed. */
export function exhibitListPdf(context: Context, found: CourtFound): Promise<Buffer> {
  const { node, language, at } = context;
  const t = node.translations.translate(language);
  const body = {
    facts: [
      [t("exhibits.col.case"), `${found.number} ${found.title}`],
      ...(found.offences.length > 0 ? [[t("cases.offences"), found.offences.join("; ")]] : []),
      [t("court.office"), found.office_name],
    ],
    exhibits: found.shown.map(({ exhibit, item }) => ({
      mark: exhibit.mark,
      title: exhibit.title,
      proves: exhibit.proves,
      state: `${t(`option.party.${exhibit.party}`)} · ${t(`exhibit.state.${exhibit.state}`)}`,
      rows: item ? rowsOf(item, t, context) : [],
      checks: item ? checksIn(item, found.ledger, t, context) : [],
      ruling:
        exhibit.ruling === undefined || exhibit.decided_at === null
          ? []
          : [
              t(`court.ruling.${exhibit.state === "excluded" ? "excluded" : "admitted"}`),
              exhibit.ruling,
              [exhibit.decided_by_name, momentIn(context)(exhibit.decided_at), exhibit.provision]
                .filter(Boolean)
                .join(", "),
            ],
    })),
    note: t("court.note"),
  };
  const pdf = letter(
    {
      head: {
        language,
        authority: `${node.name} (${node.code})`,
        office: found.office_name,
        title: t("court.document.title"),
        number: found.number,
        date: momentIn(context)(at),
      },
      seal: publishedSeal(node),
      at,
    },
    { template: EXHIBITS, facts: asJson(body) },
    t,
  );
  return signPdf(pdf, signersOf(node), at);
}

/** What becomes of every item, in three parts, so that the defence sees what it does not get. */
const SCHEDULE = `
#v(6pt)
#said(data.body.facts)
#for part in data.body.parts {
  [= #part.title]
  if part.rows.len() == 0 { text(fill: grey, data.body.none) } else {
    set text(9.5pt)
    table(columns: (34mm, 1fr, 1fr), stroke: 0.4pt + luma(170), inset: 5pt, align: start,
      table.header(..data.body.head.map(strong)),
      ..part.rows.map(row => (mono(row.at(0)), apart(row.at(1)), apart(row.at(2)))).flatten())
  }
}
#v(8pt)
#for note in data.body.notes { par(text(8.5pt, fill: grey, note)) }
`;

/** The schedule that goes with a disclosure: every item of the case, given, to be looked at, or withheld, and on what ground. Signed. */
export function schedulePdf(
  context: Context,
  {
    row,
    words,
    decided,
    caseNumber,
  }: {
    readonly row: DisclosureRow;
    readonly words: Words;
    readonly decided: readonly Decided[];
    readonly caseNumber: string;
  },
): Promise<Buffer> {
  const { node, language, at } = context;
  const t = node.translations.translate(language);
  const grounds = new Map(
    node.services.country.pack.court.withholding.map(({ ground, provision }) => [ground as string, provision]),
  );
  const part = (fate: "given" | "inspect" | "withheld") => ({
    title: t(`disclosure.part.${fate}`),
    rows: decided
      .filter((each) => each.fate === fate)
      .map(({ item, ground, reason }) => [
        item.number,
        // What is withheld is named by its kind alone: its own words may be what must not be told.
        fate === "withheld" ? item.media : item.description,
        ground === null
          ? (reason ?? "")
          : t("disclosure.ground.with", { ground: t(`withholding.${ground}`), provision: grounds.get(ground) ?? "" }),
      ]),
  });
  const body = {
    facts: [
      [t("field.disclosure.to"), words.to],
      [t("field.disclosure.defendant"), words.defendant],
      [t("exhibits.col.case"), caseNumber],
      ...(row.approved_by_name === null ? [] : [[t("disclosure.approved"), row.approved_by_name]]),
      ...(words.conditions === undefined ? [] : [[t("field.disclosure.conditions"), words.conditions]]),
    ],
    head: [t("court.item"), t("field.item.description"), t("field.disclosure.reason")],
    none: t("disclosure.part.none"),
    parts: [part("given"), part("inspect"), part("withheld")],
    notes: [t("disclosure.document.complete", { count: decided.length }), t("disclosure.document.use")],
  };
  const pdf = letter(
    {
      head: {
        language,
        authority: `${node.name} (${node.code})`,
        title: t(
          row.state === "prepared" || row.state === "approved"
            ? "disclosure.document.draft"
            : "disclosure.document.title",
        ),
        number: row.number,
        date: momentIn(context)(row.served_at ?? at),
      },
      seal: publishedSeal(node),
      at,
    },
    { template: SCHEDULE, facts: asJson(body) },
    t,
  );
  return signPdf(pdf, signersOf(node), at);
}
