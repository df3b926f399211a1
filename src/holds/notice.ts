import { asJson } from "../kernel/json.ts";
import { decimalOf } from "../kernel/money.ts";
import type { Node } from "../kernel/node.ts";
import type { Letter } from "../mail/slice.ts";
import { publishedSeal } from "../trust/signers.ts";
import { letter } from "../ui/letter.ts";
import { moneyOf } from "../ui/money.tsx";
import { momentOf, placeOf } from "../ui/when.tsx";
import type { Details, HoldRow } from "./hold.ts";
import type { Institution } from "./institution.ts";

/** What a bank must see at once stands in the frame; all else is what it needs to find the money and to answer. */
const TEMPLATE = `
#v(6pt)
#strong(data.body.to)
#par(data.body.opening)
#framed[#text(13pt, weight: "bold", data.body.asked) #parbreak() #data.body.until]
#said(data.body.facts)
= #data.body.wantedTitle
#enum(..data.body.wanted)
= #data.body.answerTitle
#par(data.body.answer)
#said(data.body.contact)
= #data.body.basisTitle
#par(data.body.basis)
`;

/** What a notice is written from. */
export interface NoticeFacts {
  readonly row: Pick<
    HoldRow,
    "number" | "amount_minor" | "currency" | "provision" | "hours" | "held_until" | "report_id"
  >;
  readonly details: Details;
  readonly institution: Pick<Institution, "name">;
  readonly language: string;
  readonly at: Temporal.Instant;
  /** Who sends it; absent for a draft. */
  readonly officer?: { readonly name: string; readonly office: string } | undefined;
}

/** The amount in words, or that all of it is meant. */
export const askedInWords = (
  { amount_minor, currency }: Pick<HoldRow, "amount_minor" | "currency">,
  locale: string,
  t: (key: string) => string,
): string =>
  amount_minor === null
    ? t("holds.all-of-it")
    : moneyOf(decimalOf({ minor: amount_minor, currency }), currency, locale);

/** The notice as a letter, ready to be signed. Until it is sent it says that it is a draft. */
export function noticePdf(node: Node, facts: NoticeFacts): Buffer {
  const { row, details, institution, language, at, officer } = facts;
  const t = node.translations.translate(language);
  const { zone, contact_voice: voice, contact_hours: hours } = node.config;
  const when = (moment: Temporal.Instant) =>
    `${momentOf(moment, { locale: language, zone, now: at }, "long")} (${placeOf(zone)})`;
  const until = row.held_until ?? at.add({ hours: row.hours });
  const amount = askedInWords(row, language, t);
  const given = (label: string, value: string | undefined, form?: "mono") =>
    value === undefined ? [] : [[t(label), value, ...(form ? [form] : [])]];
  const office = officer?.office ?? node.name;
  return letter(
    {
      head: {
        language,
        authority: `${node.name} (${node.code})`,
        office,
        title: t(officer ? "holds.notice.title" : "holds.notice.title-draft"),
        subtitle: row.provision,
        number: row.number,
        date: momentOf(at, { locale: language, zone, now: at }, "long"),
      },
      seal: publishedSeal(node),
      at,
    },
    {
      template: TEMPLATE,
      facts: asJson({
        to: t("holds.notice.to", { institution: institution.name }),
        opening: t("holds.notice.opening", { office }),
        asked: t("holds.notice.asked", { amount }),
        until: t("holds.notice.until", { until: when(until), hours: row.hours }),
        facts: [
          [t("holds.amount"), amount],
          ...given("field.hold.to", details.to, "mono"),
          ...given("field.hold.through", details.through),
          ...given("field.hold.reference", details.reference, "mono"),
          ...(details.at === undefined ? [] : [[t("field.hold.at"), when(Temporal.Instant.from(details.at))]]),
        ],
        wantedTitle: t("holds.notice.wanted"),
        wanted: [t("holds.notice.wanted.1"), t("holds.notice.wanted.2"), t("holds.notice.wanted.3")],
        answerTitle: t("holds.notice.answer"),
        answer: t("holds.notice.answer.text", { number: row.number }),
        contact: [
          [t("holds.notice.office"), office],
          ...given("holds.notice.officer", officer?.name),
          ...given("holds.voice", voice, "mono"),
          ...given("holds.hours", hours),
        ],
        basisTitle: t("holds.notice.basis"),
        basis: t("holds.notice.basis.text", { provision: row.provision }),
      }),
    },
    t,
  );
}

/** The message that carries the letter. The letter is attached: whoever reads this mailbox must act on it, and within hours. */
export function noticeLetter(node: Node, { number }: Pick<HoldRow, "number">, language: string): Letter {
  const t = node.translations.translate(language);
  return {
    locale: language,
    subject: t("holds.mail.subject", { number }),
    parts: [
      { text: t("holds.mail.opening", { node: node.name }) },
      { text: t("holds.mail.check", { address: publishedSeal(node).address }) },
    ],
    foot: [{ text: t("holds.mail.foot") }],
  };
}
