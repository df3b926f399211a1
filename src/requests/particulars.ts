import type { Translate } from "../kernel/i18n.ts";
import { askedFor, type Particular, PARTICULAR_NAMES, type Particulars } from "../law/slice.ts";

/** A particular in words: a choice by its name, everything else as it was typed. */
export const saidIn = (name: Particular, value: string, t: Translate): string =>
  askedFor(name).options ? t(`option.${name}.${value}`) : value;

/** The particulars that a request carries, as lines of facts, in the order of the table. */
export const particularLines = (particulars: Particulars, t: Translate): [label: string, value: string][] =>
  PARTICULAR_NAMES.flatMap((name): [string, string][] => {
    const value = particulars[name] ?? "";
    return value === "" ? [] : [[t(`field.request.${name}`), saidIn(name, value, t)]];
  });
