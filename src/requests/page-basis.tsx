import { useTools } from "../kernel/tools.ts";
import { needWords, provisionWords, reasonWords } from "../law/slice.ts";
import { Notice } from "../ui/notice.tsx";
import { Tag } from "../ui/tag.tsx";
import { type ChosenBasis, judgedSchema } from "./basis.ts";
import type { RequestFound } from "./views.ts";

/** The treaty that a request is made on, and what it needs. */
export function NamedBasis({ basis: { code, provision, checked, needs } }: { readonly basis: ChosenBasis }) {
  const { t, locale } = useTools();
  return (
    <>
      <a href={`/treaties/${code}`}>{provisionWords({ code, provision }, t)}</a>{" "}
      {!checked && <Tag tone="late">{t("treaty.unchecked")}</Tag>}
      <details>
        <summary>{t("bases.needs")}</summary>
        <ul>
          {needWords(needs, t, locale).map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </details>
    </>
  );
}

/** What the receiver’s own table says against the basis that the sender named; nothing where they agree. */
export function BasisDoubts({ request: { basis_here: judged } }: { readonly request: RequestFound }) {
  const { t } = useTools();
  if (!judged || judged.agrees) return null;
  return (
    <Notice tone="late" title={t("bases.disagree")}>
      <DoubtWords doubts={judged.because} />
      <p>{t("bases.disagree.hint")}</p>
    </Notice>
  );
}

/** The same in the history, where both sides read it. */
export function DoubtWords({ doubts }: { readonly doubts: unknown }) {
  const { t, locale } = useTools();
  const known = judgedSchema.shape.because.safeParse(doubts);
  if (!known.success) return null;
  return (
    <>
      {known.data.map((each) => (
        <p key={each.key}>{reasonWords(each, { t, locale })}</p>
      ))}
    </>
  );
}
