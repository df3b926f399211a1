import { subject } from "../kernel/subject.ts";

/** A number of the month and of the month before; `null` where it is withheld or was not counted. */
export interface Pair {
  readonly now: number | null;
  readonly before: number | null;
}

/** Every figure of a brief, as it stood when the brief was made. Amounts in minor units. */
export interface Facts {
  /** `2026-10`. */
  readonly month: string;
  readonly node: { readonly code: string; readonly name: string };
  /** RFC 3339. */
  readonly asOf: string;
  /** True while the month is not over. */
  readonly draft: boolean;
  /** Counts below it are withheld. */
  readonly threshold: number;
  readonly total: Pair;
  readonly categories: readonly (Pair & { readonly category: string })[];
  /** Categories that the public was warned of within the month. */
  readonly warned: readonly string[];
  readonly campaigns: readonly (Pair & {
    readonly number: string;
    /** As an officer named it; `null` where nobody did. */
    readonly name: string | null;
    readonly category: string;
  })[];
  readonly losses: readonly {
    readonly currency: string;
    readonly reports: number | null;
    readonly sum: Pair;
    readonly median: number | null;
  }[];
  /** First answers that reporters of the month are owed. */
  readonly answers: {
    readonly owed: number;
    readonly inTime: number;
    readonly late: number;
    /** Overdue without any answer. */
    readonly unanswered: number;
  };
  /** What was done, by its name in the words of the brief. */
  readonly done: readonly (Pair & { readonly what: string })[];
  readonly missing: {
    /** Reports that have been there for a day and that no officer has opened. */
    readonly unopened: number;
    /** Times that the clock of a first answer ran out. */
    readonly overdue: number;
    /** Languages of reports in which no officer of the police reads, with how many came in them. */
    readonly languages: readonly { readonly language: string; readonly reports: number | null }[];
    /** Names of peers that take nothing. */
    readonly peers: readonly string[];
  };
  /** The months up to this one, the oldest first. */
  readonly trend: readonly { readonly month: string; readonly reports: number | null; readonly loss: number | null }[];
  /** Currency of `trend`'s losses, the country's own. */
  readonly currency: string;
}

/** A brief as its table holds it. */
export interface BriefRow {
  id: string;
  month: string;
  made_at: Temporal.Instant;
  facts: Facts;
}

export const briefSubject = subject<BriefRow>()({
  name: "brief",
  plural: "briefs",
  table: "strategy_brief",
  attributes: { month: "String" },
});

/** Languages in which a brief is set. */
export const BRIEF_LANGUAGES = ["en", "fr", "ar"] as const;
export type BriefLanguage = (typeof BRIEF_LANGUAGES)[number];
