import type { Translate } from "../kernel/i18n.ts";
import {
  askedFor,
  type MeasureCode,
  measureOf,
  type Particular,
  PARTICULAR_NAMES,
  type Particulars,
} from "../law/slice.ts";

/** The particulars that are told before the one asked has accepted: all but those that the measure withholds. @source CETS 185 Art. 26 */
export function toldParticulars({
  measure,
  particulars,
}: {
  readonly measure: MeasureCode;
  readonly particulars: Particulars;
}): Particulars {
  const { withheld = [] } = measureOf(measure);
  return Object.fromEntries(Object.entries(particulars).filter(([name]) => !withheld.includes(name as Particular)));
}

/** A particular in words: a choice by its name, everything else as it was typed. */
export const saidIn = (name: Particular, value: string, t: Translate): string =>
  askedFor(name).options ? t(`option.${name}.${value}`) : value;

/** The particulars that a request carries, as lines of facts, in the order of the table. */
export const particularLines = (particulars: Particulars, t: Translate): [label: string, value: string][] =>
  PARTICULAR_NAMES.flatMap((name): [string, string][] => {
    const value = particulars[name] ?? "";
    return value === "" ? [] : [[t(`field.request.${name}`), saidIn(name, value, t)]];
  });
