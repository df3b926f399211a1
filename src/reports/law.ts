import type { Node } from "../kernel/node.ts";
import { NO_REPORTING, type Reporting } from "../access/slice.ts";
import { type Basis, CLASSIFICATION, type Code, type Priority } from "./classification.ts";

/** What the country's pack says of reporting; nothing but defaults where there is no pack. */
export const reportingOf = ({ services }: Node): Reporting => services.country?.pack.reporting ?? NO_REPORTING;

/** How urgent a code is before anything else is known of the report: the country's word over the table's. */
export const ordinaryPriority = ({ categories }: Reporting, code: Code): Priority =>
  (categories[code]?.priority ?? CLASSIFICATION[code].priority) as Priority;

/** Offences that may apply: the country's first, then the Convention's articles. */
export const offencesFor = ({ categories }: Reporting, code: Code): readonly string[] => [
  ...(categories[code]?.offences ?? []),
  ...CLASSIFICATION[code].articles,
];

/** A text of the pack in a language; English where the pack lacks it. */
export const inLanguage = (words: { readonly en: string; readonly [language: string]: string }, language: string) =>
  words[language] ?? words.en;

/** The country's own words for a code; `undefined` where the product's hold. */
export const ownLabel = ({ categories }: Reporting, code: Code, language: string): string | undefined => {
  const label = categories[code]?.label;
  return label && inLanguage(label, language);
};

/** Name of a district; its code where the pack does not know it, `null` where nobody said. */
export const districtIn = ({ districts }: Reporting, code: string | null, language: string): string | null => {
  const known = districts.find((each) => each.code === code);
  return known ? inLanguage(known.name, language) : code;
};

/** Code of the office that is competent; `undefined`: any police office. The first row that fits. */
export const officeFor = (
  { routes }: Reporting,
  { category, district }: { readonly category: Code; readonly district?: string | undefined },
): string | undefined =>
  routes.find(
    ({ categories, districts }) =>
      (!categories || categories.includes(category)) &&
      (!districts || (district !== undefined && districts.includes(district))),
  )?.office;

/** Other doors, those that name the category first. */
export const doorsFor = ({ doors }: Reporting, category: Code) =>
  [...doors].sort((a, b) => Number(b.categories.includes(category)) - Number(a.categories.includes(category)));

/** Ready answers, those that name the category first; those that name others only are left out. */
export const templatesFor = ({ templates }: Reporting, category: Code | undefined) =>
  templates
    .filter(({ categories }) => category === undefined || categories.length === 0 || categories.includes(category))
    .sort((a, b) => b.categories.length - a.categories.length);

/** The three bases on which powers over electronic evidence may rest. */
export const BASES = ["CETS 185 Art. 2-11", "CETS 189", "CETS 185 Art. 14(2)(b)"] as const satisfies readonly Basis[];

/** What each basis is called in messages, `option.basis.<name>`. */
export const BASIS_NAMES = {
  "CETS 185 Art. 2-11": "core",
  "CETS 189": "protocol",
  "CETS 185 Art. 14(2)(b)": "ordinary",
} as const satisfies Record<Basis, string>;

/**
 * On what basis powers over electronic evidence may be used: the gravest that an assigned offence opens, or, while none of the
 * Convention's is assigned, what the code of the report stands for.
 *
 * @source CETS 185 Art. 2-11, CETS 189, CETS 185 Art. 14(2)(b)
 */
export function basisOf(offences: readonly string[], category: Code): Basis {
  const numbers = offences.flatMap((each) => /^CETS 185 Art\. (\d+)/.exec(each)?.[1] ?? []).map(Number);
  if (numbers.some((number) => number >= 2 && number <= 11)) return "CETS 185 Art. 2-11";
  if (offences.some((each) => each.startsWith("CETS 189"))) return "CETS 189";
  if (numbers.includes(14)) return "CETS 185 Art. 14(2)(b)";
  return CLASSIFICATION[category].basis;
}
