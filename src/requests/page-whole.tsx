import { isWhole } from "../kernel/i18n.ts";
import type { ActForm } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { peerNames } from "../exchange/slice.ts";
import { measureOf, needWords, provisionWords } from "../law/slice.ts";
import { Facts } from "../ui/facts.tsx";
import { DocumentPreview } from "../ui/preview.tsx";
import { Answers, safeguardLines } from "./page-safeguards.tsx";
import { particularLines } from "./particulars.ts";
import type { RequestRow } from "./request.ts";

/** What is decided on stands above the decision, whole. `peer` is the other node’s name. */
export function Whole({ row, peer }: { readonly row: RequestRow; readonly peer: string }) {
  const { t, locale } = useTools();
  const language = isWhole(locale) ? locale : "en";
  return (
    <>
      <Facts
        rows={[
          [
            t("field.request.measure"),
            t("requests.kicker", { measure: t(`measure.${row.measure}`), basis: measureOf(row.measure).basis }),
          ],
          [t("field.request.urgency"), t(`option.urgency.${row.urgency}`)],
          [
            t("requests.with"),
            t(row.side === "sender" ? "requests.to" : "requests.from", {
              peer: t("requests.peer", { name: peer, code: row.peer }),
            }),
          ],
          [
            t("field.request.basis"),
            row.basis && (
              <>
                <bdi>{provisionWords(row.basis, t)}</bdi>
                <ul>
                  {needWords(row.basis.needs, t, locale).map((each) => (
                    <li key={each}>{each}</li>
                  ))}
                </ul>
              </>
            ),
          ],
          [t("field.request.offence"), row.offence],
          [t("field.request.article"), row.article && t(`option.article.${row.article}`)],
          [t("field.request.facts"), row.facts],
          [t("field.request.necessity"), row.necessity],
          [t("field.request.proportionality"), row.proportionality],
          [t("field.request.custodian"), row.custodian],
          [
            t("field.request.data"),
            row.data
              .map(({ category, description, identifiers }) =>
                t("requests.data-line", {
                  category: t(`option.category.${category}`),
                  description,
                  identifiers: identifiers.join(", "),
                }),
              )
              .join("; "),
          ],
          ...particularLines(row.particulars, { t, locale }),
          ...(row.tests ? safeguardLines({ ...row.tests, tests: [] }, { t, locale }) : []),
          [t("requests.drafter"), `${row.authority.person}, ${row.authority.office}`],
        ]}
      />
      <Answers tests={row.tests} />
      <DocumentPreview
        title={t(`requests.document.${language}`)}
        href={`/api/v1/requests/${row.id}/document?language=${language}`}
        kind="PDF"
      />
    </>
  );
}

/** Name of the node that the request is shared with. */
export const peerOf = async ({ reader, row }: ActForm<never>): Promise<string> => {
  const { peer } = row as RequestRow;
  return (await peerNames(reader.db)).get(peer) ?? peer;
};
