import type { Reach, MeasureCode } from "./measures.ts";
import type { Channel, Declaration, Given, Instrument, Party, Treaties } from "./treaties.ts";

/** Who wants to ask whom for what, on which day. */
export interface Asking {
  readonly measure: MeasureCode;
  /** Code of the country that asks. */
  readonly from: string;
  /** Code of the country that is asked, or in which the provider is established. */
  readonly to: string;
  readonly on: Temporal.PlainDate;
  readonly category: Reach;
  /** Most years that the offence carries; absent where nobody has said. */
  readonly years?: number;
}

/** Why an instrument applies, or does not. */
export const REASON_KEYS = [
  "bound",
  "anybody",
  "no-party",
  "signed-only",
  "not-yet",
  "ended",
  "not-applied",
  "not-applied-by-asker",
  "category",
  "too-light",
  "not-abroad",
  "needs-other",
] as const;

/** A reason, put into words by `treaty.because.<key>`. */
export interface Reason {
  readonly key: (typeof REASON_KEYS)[number];
  readonly values: Readonly<Record<string, string | number>>;
}

/** What asking on a basis needs. */
export interface Needs {
  /** `may-refuse`: the one asked may refuse for want of it. */
  readonly dualCriminality: "never" | "may-refuse" | "required";
  /** Languages that the one asked reads; empty where it has said none: then what it accepts must be asked. */
  readonly languages: readonly string[];
  readonly channel: Channel;
  readonly urgentChannel: Channel | null;
  /** Name of who takes it in, where the table knows. */
  readonly authority: string | null;
  /** A formal request must follow. @source CETS 185 Art. 25(3) */
  readonly confirmation: boolean;
  /** Who must be told at the same time; `null` where nobody must, `""` where the table does not know who. */
  readonly notification: string | null;
  /** The order must come from, or be supervised by, a prosecutor, a court or another independent authority. */
  readonly independentIssuer: boolean;
  readonly supportingInformation: boolean;
  /** Least years that the offence must carry, where that was not said; `null` where it does not matter. */
  readonly years: number | null;
  /** Kind of offence that it must be within; `null` for any. */
  readonly offences: string | null;
  /** By which rules it is done. */
  readonly procedure: string | null;
  readonly answer: { readonly value: number; readonly unit: "hours" | "days" } | null;
}

/** An instrument that knows the measure, and whether it is a basis for asking. */
export interface Basis {
  readonly code: string;
  readonly cite: string;
  readonly provision: string;
  readonly applies: boolean;
  readonly because: readonly Reason[];
  /** `null` where it does not apply. */
  readonly needs: Needs | null;
  /** False where something that it rests on has not been compared with its source. */
  readonly checked: boolean;
}

/** True where a treaty is wanted to ask for that measure; a measure of one's own law is in no table. */
export const wantsTreaty = (treaties: Treaties, measure: MeasureCode): boolean =>
  treaties.some(({ measures }) => measures.some((each) => each.measure === measure));

/**
 * Every instrument that knows the measure: whether it applies between the two on that day, why or why not, and what it needs. First those that
 * apply, the special before the general, then those that reach some offences only, then courtesy.
 */
export function basesFor(treaties: Treaties, asking: Asking): readonly Basis[] {
  const found = treaties.flatMap((instrument) => {
    const given = instrument.measures.find(({ measure }) => measure === asking.measure);
    return given ? [basisOf(treaties, instrument, given, asking)] : [];
  });
  const weight = ({ applies, needs, because }: Basis): number =>
    !applies ? 3 : because.some(({ key }) => key === "anybody") ? 2 : needs?.offences ? 1 : 0;
  return found.sort((a, b) => weight(a) - weight(b));
}

/** The first that applies; `undefined` where none does. */
export const firstBasis = (treaties: Treaties, asking: Asking): Basis | undefined =>
  basesFor(treaties, asking).find(({ applies }) => applies);

function basisOf(treaties: Treaties, instrument: Instrument, given: Given, asking: Asking): Basis {
  const asker = partyOf(instrument, asking.from);
  const asked = partyOf(instrument, asking.to);
  const against = [
    ...boundOr(instrument, asking),
    ...otherNeeds(treaties, instrument, asking),
    ...limits(given, asking),
    ...reserved(asked, asker, given, asking),
  ];
  const applies = against.length === 0;
  const theirs = declarationsOf(asked, given, asking);
  return {
    code: instrument.code,
    cite: instrument.cite,
    provision: given.provision,
    applies,
    because: applies ? [inForce(instrument, asker, asked)] : against,
    needs: applies ? needsOf(treaties, { instrument, given, asked, theirs, asking }) : null,
    checked:
      instrument.checked &&
      given.checked &&
      (asker?.checked ?? true) &&
      (asked?.checked ?? true) &&
      theirs.every((each) => each.checked),
  };
}

const partyOf = ({ parties }: Instrument, code: string): Party | undefined =>
  parties === "any" ? undefined : parties.find((each) => each.code === code);

const within = ({ from, until }: { from?: string | undefined; until?: string | undefined }, on: string): boolean =>
  (from ?? "0000-01-01") <= on && on <= (until ?? "9999-12-31");

/** Why one of the two is not bound on that day; empty where both are. */
function boundOr(instrument: Instrument, { from, to, on }: Asking): Reason[] {
  if (instrument.parties === "any") return [];
  const today = on.toString();
  return [...new Set([from, to])].flatMap((state): Reason[] => {
    const party = partyOf(instrument, state);
    if (!party) return [{ key: "no-party", values: { state } }];
    if (!party.inForce) return [{ key: "signed-only", values: { state, on: party.signed ?? party.deposited ?? "" } }];
    if (party.inForce > today) return [{ key: "not-yet", values: { state, on: party.inForce } }];
    if (party.until && party.until < today) return [{ key: "ended", values: { state, on: party.until } }];
    return [];
  });
}

function inForce({ parties }: Instrument, asker: Party | undefined, asked: Party | undefined): Reason {
  if (parties === "any") return { key: "anybody", values: {} };
  const since = [asker?.inForce ?? "", asked?.inForce ?? ""].sort().at(-1) ?? "";
  return { key: "bound", values: { on: since } };
}

/** A protocol binds only those whom its convention binds. */
const otherNeeds = (treaties: Treaties, { needs }: Instrument, asking: Asking): Reason[] =>
  needs.flatMap((code) => {
    const other = treaties.find((each) => each.code === code);
    return other && boundOr(other, asking).length > 0
      ? [{ key: "needs-other" as const, values: { cite: other.cite } }]
      : [];
  });

function limits({ categories, yearsMin, abroadOnly }: Given, { category, years, from, to }: Asking): Reason[] {
  return [
    ...(categories && category !== "none" && !categories.includes(category)
      ? [{ key: "category" as const, values: { category } }]
      : []),
    ...(yearsMin !== undefined && years !== undefined && years < yearsMin
      ? [{ key: "too-light" as const, values: { years: yearsMin } }]
      : []),
    ...(abroadOnly && from === to ? [{ key: "not-abroad" as const, values: {} }] : []),
  ];
}

/** What a Party has declared that concerns this measure and this data on that day. */
const declarationsOf = (party: Party | undefined, { measure }: Given, { on, category }: Asking): Declaration[] =>
  (party?.declarations ?? []).filter(
    (each) =>
      (!each.measures || each.measures.includes(measure)) &&
      (!each.categories || each.categories.some((one) => one === category)) &&
      within(each, on.toString()),
  );

/** Who has reserved not to apply it: the one asked; or the one who asks, where a reservation takes that from it too. */
function reserved(asked: Party | undefined, asker: Party | undefined, given: Given, asking: Asking): Reason[] {
  const shut = ({ effect }: Declaration) => effect === "not-applied";
  const said =
    (key: Reason["key"], state: string) =>
    ({ provision }: Declaration): Reason => ({
      key,
      values: { state, provision },
    });
  return [
    ...declarationsOf(asked, given, asking).filter(shut).map(said("not-applied", asking.to)),
    ...declarationsOf(asker, given, asking)
      .filter((each) => shut(each) && each.mutual)
      .map(said("not-applied-by-asker", asking.from)),
  ];
}

function needsOf(
  treaties: Treaties,
  {
    instrument,
    given,
    asked,
    theirs,
    asking,
  }: {
    instrument: Instrument;
    given: Given;
    asked: Party | undefined;
    theirs: readonly Declaration[];
    asking: Asking;
  },
): Needs {
  const has = (effect: Declaration["effect"]) => theirs.find((each) => each.effect === effect);
  const channel = has("channel")?.channel ?? given.channel;
  const nameOf = (way: Channel) => asked?.authorities.find((each) => each.channel === way)?.name;
  return {
    dualCriminality: has("dual-criminality") ? "required" : given.dualCriminality,
    languages: has("languages")?.languages ?? [],
    channel,
    urgentChannel: has("channel") ? null : (given.urgentChannel ?? null),
    authority: nameOf(channel) ?? null,
    confirmation: has("confirmation") !== undefined,
    notification: has("notification") ? (nameOf("competent-authority") ?? "") : null,
    independentIssuer: has("independent-issuer") !== undefined,
    supportingInformation: has("supporting-information") !== undefined,
    years: asking.years === undefined ? (given.yearsMin ?? null) : null,
    offences: instrument.offences ?? null,
    procedure: instrument.procedure ? (assistanceBetween(treaties, asking) ?? instrument.procedure) : null,
    answer: given.answer ?? null,
  };
}

/** The treaty on mutual assistance between the two: only where there is none does the Convention's own procedure apply. @source CETS 185 Art. 27(2) */
const assistanceBetween = (treaties: Treaties, asking: Asking): string | undefined =>
  treaties.find(
    ({ kind, ...instrument }) => kind === "mutual-assistance" && boundOr({ kind, ...instrument }, asking).length === 0,
  )?.cite;
