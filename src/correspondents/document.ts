import { asJson, type JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import type { WholeLanguage } from "../kernel/i18n.ts";
import type { Letter } from "../mail/slice.ts";
import { publishedSeal } from "../trust/signers.ts";
import { letter } from "../ui/letter.ts";
import { momentOf } from "../ui/when.tsx";
import type { CorrespondentRow } from "./correspondent.ts";

const TEMPLATE = `
#v(6pt)
#strong(data.body.to)
#par(data.body.opening)
#framed(paragraphs(data.body.words))
#said(data.body.contact)
`;

/** What a letter says beside the request itself: an answer, a withdrawal, a call. */
export interface Said {
  readonly number: string;
  readonly act: string;
  readonly body: JsonObject;
  readonly to: Pick<CorrespondentRow, "name">;
  readonly office: string;
  readonly language: WholeLanguage;
  readonly at: Temporal.Instant;
}

/** The words of an act as one reads them; choices are said by their names. */
function wordsOf({ body }: Pick<Said, "body">, node: Node, language: WholeLanguage): string {
  const t = node.translations.translate(language);
  const said = (name: string, value: unknown): string[] => {
    if (typeof value !== "string" || value === "") return [];
    const key = `option.${name}.${value}`;
    return [node.translations.has(language, key) ? t(key) : value];
  };
  return ["outcome", "text", "reasons", "remark", "conditions"].flatMap((name) => said(name, body[name])).join("\n");
}

/** That letter as a PDF, ready to be signed. */
export function actLetter(node: Node, facts: Said): Buffer {
  const { number, act, to, office, language, at } = facts;
  const t = node.translations.translate(language);
  const { zone, contact_voice: voice, contact_hours: hours } = node.config;
  return letter(
    {
      head: {
        language,
        authority: `${node.name} (${node.code})`,
        office,
        title: t(`act.${act}`),
        number,
        date: momentOf(at, { locale: language, zone, now: at }, "long"),
      },
      seal: publishedSeal(node),
      at,
    },
    {
      template: TEMPLATE,
      facts: asJson({
        to: to.name,
        opening: t("letters.about", { number }),
        words: wordsOf(facts, node, language),
        contact: [...(voice ? [[t("contact.voice"), voice]] : []), ...(hours ? [[t("contact.hours"), hours]] : [])],
      }),
    },
    t,
  );
}

/** The e-mail that a signed document travels with: what it is, how to check it, how to answer. Nothing of the case. */
export function covering(
  node: Node,
  { number, act, language, fingerprint }: Pick<Said, "number" | "act" | "language"> & { readonly fingerprint: string },
): Letter {
  const t = node.translations.translate(language);
  const { contact_voice: voice, contact_hours: hours } = node.config;
  return {
    locale: language,
    subject: t("letters.subject", { number, node: node.name }),
    parts: [
      { text: t("letters.opening", { number, act: t(`act.${act}`), node: node.name }) },
      { heading: t("letters.check") },
      { text: t("letters.check.how", { fingerprint: fingerprint.replaceAll(/(.{4})(?=.)/g, "$1 ") }) },
      { heading: t("letters.answer") },
      { text: t("letters.answer.how", { number }) },
      ...(voice ? [{ text: t("letters.answer.voice", { voice, hours: hours ?? "" }) }] : []),
    ],
  };
}
