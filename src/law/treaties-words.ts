import type { Translate } from "../kernel/i18n.ts";
import { dayOf } from "../ui/when.tsx";
import type { Needs, Reason } from "./treaties-bases.ts";
import type { Instrument, Treaties } from "./treaties.ts";

/** The name of a country in the reader's language: as the tables name it, or as ISO 3166 does. */
export function countryName(treaties: Treaties, code: string, locale: string): string {
  for (const { parties } of treaties)
    if (parties !== "any") {
      const name = parties.find((each) => each.code === code)?.name;
      if (name) return name;
    }
  return /^[A-Z]{2}$/.test(code) ? (new Intl.DisplayNames(locale, { type: "region" }).of(code) ?? code) : code;
}

/** The instrument's title in the reader's language; English where the table has no other. */
export const titleOf = ({ title }: Pick<Instrument, "title">, locale: string): string => title[locale] ?? title.en;

/** A reason in words. `named` gives the name of a country; without it the countries are named already. */
export function reasonWords(
  { key, values }: { readonly key: string; readonly values: Reason["values"] },
  {
    t,
    locale,
    named = (name) => name,
  }: { readonly t: Translate; readonly locale: string; readonly named?: (code: string) => string },
): string {
  const { state, category, on } = values;
  return t(`treaty.because.${key}`, {
    ...values,
    ...(state === undefined ? {} : { state: named(String(state)) }),
    ...(on === undefined ? {} : { on: dayOf(String(on), locale) }),
    ...(category === undefined ? {} : { category: t(`option.category.${category}`) }),
  });
}

/** Code of what is asked without a treaty. */
const COURTESY = "courtesy";
/** The provision that a request is made on, as it is cited everywhere; where there is no treaty, that in the reader's words. */
export const provisionWords = (
  { code, provision }: { readonly code: string; readonly provision: string },
  t: Translate,
): string => (code === COURTESY ? t("treaty.courtesy") : provision);

const languagesIn = (languages: readonly string[], locale: string): string =>
  new Intl.ListFormat(locale, { type: "disjunction" }).format(
    languages.map((each) => new Intl.DisplayNames(locale, { type: "language" }).of(each) ?? each),
  );

/** What asking on a basis needs, a sentence each, the most burdensome first. */
export function needWords(needs: Needs, t: Translate, locale: string): string[] {
  const { channel, urgentChannel, authority, languages, answer, years, offences, notification } = needs;
  return [
    t(`treaty.need.dual.${needs.dualCriminality}`),
    ...(offences ? [t("treaty.need.offences", { offences: t(`treaty.offences.${offences}`) })] : []),
    ...(years === null ? [] : [t("treaty.need.years", { years })]),
    languages.length > 0
      ? t("treaty.need.languages", { languages: languagesIn(languages, locale) })
      : t("treaty.need.language-unknown"),
    t("treaty.need.channel", {
      channel: t(`treaty.channel.${channel}`),
      authority: authority ?? "",
      known: authority ? "yes" : "no",
    }),
    ...(urgentChannel ? [t("treaty.need.urgent", { channel: t(`treaty.channel.${urgentChannel}`) })] : []),
    ...(needs.confirmation ? [t("treaty.need.confirmation")] : []),
    ...(notification === null
      ? []
      : [t("treaty.need.notification", { authority: notification, known: notification === "" ? "no" : "yes" })]),
    ...(needs.independentIssuer ? [t("treaty.need.independent-issuer")] : []),
    ...(needs.supportingInformation ? [t("treaty.need.supporting-information")] : []),
    ...(needs.procedure ? [t("treaty.need.procedure", { procedure: needs.procedure })] : []),
    ...(answer ? [t(`treaty.need.answer.${answer.unit}`, { value: answer.value })] : []),
  ];
}
