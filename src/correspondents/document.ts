import { asJson, type JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import type { WholeLanguage } from "../kernel/i18n.ts";
import type { Letter } from "../mail/slice.ts";
import { publishedSeal } from "../trust/signers.ts";
import { measureOf, provisionWords } from "../law/slice.ts";
import { documentMoment, paperTitle, paperWords, type RequestRow, telephone } from "../requests/slice.ts";
import { letter } from "../ui/letter.ts";
import type { CorrespondentRow } from "./correspondent.ts";

const TEMPLATE = `
#v(6pt)
#strong(apart(data.body.to))
#framed(strong(data.body.opening))
#said(data.body.facts)
#for part in data.body.parts {
  heading(level: 1, part.title)
  paragraphs(part.text)
}
= #data.body.contactTitle
#said(data.body.contact)
`;

/** What a letter says beside the request itself: an answer, a withdrawal, a call. */
export interface Said {
  readonly request: Pick<RequestRow, "number" | "data" | "measure" | "offence" | "sent_at" | "authority" | "basis">;
  /** Name of the act, `request.withdraw`. */
  readonly act: string;
  readonly body: JsonObject;
  readonly to: Pick<CorrespondentRow, "name">;
  readonly office: string;
  readonly language: WholeLanguage;
  readonly at: Temporal.Instant;
}

/** That letter as a PDF, ready to be signed. */
export function actLetter(node: Node, { request, act, body, to, office, language, at }: Said): Buffer {
  const t = node.translations.translate(language);
  const { zone, contact_voice: voice, contact_hours: hours } = node.config;
  const { number, measure, basis, offence, sent_at: sentAt, authority } = request;
  const words = paperWords({ act: act.slice(act.indexOf(".") + 1), said: body }, request, { t, locale: language });
  const moment = (of: Temporal.Instant) => documentMoment(of, { t, locale: language, zone });
  return letter(
    {
      head: {
        language,
        authority: `${node.name} (${node.code})`,
        office,
        title: words.title,
        subtitle: basis ? provisionWords(basis, t) : measureOf(measure).basis,
        number,
        date: moment(at),
      },
      seal: publishedSeal(node),
      at,
    },
    {
      template: TEMPLATE,
      facts: asJson({
        to: to.name,
        opening: words.opening,
        facts: [
          [t("paper.request"), t("paper.of", { number, title: t(`document.title.${measure}`) })],
          ...(sentAt ? [[t("paper.sent"), moment(sentAt)]] : []),
          [t("field.request.offence"), offence],
          ...words.facts,
        ],
        parts: words.parts,
        contactTitle: t("document.contact"),
        contact: [
          [t("paper.by"), `${authority.person}, ${office}`],
          ...(voice ? [[t("document.voice"), telephone(voice)]] : []),
          ...(hours ? [[t("document.hours"), hours]] : []),
        ],
      }),
    },
    t,
  );
}

/** The e-mail that a signed document travels with: what it is, how to check it, how to answer. Nothing of the case. */
export function covering(
  node: Node,
  {
    number,
    act,
    language,
    fingerprint,
  }: Pick<Said, "act" | "language"> & { readonly number: string; readonly fingerprint: string },
): Letter {
  const t = node.translations.translate(language);
  const { contact_voice: voice, contact_hours: hours } = node.config;
  return {
    locale: language,
    subject: t("letters.subject", { number, node: node.name }),
    parts: [
      { text: t("letters.opening", { number, act: paperTitle(act.slice(act.indexOf(".") + 1), t), node: node.name }) },
      { heading: t("letters.check") },
      { text: t("letters.check.how", { fingerprint: fingerprint.replaceAll(/(.{4})(?=.)/g, "$1 ") }) },
      { heading: t("letters.answer") },
      { text: t("letters.answer.how", { number }) },
      ...(voice ? [{ text: t("letters.answer.voice", { voice, hours: hours ?? "" }) }] : []),
    ],
  };
}
