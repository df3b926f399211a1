import type { LawQuestion, Offence, Power } from "./pack-powers.ts";
import type { Pack } from "./pack.ts";

/** One difference between two texts of a country's law, in words. */
export interface Change {
  readonly what: "power" | "question" | "offence" | "policy" | "clock" | "oversight";
  readonly name: string;
  readonly how: "added" | "removed" | "changed";
  /** A sentence for each member that changed. */
  readonly words: readonly string[];
  /** Measures that it concerns; all where none is named. */
  readonly measures: readonly string[];
}

const shown = (value: unknown): string =>
  value === undefined
    ? "nothing"
    : Array.isArray(value)
      ? value.length === 0
        ? "nothing"
        : value.map(shown).join(", ")
      : typeof value === "object" && value !== null
        ? Object.entries(value)
            .map(([name, one]) => `${name.replaceAll("_", " ")} ${shown(one)}`)
            .join("; ")
        : String(value);

/** Names of members in words; what is not here is called by its own name. */
const MEMBER: Readonly<Record<string, string>> = {
  measures: "the measures",
  categories: "the categories of data",
  authorising: "who authorises",
  urgency: "the urgency",
  threshold: "the threshold",
  period_days: "the longest period, in days",
  notification: "the notification of the person concerned",
  privilege: "privilege and immunity",
  validation: "the order before authorisation",
  identifying: "whether traffic data must be to identify the user",
  intrusive: "whether oversight sees every use",
  provision: "the provision",
  from: "the first day",
  until: "the last day",
  years: "the highest penalty, in years",
  ask: "the question",
};

function membersOf(before: object, after: object): string[] {
  const [a, b] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .map((name) => `${MEMBER[name] ?? name}: was ${shown(a[name])}, is ${shown(b[name])}`);
}

function compared<T extends object>(
  what: Change["what"],
  [before, after]: readonly [readonly T[], readonly T[]],
  name: (one: T) => string,
  measures: (one: T) => readonly string[],
): Change[] {
  const old = new Map(before.map((one) => [name(one), one]));
  const now = new Map(after.map((one) => [name(one), one]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key): Change[] => {
    const [was, is] = [old.get(key), now.get(key)];
    const concerned = [...new Set([...(was ? measures(was) : []), ...(is ? measures(is) : [])])];
    if (!was && is) return [{ what, name: key, how: "added", words: membersOf({}, is), measures: concerned }];
    if (was && !is) return [{ what, name: key, how: "removed", words: [], measures: concerned }];
    const words = was && is ? membersOf(was, is) : [];
    return words.length === 0 ? [] : [{ what, name: key, how: "changed", words, measures: concerned }];
  });
}

/** What differs between two texts of the law: powers, thresholds, questions, offences, clocks, oversight, and the policies written by hand. */
export function differences(before: Pack, after: Pack): Change[] {
  const generated = (pack: Pack) => new RegExp(`^(?:convention|${pack.code})\\.(?:power|question|oversight)\\.`);
  const policies = (pack: Pack) =>
    pack.policies.filter(({ id }) => !generated(pack).test(id)).map(({ id, text }) => ({ id, text }));
  const namedMeasures = ({ text }: { text: string }) =>
    [...text.matchAll(/"([A-Z]{1,2}\d{1,2}[a-z]?)"/g)].flatMap(([, one]) => one ?? []);
  return [
    ...compared<Power>(
      "power",
      [before.powers, after.powers],
      ({ power, from }) => `${power} of ${from}`,
      ({ measures }) => measures,
    ),
    ...compared<LawQuestion>(
      "question",
      [before.questions, after.questions],
      ({ code }) => code,
      ({ measures }) => measures ?? [],
    ),
    ...compared<Offence>(
      "offence",
      [before.offences, after.offences],
      ({ code }) => code,
      () => [],
    ),
    ...compared(
      "clock",
      [before.clocks, after.clocks],
      ({ measure, from }) => `${measure} of ${from}`,
      ({ measure }) => [measure],
    ),
    ...compared(
      "oversight",
      [before.oversight ? [before.oversight] : [], after.oversight ? [after.oversight] : []],
      () => "oversight",
      () => [],
    ),
    ...compared("policy", [policies(before), policies(after)], ({ id }) => id, namedMeasures),
  ];
}

/** An open request, as far as a change of law can touch it. */
export interface OpenRequest {
  readonly number: string;
  readonly measure: string;
  readonly state: string;
  readonly offence_code: string | null;
}
/** The open requests that a change touches: by the measures that it names; an offence, by its code; oversight touches all. */
export const touchedBy = (change: Change, open: readonly OpenRequest[]): OpenRequest[] =>
  open.filter((request) =>
    change.what === "offence"
      ? request.offence_code === change.name
      : change.what === "policy" && change.measures.length === 0
        ? change.words.join(" ").includes("request.")
        : change.measures.length === 0 || change.measures.includes(request.measure),
  );
