import { z } from "zod";

/** Why something of a case is not given to the defence: a closed list, of which a country's pack takes its own. */
export const WITHHOLDING = [
  "privilege",
  "informant",
  "privacy",
  "child-material",
  "investigation",
  "public-interest",
  "not-relevant",
] as const;

/** How a mark is made of a number: `P{n}` gives P1, P2 …; `{a}` gives A, B … Z, AA; `{case}` is the case's number. */
const markPattern = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[^{}]*(?:\{(?:n|a|case)\}[^{}]*)+$/, "must hold {n} or {a}, and nothing else in braces but {case}")
  .refine((text) => /\{[na]\}/.test(text), "must hold {n} or {a}");

/** What a country's pack says of exhibits in court and of disclosure to the defence; all of it may be left out. */
export const courtSchema = z.strictObject({
  /** Marks of exhibits by the party that puts them in. */
  marks: z
    .strictObject({ prosecution: markPattern, defence: markPattern, court: markPattern })
    .default({ prosecution: "P{n}", defence: "D{n}", court: "C{n}" }),
  /** Grounds of withholding that this law knows, each with its provision. */
  withholding: z
    .array(z.strictObject({ ground: z.enum(WITHHOLDING), provision: z.string().min(1).max(200) }))
    .default(WITHHOLDING.map((ground) => ({ ground, provision: "CETS 185 Art. 15(1)" }))),
  /** Days for which a code given to the defence opens a disclosure. */
  accessDays: z.int().min(1).max(365).default(28),
  /** Where this can be read; `undefined` where the product's defaults hold. */
  source: z.string().min(1).optional(),
});
export type Court = z.infer<typeof courtSchema>;
/** What holds where a country says nothing of it. */
export const NO_COURT: Court = courtSchema.parse({});

/** What a country's pack says of keeping evidence; all of it may be left out. */
export const keepingSchema = z.strictObject({
  /** Days within which a hand-over must be signed for, before it goes back. */
  offer_days: z.int().min(1).max(90).default(7),
  /** How long an exhibit is kept once its case is closed; the first row that fits, each condition left out fits all. */
  retention: z
    .array(
      z.strictObject({
        /** How the case was ended. */
        outcomes: z.array(z.string().min(1)).optional(),
        /** True for what was made from another exhibit. */
        derived: z.boolean().optional(),
        years: z.int().min(0).max(150),
        source: z.string().min(1).max(200),
      }),
    )
    .default([]),
});
export type Keeping = z.infer<typeof keepingSchema>;
/** What holds where a country says nothing of it. */
export const NO_KEEPING: Keeping = keepingSchema.parse({});
