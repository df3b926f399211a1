import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { ComponentChildren } from "preact";
import { needWords, provisionWords, reasonWords, REACHES } from "../law/slice.ts";
import { DateField } from "../ui/date-field.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { Tag } from "../ui/tag.tsx";
import { basesView, type Taken, type TimedBasis } from "./views-bases.ts";

const HOUR_MS = 3_600_000;

/** On what basis can one country ask another? A form whose answer has an address. */
export const basesPage = page({
  path: "/bases",
  view: basesView,
  render: ({ asked, countries, measures, items }, { t }) => {
    const choices = countries.map(({ code, name }) => ({ value: code, label: `${name} (${code})` }));
    return (
      <DeskPage
        title={t("bases.title")}
        lead={t("bases.lead")}
        trail={[{ href: "/treaties", label: t("treaty.title") }]}
      >
        <form method="get" action="/bases">
          <SelectField name="from" label={t("bases.from")} options={choices} value={asked.from} />
          <SelectField name="to" label={t("bases.to")} options={choices} value={asked.to ?? ""} />
          <SelectField
            name="measure"
            label={t("field.request.measure")}
            value={asked.measure ?? ""}
            options={measures.map((code) => ({
              value: code,
              label: `${code} ${t(`measure.${code}`)}`,
            }))}
          />
          <SelectField
            name="category"
            label={t("field.request.category")}
            value={asked.category}
            options={REACHES.map((each) => ({ value: each, label: t(`option.category.${each}`) }))}
          />
          <DateField name="on" label={t("bases.on")} value={asked.on} />
          <p class="buttons">
            <button type="submit">{t("bases.ask")}</button>
          </p>
        </form>
        {asked.to && asked.measure && (
          <section>
            <h2>{t("bases.answer")}</h2>
            <Bases
              bases={items}
              names={new Map(countries.map(({ code, name }) => [code, name]))}
              empty={<EmptyState title={t("bases.none")}>{t("bases.none.hint")}</EmptyState>}
            />
          </section>
        )}
      </DeskPage>
    );
  },
});

/** The bases: which applies and why, what it needs, how long it has taken; then those that do not, and why not. */
export function Bases({
  bases,
  names,
  empty,
}: {
  readonly bases: readonly TimedBasis[];
  /** Names of countries by their codes. */
  readonly names: ReadonlyMap<string, string>;
  readonly empty: ComponentChildren;
}) {
  const { t, locale } = useTools();
  const named = (code: string) => names.get(code) ?? code;
  if (bases.length === 0) return <>{empty}</>;
  return (
    <ul class="plain-list">
      {bases.map(({ code, provision, cite, applies, because, needs, checked, taken }) => (
        <li key={code}>
          <a href={`/treaties/${code}`}>
            {provisionWords({ code, provision: provision.includes(cite) ? provision : `${cite}: ${provision}` }, t)}
          </a>{" "}
          <Tag tone={applies ? "good" : "plain"}>{t(applies ? "bases.applies" : "bases.applies-not")}</Tag>{" "}
          {!checked && <Tag tone="late">{t("treaty.unchecked")}</Tag>}
          {because
            .map((reason) => reasonWords(reason, { t, locale, named }))
            .map((reason) => (
              <p key={reason}>{reason}</p>
            ))}
          {needs && (
            <details>
              <summary>{t("bases.needs")}</summary>
              <ul>
                {needWords(needs, t, locale).map((each) => (
                  <li key={each}>{each}</li>
                ))}
              </ul>
            </details>
          )}
          {applies && <p class="small quiet">{takenWords(taken, t, locale)}</p>}
        </li>
      ))}
    </ul>
  );
}

/** How long it has taken so far, in words. */
export const takenWords = (
  { answered, open, medianHours }: Taken,
  t: (key: string, values?: Record<string, string | number>) => string,
  locale: string,
): string =>
  medianHours === null
    ? t("bases.taken-never", { open })
    : t("bases.taken", { answered, open, time: durationInWords(medianHours * HOUR_MS, locale) });
