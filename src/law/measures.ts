import type { Particular } from "./particulars.ts";

/** The categories of data, from the least to the most intrusive. @source CETS 185 Art. 1(d), Art. 18(3) */
export const CATEGORIES = ["subscriber", "traffic", "content"] as const;
export type Category = (typeof CATEGORIES)[number];

/** A time that the instrument sets, from receipt; a shorter one in an emergency. */
export interface InstrumentTerm {
  readonly routine: { readonly unit: "hours" | "days"; readonly value: number };
  readonly emergency: { readonly unit: "hours" | "days"; readonly value: number };
  readonly source: string;
}

/** A power used on data, by which one asks another to do something. */
export interface Measure {
  readonly code: string;
  /** Provision that it rests on. */
  readonly basis: string;
  /** Who is asked: a foreign state, a provider, or nobody: one's own officers carry it out, or serve it on a person here. */
  readonly asks: "state" | "provider" | "own";
  /**
   * What comes back: data kept where it is; data handed over; or an answer, which is given by saying so, with files where there are some
   * (advice, an agreement). `information` goes the other way: it is given to the one asked, once they have accepted its conditions.
   */
  readonly yields: "preservation" | "data" | "answer" | "information";
  /** What can be asked for; absent where all of it can. */
  readonly categories?: readonly Category[];
  /** Whether some data must be named; an agreement or advice may be about none. */
  readonly names: "data" | "nothing";
  /** Who holds it must be said. */
  readonly custodian: boolean;
  readonly particulars: readonly Particular[];
  /** Of these, what is not told before the one asked has accepted. @source CETS 185 Art. 26 */
  readonly withheld?: readonly Particular[];
  /** Hours within which the one asked should say that it has it, from receipt. Office practice, not the treaty: both nodes count alike. */
  readonly acknowledgeHours: number;
  /** Within what time the instrument itself wants it carried out; in an emergency whatever the pack of the one asked says. */
  readonly answer?: InstrumentTerm;
  /** Within what time an authority at the provider's seat may object, for these categories of data. */
  readonly objection?: InstrumentTerm & { readonly categories: readonly Category[] };
  /** Days for which data is kept once it is preserved; more by extension. */
  readonly keepDays?: { readonly days: number; readonly source: string };
  /** The measure of one's own law by which what came from abroad is usually carried out. */
  readonly carriedOutBy?: string;
  /** False where nobody has compared the row with the treaty's text yet; pages say so. */
  readonly checked: boolean;
}

const PERIOD = ["communication", "from", "until"] as const;
const EMERGENCY = ["risk", "endangered", "emergency", "imminence"] as const;
/** Sections A, B, G, I and J, which both certificates share. */
const EU_ORDER = [
  "issuing",
  "issuingContact",
  "validating",
  "validatingContact",
  "files",
  "addressee",
  "addresseeKind",
  "service",
  "classification",
  "proceedings",
] as const;
/** Sections C, D, E, G, H, K and L, which only the production certificate has. */
const EU_PRODUCTION = [
  "deadline",
  "deadlineReasons",
  "follows",
  "from",
  "until",
  "identifying",
  "sentence",
  "listed",
  "privileged",
  "informing",
  "notified",
  "transfer",
] as const;

/**
 * The measures that this node can ask for and carry out. One shape for all, so that a further treaty is a further row.
 *
 * P29 asks a Party to preserve, P16 a provider; M31 asks a Party for the data, O18b a provider for subscriber information.
 */
// prettier-ignore
export const MEASURES = {
  P29:  { code: "P29",  basis: "CETS 185 Art. 29",          asks: "state",    yields: "preservation", names: "data", custodian: true,  particulars: ["assistance"],                       acknowledgeHours: 24, keepDays: { days: 60, source: "CETS 185 Art. 29(7)" }, carriedOutBy: "P16", checked: true },
  P16:  { code: "P16",  basis: "CETS 185 Art. 16",          asks: "provider", yields: "preservation", names: "data", custodian: true,  particulars: [],                                   acknowledgeHours: 24, keepDays: { days: 90, source: "CETS 185 Art. 16(2)" }, checked: true },
  P17:  { code: "P17",  basis: "CETS 185 Art. 17",          asks: "provider", yields: "data",         names: "data", custodian: true,  particulars: ["follows", "communication"],         acknowledgeHours: 24, categories: ["traffic"], checked: true },
  O18b: { code: "O18b", basis: "CETS 185 Art. 18(1)(b)",    asks: "provider", yields: "data",         names: "data", custodian: true,  particulars: ["follows"],                          acknowledgeHours: 48, checked: true },
  R20:  { code: "R20",  basis: "CETS 185 Art. 20",          asks: "provider", yields: "data",         names: "data", custodian: true,  particulars: [...PERIOD],                          acknowledgeHours: 24, categories: ["traffic"], checked: true },
  I21:  { code: "I21",  basis: "CETS 185 Art. 21",          asks: "provider", yields: "data",         names: "data", custodian: true,  particulars: [...PERIOD, "seriousness"],           acknowledgeHours: 24, checked: true },
  D30:  { code: "D30",  basis: "CETS 185 Art. 30",          asks: "state",    yields: "data",         names: "data", custodian: true,  particulars: ["preserved", "communication"],       acknowledgeHours: 24, categories: ["traffic"], carriedOutBy: "P17", checked: false },
  M31:  { code: "M31",  basis: "CETS 185 Art. 31",          asks: "state",    yields: "data",         names: "data", custodian: true,  particulars: ["follows", "use", "sentence"],       acknowledgeHours: 72, carriedOutBy: "O18b", checked: false },
  M33:  { code: "M33",  basis: "CETS 185 Art. 33",          asks: "state",    yields: "data",         names: "data", custodian: true,  particulars: [...PERIOD, "use"],                   acknowledgeHours: 72, categories: ["traffic"], carriedOutBy: "R20", checked: false },
  M34:  { code: "M34",  basis: "CETS 185 Art. 34",          asks: "state",    yields: "data",         names: "data", custodian: true,  particulars: [...PERIOD, "seriousness", "use"],    acknowledgeHours: 72, carriedOutBy: "I21", checked: false },
  C35:  { code: "C35",  basis: "CETS 185 Art. 35",          asks: "state",    yields: "answer",       names: "nothing", custodian: false, particulars: ["need", "scope"],                 acknowledgeHours: 12, checked: true },
  X6:   { code: "X6",   basis: "CETS 224 Art. 6",           asks: "provider", yields: "data",         names: "nothing", custodian: true, particulars: ["domains", "proceedings"],         acknowledgeHours: 48, categories: ["subscriber"], checked: false },
  X7:   { code: "X7",   basis: "CETS 224 Art. 7",           asks: "provider", yields: "data",         names: "data", custodian: true,  particulars: ["issuing", "proceedings", "use"],    acknowledgeHours: 48, categories: ["subscriber"], checked: false },
  X8:   { code: "X8",   basis: "CETS 224 Art. 8",           asks: "state",    yields: "data",         names: "data", custodian: true,  particulars: ["order", "use"],                     acknowledgeHours: 72, categories: ["subscriber", "traffic"], carriedOutBy: "O18b", checked: false },
  X9:   { code: "X9",   basis: "CETS 224 Art. 9",           asks: "state",    yields: "data",         names: "data", custodian: true,  particulars: [...EMERGENCY],                       acknowledgeHours: 1, carriedOutBy: "O18b", checked: false },
  X10:  { code: "X10",  basis: "CETS 224 Art. 10",          asks: "state",    yields: "data",         names: "data", custodian: true,  particulars: [...EMERGENCY, "use"],                acknowledgeHours: 1, carriedOutBy: "O18b", checked: false },
  X12:  { code: "X12",  basis: "CETS 224 Art. 12",          asks: "state",    yields: "answer",       names: "nothing", custodian: false, particulars: ["agreement", "members", "from", "until"], acknowledgeHours: 72, checked: false },
  EU1:  { code: "EU1",  basis: "Regulation (EU) 2023/1543 Art. 5", asks: "provider", yields: "data",         names: "data", custodian: true, particulars: [...EU_ORDER, ...EU_PRODUCTION], acknowledgeHours: 8, answer: { routine: { unit: "days", value: 10 }, emergency: { unit: "hours", value: 8 }, source: "Regulation (EU) 2023/1543 Art. 10" }, objection: { categories: ["traffic", "content"], routine: { unit: "days", value: 10 }, emergency: { unit: "hours", value: 96 }, source: "Regulation (EU) 2023/1543 Art. 12" }, checked: false },
  EU2:  { code: "EU2",  basis: "Regulation (EU) 2023/1543 Art. 6", asks: "provider", yields: "preservation", names: "data", custodian: true, particulars: [...EU_ORDER],                  acknowledgeHours: 8, keepDays: { days: 60, source: "Regulation (EU) 2023/1543 Art. 11" }, checked: false },
  SP26: { code: "SP26", basis: "CETS 185 Art. 26",          asks: "state",    yields: "information", names: "nothing", custodian: false, particulars: ["terms", "information"], withheld: ["information"], acknowledgeHours: 72, checked: false },
  O18a: { code: "O18a", basis: "CETS 185 Art. 18(1)(a)",    asks: "own",      yields: "data",         names: "data", custodian: true,  particulars: ["control"],                          acknowledgeHours: 24, checked: true },
  S19:  { code: "S19",  basis: "CETS 185 Art. 19",          asks: "own",      yields: "data",         names: "data", custodian: true,  particulars: ["place", "scope", "from", "until"],  acknowledgeHours: 24, checked: false },
  A32a: { code: "A32a", basis: "CETS 185 Art. 32",          asks: "own",      yields: "data",         names: "data", custodian: true,  particulars: ["published"],                        acknowledgeHours: 24, checked: false },
  A32b: { code: "A32b", basis: "CETS 185 Art. 32",          asks: "own",      yields: "data",         names: "data", custodian: true,  particulars: ["consenting", "lawfulness", "proof", "whereabouts"], acknowledgeHours: 24, checked: false },
} as const satisfies Record<string, Measure>;

export type MeasureCode = keyof typeof MEASURES;
export const MEASURE_CODES = Object.keys(MEASURES) as [MeasureCode, ...MeasureCode[]];
export const measureOf = (code: MeasureCode): Measure => MEASURES[code];

/** True for a measure whose data arises, or is searched for, within a period to come: it ends with the decision that allows it. @source CETS 185 Art. 20, Art. 21 */
export const collectsAhead = (code: MeasureCode): boolean => {
  const { yields, particulars } = measureOf(code);
  return yields === "data" && particulars.includes("until");
};

/** True for what no other node is asked for: it is carried out, or served on a person, by one's own officers. */
export const isOwn = (code: MeasureCode): boolean => measureOf(code).asks === "own";

/** The measure of one's own law by which that measure of another country is usually carried out. */
export const carriedOutBy = (code: MeasureCode): MeasureCode | undefined =>
  MEASURE_CODES.find((each) => each === measureOf(code).carriedOutBy);

/** What a request is about, as packs name it: its most intrusive category, or no data at all. */
export const REACHES = ["none", ...CATEGORIES] as const;
export type Reach = (typeof REACHES)[number];

/** The most intrusive category among those asked for: it decides who may authorise. @source CETS 185 Art. 15(2) */
export const highest = (categories: readonly Category[]): Reach =>
  categories.reduce<Reach>((a, b) => (REACHES.indexOf(b) > REACHES.indexOf(a) ? b : a), "none");
