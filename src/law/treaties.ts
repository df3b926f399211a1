import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CATEGORIES, MEASURE_CODES } from "./measures.ts";

/** By whom a request is taken in, on that basis. */
export const CHANNELS = ["contact-point", "central-authority", "competent-authority", "provider"] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * What a reservation or a declaration of a Party does to a measure: it is not given; an offence at both ends is wanted; only these languages
 * are read; it goes by this way only; a formal request must follow; an authority must be told at the same time; the order must be issued or
 * supervised by a prosecutor, a court or another independent authority; more must be handed in to support it.
 */
export const EFFECTS = [
  "not-applied",
  "dual-criminality",
  "languages",
  "channel",
  "confirmation",
  "notification",
  "independent-issuer",
  "supporting-information",
] as const;

const day = z.iso.date();
const measure = z.enum(MEASURE_CODES);
const language = z.string().regex(/^[a-z]{2,3}$/, "must be a language, en");
/** Where a fact was read, when that page stood so, and whether somebody has compared the row with it: what is from memory is not. */
const seen = { source: z.string().min(1).max(300), date: day, checked: z.boolean() };

const declarationSchema = z
  .strictObject({
    provision: z.string().min(1).max(100),
    kind: z.enum(["reservation", "declaration"]),
    effect: z.enum(EFFECTS),
    /** All measures of the instrument where left out. */
    measures: z.array(measure).min(1).optional(),
    categories: z.array(z.enum(CATEGORIES)).min(1).optional(),
    languages: z.array(language).min(1).optional(),
    channel: z.enum(CHANNELS).optional(),
    /** True where the one who makes it may not ask for it either. */
    mutual: z.boolean().default(false),
    from: day.optional(),
    until: day.optional(),
    ...seen,
  })
  .refine(({ effect, languages }) => effect !== "languages" || languages, "must name its languages")
  .refine(({ effect, channel }) => effect !== "channel" || channel, "must name its channel");
export type Declaration = z.output<typeof declarationSchema>;

const partySchema = z
  .strictObject({
    /** The code of its node, which for a country is its ISO 3166 code. */
    code: z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/, "must be a country's code, MU"),
    /** Only for what has no ISO 3166 code. */
    name: z.string().min(1).max(80).optional(),
    signed: day.optional(),
    /** Ratification, accession, acceptance or approval. */
    deposited: day.optional(),
    /** From this day on it is bound; never, where it has only signed. */
    inForce: day.optional(),
    until: day.optional(),
    declarations: z.array(declarationSchema).default([]),
    /** Whom requests go to, by channel. */
    authorities: z
      .array(z.strictObject({ channel: z.enum(CHANNELS), name: z.string().min(1).max(200), ...seen }))
      .default([]),
    ...seen,
  })
  .refine(({ code, name }) => !/^X/.test(code) || name, "a code that is not of ISO 3166 needs a name");
export type Party = z.output<typeof partySchema>;

const givenSchema = z.strictObject({
  measure,
  provision: z.string().min(1).max(100),
  /** What can be asked for; absent where all of it can. */
  categories: z.array(z.enum(CATEGORIES)).min(1).optional(),
  /** `never`: cannot be asked for, unless a Party has reserved it; `may-refuse`: the one asked may refuse for want of it. */
  dualCriminality: z.enum(["never", "may-refuse", "required"]),
  channel: z.enum(CHANNELS),
  /** By whom it may go where it is urgent, if by another. */
  urgentChannel: z.enum(CHANNELS).optional(),
  /** The offence must carry at least so many years at its most. */
  yearsMin: z.int().min(1).max(50).optional(),
  /** Only from one country to another. */
  abroadOnly: z.boolean().default(false),
  /** Within what time the instrument wants it answered. */
  answer: z.strictObject({ value: z.int().min(1), unit: z.enum(["hours", "days"]) }).optional(),
  checked: z.boolean(),
});

const instrumentSchema = z.strictObject({
  /** Its file is called so. */
  code: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "must be lower-case words joined by hyphens"),
  /** As provisions cite it, `CETS 185`. */
  cite: z.string().min(1).max(60),
  title: z.looseObject({ en: z.string().min(1) }).catchall(z.string().min(1)),
  kind: z.enum(["convention", "mutual-assistance", "union-law", "data-protection", "courtesy"]),
  /** Lower comes first where several apply: the more special before the more general. */
  rank: z.int().min(0).max(1_000),
  concluded: day.optional(),
  /** For which offences, where not for all of which there is electronic evidence; its words are `treaty.offences.<name>`. */
  offences: z.enum(["racism-and-xenophobia", "serious-crime"]).optional(),
  /** The procedure where no treaty on mutual assistance applies between the two. */
  procedure: z.string().min(1).max(100).optional(),
  /** Instruments that one must be bound by as well. */
  needs: z.array(z.string()).default([]),
  measures: z.array(givenSchema),
  /** `any`: no treaty, so nobody needs to be party. */
  parties: z.union([z.literal("any"), z.array(partySchema)]),
  ...seen,
});
/** A treaty, a law of a union, or the courtesy of states: a basis on which one may ask for a measure. */
export type Instrument = z.output<typeof instrumentSchema>;
export type Given = Instrument["measures"][number];
/** All of them, the special before the general. */
export type Treaties = readonly Instrument[];

/** Why the table of treaties can't be used, in sentences. */
export class UnusableTreaties extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Reads `<packs>/treaties/*.json`, one instrument a file. Throws `UnusableTreaties` where one can't be used. */
export function readTreaties(packs: string): Treaties {
  const folder = join(packs, "treaties");
  if (!existsSync(folder)) return [];
  const problems: string[] = [];
  const read = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const found = readInstrument(path);
      if (Array.isArray(found)) {
        problems.push(...found);
        return [];
      }
      if (name !== `${found.code}.json`) problems.push(`${path}: "code" is ${found.code}, the file is ${name}`);
      return [found];
    });
  for (const { code, needs } of read)
    for (const other of needs.filter((each) => !read.some((one) => one.code === each)))
      problems.push(`${join(folder, `${code}.json`)}: it needs ${other}, of which there is no file`);
  if (problems.length > 0) throw new UnusableTreaties(problems);
  return read.sort((a, b) => a.rank - b.rank || (a.code < b.code ? -1 : 1));
}

function readInstrument(path: string): Instrument | string[] {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return [`${path} can't be read: ${error instanceof Error ? error.message : "no JSON"}`];
  }
  const result = instrumentSchema.safeParse(raw);
  if (!result.success)
    return result.error.issues.map(({ path: at, message }) => `${path}: ${at.join(".")}: ${message}`);
  const { measures, parties } = result.data;
  const twice = (values: readonly string[]) => values.filter((each, index) => values.indexOf(each) !== index);
  const again = [
    ...twice(measures.map((each) => each.measure)),
    ...(parties === "any" ? [] : twice(parties.map((each) => each.code))),
  ];
  return again.length > 0 ? again.map((each) => `${path}: ${each} stands there twice`) : result.data;
}

declare module "../kernel/node.ts" {
  interface Services {
    readonly treaties: Treaties;
  }
}
