import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import { CODES, type Code, TILES } from "../reports/slice.ts";

/** Where a warning stands: being written, waiting for the second person, public, public in a newer wording, called off, past its day, never published. */
export type State = "draft" | "proposed" | "published" | "updated" | "cancelled" | "expired" | "discarded";

/** States in which the public is warned. */
export const LIVE = ["published", "updated"] as const satisfies State[];
/** States in which the public reads it: what was called off or is past stays to be read. */
export const PUBLIC_STATES = ["published", "updated", "cancelled", "expired"] as const satisfies State[];

/** A warning's life. */
// prettier-ignore
export const LIFE = life<State>()({
  revise:  { from: ["draft"] },
  propose: { from: ["draft"],             to: "proposed" },
  publish: { from: ["proposed"],          to: "published" },
  return:  { from: ["proposed"],          to: "draft" },
  discard: { from: ["draft", "proposed"], to: "discarded" },
  update:  { from: [...LIVE],             to: "updated" },
  decline: { from: [...LIVE] },
  amend:   { from: [...LIVE] },
  cancel:  { from: [...LIVE],             to: "cancelled" },
  expire:  { from: [...LIVE],             to: "expired" },
});

/** Languages that a warning can be written in. */
export const LANGUAGES = ["en", "fr", "ar"] as const;
export type Language = (typeof LANGUAGES)[number];

/** How bad, how soon and how sure, in the words of CAP. @source CAP 1.2 §3.2.2 */
export const SEVERITIES = ["extreme", "severe", "moderate", "minor", "unknown"] as const;
export const URGENCIES = ["immediate", "expected", "future", "past", "unknown"] as const;
export const CERTAINTIES = ["observed", "likely", "possible", "unlikely", "unknown"] as const;

/** The parts of the public form, by which the public chooses what to be warned of. */
export const GROUPS = TILES.map(({ tile }) => tile);
export type Group = (typeof GROUPS)[number];
/** Those that somebody asks to be warned of: nobody asks for what they are not sure of. */
export const TOPICS = GROUPS.filter((group) => group !== "unsure");
export const isGroup = (text: string): text is Group => (GROUPS as readonly string[]).includes(text);

/** The part of the form that a category belongs to. */
export const groupOf = (code: Code): Group =>
  TILES.find(({ codes }) => (codes as readonly Code[]).includes(code))?.tile ?? "unsure";
/** The categories of a part of the form. */
export const codesOf = (group: Group): readonly Code[] => TILES.find(({ tile }) => tile === group)?.codes ?? [];

const line = (max: number) => z.string().trim().min(1).max(max);
const text = z.string().trim().min(1).max(2_000).meta({ control: "textarea" });

/** What is said in one language. */
export const wordsSchema = z.strictObject({
  title: line(120),
  happens: text,
  recognise: text,
  advice: text,
});
export type Words = z.output<typeof wordsSchema>;
/** The texts of a language, in the order in which they are read. */
export const TEXTS = ["title", "happens", "recognise", "advice"] as const satisfies (keyof Words)[];

/** Something of the offenders that the public may meet: a number, a site, an account. */
export interface Indicator {
  readonly type: string;
  /** As it is shown, before it is made harmless. */
  readonly value: string;
  /** As reports are linked by it. */
  readonly key: string;
}

/** Everything that a warning says. */
export interface Content {
  readonly category: Code;
  /** Codes of the pack; none is the whole country. */
  readonly districts: readonly string[];
  readonly severity: (typeof SEVERITIES)[number];
  readonly urgency: (typeof URGENCIES)[number];
  readonly certainty: (typeof CERTAINTIES)[number];
  readonly words: Readonly<Partial<Record<Language, Words>>>;
  readonly indicators: readonly Indicator[];
  /** For how many days it holds, from when it is published. */
  readonly days: number;
}

const INDICATORS_MAX = 30;
/** What a form or a caller says of a warning. Each language is written whole, or left out. */
export const contentShape = {
  category: z.enum(CODES),
  en: wordsSchema.optional(),
  fr: wordsSchema.optional(),
  ar: wordsSchema.optional(),
  /** One each; chosen from the campaign's, or typed. */
  indicators: z.array(line(300)).max(INDICATORS_MAX).default([]),
  further: z.array(line(300)).max(INDICATORS_MAX).default([]),
  districts: z
    .array(z.string().regex(/^[A-Za-z0-9-]{1,20}$/))
    .max(100)
    .default([]),
  severity: z.enum(SEVERITIES).default("moderate").meta({ control: "select" }),
  urgency: z.enum(URGENCIES).default("immediate").meta({ control: "select" }),
  certainty: z.enum(CERTAINTIES).default("observed").meta({ control: "select" }),
  days: z.int().min(1).max(90).default(14),
};
const contentSchema = z.strictObject(contentShape);
export type ContentInput = z.output<typeof contentSchema>;

/** A warning as its table holds it. */
export interface AlertRow {
  id: string;
  /** `A-2026-000012`. */
  number: string;
  state: State;
  /** Of what is published; 0 before. */
  version: number;
  office: string;
  office_name: string;
  drafted_by: string;
  drafted_by_name: string;
  /** Everybody who wrote since it was last published. */
  written_by: string[];
  published_by: string | null;
  published_by_name: string | null;
  campaign_id: string | null;
  category: Code;
  districts: string[];
  languages: Language[];
  content: Content;
  /** A change that waits for the second person. */
  pending: Content | null;
  changed_reason: string | null;
  expires_at: Temporal.Instant;
  drafted_at: Temporal.Instant;
  proposed_at: Temporal.Instant | null;
  published_at: Temporal.Instant | null;
  changed_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export const alertSubject = subject<AlertRow>()({
  name: "alert",
  plural: "alerts",
  table: "alert",
  number: "number",
  attributes: { state: "String", office: "String", drafted_by: "String", written_by: "Set", category: "String" },
  life: LIFE,
});

/** The clock that ends a warning. */
export const EXPIRY = "alert.expiry";

/** The languages that a content is written in, in the order of the house. */
export const languagesOf = ({ words }: Pick<Content, "words">): Language[] =>
  LANGUAGES.filter((language) => words[language] !== undefined);

/** What a reader is shown: their language, or the first that there is. `undefined` where nothing is written. */
export function wordsFor(
  content: Pick<Content, "words">,
  locale: string,
): { language: Language; words: Words } | undefined {
  const languages = languagesOf(content);
  const language = languages.find((each) => each === locale) ?? languages[0];
  const words = language && content.words[language];
  return words ? { language, words } : undefined;
}

/** An indicator so that nothing makes a link of it: `bad[.]example`, `a[@]bad[.]example`. */
export function harmless({ type, value }: Pick<Indicator, "type" | "value">): string {
  if (type === "link" || type === "email" || type === "ip")
    return value
      .replace(/^http/i, "hxxp")
      .replaceAll("@", "[@]")
      .replaceAll(/(?<!\[)\.(?!\])/g, "[.]");
  return value;
}
