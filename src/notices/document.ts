import type { WholeLanguage } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import type { Words } from "../access/slice.ts";
import type { RequestRow } from "../requests/slice.ts";
import { publishedSeal } from "../trust/signers.ts";
import { letter } from "../ui/letter.ts";
import { dayOf, momentOf } from "../ui/when.tsx";
import type { Person } from "./notice.ts";

const TEMPLATE = `
#v(6pt)
#for line in data.body.to { par(apart(line)) }
#v(6pt)
#par(data.body.opening)
#said(data.body.facts.map(row => (row.at(0), apart(row.at(1)))))
#heading(level: 1, data.body.dataTitle)
#for row in data.body.lines { par([#strong(row.at(0)) #apart(row.at(1)) #linebreak() #mono(row.at(2))]) }
#heading(level: 1, data.body.rightsTitle)
#framed(paragraphs(data.body.rights))
#said(data.body.contact)
`;

/** What a notice is made of. */
export interface NoticeFacts {
  readonly request: RequestRow;
  readonly person: Person;
  /** Lines of the request's data that concern this person; of the others nothing is said. */
  readonly lines: readonly RequestRow["data"][number][];
  readonly language: WholeLanguage;
  readonly at: Temporal.Instant;
  /** Who held the data. */
  readonly holder: string;
  /** Provision by which the person is told, and what they can do against the measure, in the words of the law. */
  readonly provision: string;
  readonly remedy: Words | undefined;
  /** True where telling was put off: then the notice says so. */
  readonly deferred: boolean;
}

const said = (words: Words | undefined, language: string): string => {
  const found = words?.[language] ?? words?.en;
  return typeof found === "string" ? found : "";
};

/** The notice to a person that data about them was obtained, as a PDF ready to be signed. @source CETS 185 Art. 15(1) */
export function noticeDocument(node: Node, facts: NoticeFacts): Buffer {
  const { request, person, lines, language, at, holder, provision, remedy, deferred } = facts;
  const t = node.translations.translate(language);
  const { zone, contact_voice: voice, contact_hours: hours } = node.config;
  const { authority, particulars } = request;
  const { oversight } = node.services.country.pack;
  const moment = momentOf(at, { locale: language, zone, now: at }, "long");
  const { from, until } = particulars;
  return letter(
    {
      head: {
        language,
        authority: `${node.name} (${node.code})`,
        office: authority.office,
        title: t("notices.document.title"),
        subtitle: provision,
        number: request.number,
        date: moment,
      },
      seal: publishedSeal(node),
      at,
    },
    {
      template: TEMPLATE,
      facts: asJson({
        to: [person.name, ...person.address.split("\n")],
        opening: t("notices.document.opening", { authority: node.name, provision: `\u2068${provision}\u2069` }),
        facts: [
          [t("field.request.measure"), t(`measure.${request.measure}`)],
          [t("notices.document.holder"), holder],
          ...(authority.authorisedOffice ? [[t("notices.document.decided"), authority.authorisedOffice]] : []),
          ...(authority.provision ? [[t("requests.provision"), authority.provision]] : []),
          ...(from && until
            ? [[t("notices.document.period"), `${dayOf(from, language)} – ${dayOf(until, language)}`]]
            : []),
          ...(deferred ? [[t("notices.document.deferred"), t("notices.document.deferred.why")]] : []),
        ],
        dataTitle: t("notices.document.data"),
        lines: lines.map(({ category, description, identifiers }) => [
          t(`option.category.${category}`),
          description,
          identifiers.join(", "),
        ]),
        rightsTitle: t("notices.document.rights"),
        rights: [
          said(remedy, language) || t("notices.document.rights.any"),
          ...(oversight ? [t("notices.document.oversight", { body: said(oversight.name, language) })] : []),
        ].join("\n"),
        contact: [...(voice ? [[t("contact.voice"), voice]] : []), ...(hours ? [[t("contact.hours"), hours]] : [])],
      }),
    },
    t,
  );
}
