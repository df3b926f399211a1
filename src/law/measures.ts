/** The categories of data, from the least to the most intrusive. @source CETS 185 Art. 1(d), Art. 18(3) */
export const CATEGORIES = ["subscriber", "traffic", "content"] as const;
export type Category = (typeof CATEGORIES)[number];

/** What a measure must carry beyond offence, facts, necessity, proportionality, authority and data. */
export type Particular = "follows" | "assistance" | "custodian" | "use" | "period";

/** A power used on data, by which one asks another to do something. */
export interface Measure {
  readonly code: string;
  /** Provision that it rests on. */
  readonly basis: string;
  /** Who is asked: a foreign state, or a provider of one's own. */
  readonly asks: "state" | "provider";
  /** What comes back: data kept where it is, or data handed over. */
  readonly yields: "preservation" | "data";
  readonly particulars: readonly Particular[];
  /** Hours within which the one asked should say that it has it, from receipt. Office practice, not the Convention: both nodes count alike. */
  readonly acknowledgeHours: number;
  /** Days for which data is kept once it is preserved; more by extension. */
  readonly keepDays?: { readonly days: number; readonly source: string };
  /** True where a request cannot be executed by saying so, but only by delivering. */
  readonly needsTranslation: boolean;
}

/**
 * The measures that this node can ask for and carry out. One shape for all, so that a further treaty is a further row.
 *
 * P29 asks a Party to preserve, P16 a provider; M31 asks a Party for the data, O18b a provider for subscriber information.
 */
// prettier-ignore
export const MEASURES = {
  P29:  { code: "P29",  basis: "CETS 185 Art. 29",       asks: "state",    yields: "preservation", particulars: ["custodian", "assistance"], acknowledgeHours: 24, keepDays: { days: 60, source: "CETS 185 Art. 29(7)" }, needsTranslation: true },
  P16:  { code: "P16",  basis: "CETS 185 Art. 16",       asks: "provider", yields: "preservation", particulars: ["custodian"],               acknowledgeHours: 24, keepDays: { days: 90, source: "CETS 185 Art. 16(2)" }, needsTranslation: false },
  M31:  { code: "M31",  basis: "CETS 185 Art. 31",       asks: "state",    yields: "data",         particulars: ["custodian", "use"],        acknowledgeHours: 72, needsTranslation: true },
  O18b: { code: "O18b", basis: "CETS 185 Art. 18(1)(b)", asks: "provider", yields: "data",         particulars: ["custodian"],               acknowledgeHours: 48, needsTranslation: false },
} as const satisfies Record<string, Measure>;

export type MeasureCode = keyof typeof MEASURES;
export const MEASURE_CODES = Object.keys(MEASURES) as [MeasureCode, ...MeasureCode[]];
export const measureOf = (code: MeasureCode): Measure => MEASURES[code];

/** The most intrusive category among those asked for: it decides who may authorise. @source CETS 185 Art. 15(2) */
export const highest = (categories: readonly Category[]): Category =>
  categories.reduce<Category>((a, b) => (CATEGORIES.indexOf(b) > CATEGORIES.indexOf(a) ? b : a), "subscriber");
