import type { Translate } from "../kernel/i18n.ts";
import {
  askedFor,
  type MeasureCode,
  measureOf,
  type Particular,
  PARTICULAR_NAMES,
  type Particulars,
} from "../law/slice.ts";
import { dayOf } from "../ui/when.tsx";

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

/** The reader's words and language. */
interface Reading {
  readonly t: Translate;
  readonly locale: string;
}

/** A particular in words: a choice by its name, a day as a day, everything else as it was typed. */
export function saidIn(name: Particular, value: string, { t, locale }: Reading): string {
  const { control, options } = askedFor(name);
  if (options) return t(`option.${name}.${value}`);
  return control === "date" ? dayOf(value, locale) : value;
}

/** The particulars that a request carries, as lines of facts, in the order of the table. */
export const particularLines = (particulars: Particulars, reading: Reading): [label: string, value: string][] =>
  PARTICULAR_NAMES.flatMap((name): [string, string][] => {
    const value = particulars[name] ?? "";
    return value === "" ? [] : [[reading.t(`field.request.${name}`), saidIn(name, value, reading)]];
  });
