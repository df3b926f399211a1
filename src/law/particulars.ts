import { z } from "zod";

/** How a particular is asked and when it says enough. */
interface Asked {
  readonly control: "text" | "textarea" | "date" | "select";
  /** Longest text, in characters. */
  readonly max: number;
  /** Fewest different words that say something; 0 where it may be left out. */
  readonly words: number;
  readonly options?: readonly string[];
}

/**
 * What a measure may have to carry beyond offence, facts, necessity, proportionality, authority and data. One row each, so that the form,
 * the check before a decision, the wire and the paper ask and say the same; a further treaty adds rows.
 */
// prettier-ignore
export const PARTICULARS = {
  follows:       { control: "text",     max: 60,    words: 0 },
  preserved:     { control: "text",     max: 60,    words: 1 },
  assistance:    { control: "textarea", max: 2_000, words: 3 },
  use:           { control: "textarea", max: 2_000, words: 3 },
  communication: { control: "textarea", max: 2_000, words: 3 },
  scope:         { control: "textarea", max: 2_000, words: 3 },
  from:          { control: "date",     max: 10,    words: 1 },
  until:         { control: "date",     max: 10,    words: 1 },
  seriousness:   { control: "textarea", max: 2_000, words: 6 },
  need:          { control: "select",   max: 40,    words: 1, options: ["advice", "preservation", "evidence", "legal-information", "locating-suspects"] },
  domains:       { control: "textarea", max: 2_000, words: 1 },
  order:         { control: "textarea", max: 4_000, words: 6 },
  proceedings:   { control: "textarea", max: 2_000, words: 3 },
  risk:          { control: "select",   max: 20,    words: 1, options: ["life", "safety"] },
  endangered:    { control: "textarea", max: 1_000, words: 2 },
  emergency:     { control: "textarea", max: 4_000, words: 6 },
  imminence:     { control: "select",   max: 20,    words: 1, options: ["minutes", "hours", "day", "days"] },
  agreement:     { control: "textarea", max: 4_000, words: 6 },
  members:       { control: "textarea", max: 2_000, words: 2 },
  confidential:  { control: "date",     max: 10,    words: 0 },
  issuing:       { control: "textarea", max: 500,   words: 2 },
  validating:    { control: "textarea", max: 500,   words: 0 },
  addressee:     { control: "text",     max: 300,   words: 2 },
  issuingContact: { control: "textarea", max: 1_000, words: 2 },
  validatingContact: { control: "textarea", max: 1_000, words: 0 },
  files:         { control: "text",     max: 200,   words: 1 },
  addresseeKind: { control: "select",   max: 40,    words: 1, options: ["establishment", "representative", "other-establishment"] },
  classification: { control: "textarea", max: 2_000, words: 3 },
  deadline:      { control: "select",   max: 20,    words: 1, options: ["ten-days", "eight-hours", "earlier"] },
  deadlineReasons: { control: "textarea", max: 2_000, words: 0 },
  identifying:   { control: "select",   max: 3,     words: 0, options: ["no", "yes"] },
  listed:        { control: "select",   max: 3,     words: 1, options: ["no", "yes"] },
  privileged:    { control: "textarea", max: 2_000, words: 0 },
  informing:     { control: "select",   max: 20,    words: 1, options: ["by-issuer", "delayed"] },
  notified:      { control: "text",     max: 300,   words: 1 },
  transfer:      { control: "textarea", max: 1_000, words: 3 },
  service:       { control: "text",     max: 300,   words: 1 },
  control:       { control: "textarea", max: 2_000, words: 3 },
  place:         { control: "textarea", max: 1_000, words: 2 },
  published:     { control: "textarea", max: 2_000, words: 1 },
  consenting:    { control: "text",     max: 300,   words: 2 },
  lawfulness:    { control: "textarea", max: 2_000, words: 4 },
  proof:         { control: "textarea", max: 2_000, words: 3 },
  whereabouts:   { control: "text",     max: 300,   words: 1 },
  terms:         { control: "textarea", max: 4_000, words: 4 },
  information:   { control: "textarea", max: 20_000, words: 6 },
  sentence:      { control: "text",     max: 2,     words: 0 },
} as const satisfies Record<string, Asked>;

export type Particular = keyof typeof PARTICULARS;
export const PARTICULAR_NAMES = Object.keys(PARTICULARS) as readonly Particular[];
export const askedFor = (name: Particular): Asked => PARTICULARS[name];

/** Particulars as they are kept: each a text, whatever the measure asks. */
export type Particulars = { readonly [Name in Particular]?: string };

/**
 * True where traffic data is asked for the sole purpose of identifying the user: for it the law may want no more than for subscriber data.
 *
 * @source Regulation (EU) 2023/1543 Art. 3(10)
 */
export const isIdentifying = ({ identifying }: { readonly identifying?: string | undefined }): boolean =>
  identifying === "yes";

const shape = <Made extends z.ZodType>(make: (asked: Asked) => Made): Record<Particular, Made> =>
  Object.fromEntries(PARTICULAR_NAMES.map((name) => [name, make(askedFor(name))])) as Record<Particular, Made>;

/** Particulars as a form or a program gives them; none of them must be there before the request is submitted. */
export const particularsSchema = z.strictObject(
  shape(({ control, max, options }) =>
    control === "date"
      ? z.iso.date().optional().meta({ control })
      : options
        ? z
            .enum(options as [string, ...string[]])
            .optional()
            .meta({ control })
        : z.string().trim().max(max).optional().meta({ control }),
  ),
);

/** Particulars as they arrive from a peer: what no form could have given is not taken. An empty text is one that was not given. */
export const sentParticularsSchema = z.strictObject(
  shape(({ control, max, options }) =>
    control === "date"
      ? z.union([z.iso.date(), z.literal("")]).optional()
      : options
        ? z.enum(["", ...options]).optional()
        : z.string().max(max).optional(),
  ),
);
