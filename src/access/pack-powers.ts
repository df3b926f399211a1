import { z } from "zod";
import { OFFICE_KINDS, ROLES } from "./account.ts";

/** A day of the calendar, `2026-01-31`. */
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day, 2026-01-31");
/** The code of a measure as `law.md` has it, `P29`. */
export const measureCode = z.string().regex(/^[A-Z]{1,2}[0-9]{1,2}[a-z]?$/, "must be a measure's code, P29");
/** A name or text in the languages of the country; English is always there. */
export const wordsSchema = z.looseObject({ en: z.string().min(1) }).catchall(z.string().min(1));
export type Words = z.infer<typeof wordsSchema>;

const slug = z.string().regex(/^[a-z0-9-]{1,40}$/, "must be lower-case words joined by hyphens");
const category = z.enum(["subscriber", "traffic", "content", "none"]);
const urgency = z.enum(["routine", "urgent", "emergency"]);
/** Roles or kinds of office, any of which may do it. */
const who = z.array(z.enum([...ROLES, ...OFFICE_KINDS])).min(1);
const role = z.enum(ROLES);
const provision = z.string().min(1).max(200);
const term = z.strictObject({ unit: z.enum(["hours", "days", "working-days"]), value: z.int().min(1).max(1_000) });

/** Whose communications the law shields, beyond everybody's. */
export const PRIVILEGES = ["lawyer", "doctor", "journalist", "clergy", "parliament", "diplomat"] as const;

/** Why the person concerned may be told later: a closed list, of which a power takes its own. */
export const DELAY_GROUNDS = ["investigation", "danger", "evidence", "security"] as const;

/** From which offence on a power reaches: by the highest penalty that the law threatens, or because the offence is named. */
const thresholdSchema = z
  .strictObject({
    /** Highest penalty of the offence, in years of imprisonment: this or more. */
    years: z.int().min(1).max(99).optional(),
    /** Codes of the pack's offences that suffice whatever their penalty. */
    offences: z.array(slug).default([]),
    provision,
  })
  .refine(({ years, offences }) => years !== undefined || offences.length > 0, "must name years or offences");

/** When and by whom the person concerned is told that the power was used. @source CETS 185 Art. 15(1) */
const notificationSchema = term.extend({
  provision,
  /** What the person can do against the measure, as the notice says it. */
  remedy: wordsSchema.optional(),
  /** By what authority, and on what ground, they are told later. */
  delay: z
    .strictObject({
      grounds: z.array(z.enum(DELAY_GROUNDS)).min(1),
      by: z.array(role).min(1),
      /** Longest single delay; it may be granted again. */
      days_max: z.int().min(1).max(3_650),
      /** Days within which they are told once the delay has ended. */
      then_days: z.int().min(1).max(365).default(7),
      provision,
    })
    .optional(),
});

/** What is asked of privilege and immunity, and what a yes demands. */
const privilegeSchema = z.strictObject({
  provision,
  /** By group: a group that is left out demands nothing more. */
  groups: z.partialRecord(
    z.enum(PRIVILEGES),
    z.strictObject({
      /** Only these roles may then authorise. */
      needs: z.array(role).min(1).optional(),
      /** A person outside of the investigation takes out what is privileged, and must be named. */
      filter: z.boolean().default(false),
      /** Immunity: the power may not be used at all. */
      barred: z.boolean().default(false),
    }),
  ),
});

/** A measure that may start before it is authorised: who orders it, within what time it must be validated, and by whom. */
const validationSchema = z.strictObject({
  /** What becomes of it unvalidated: it stands still until a court decides, or is withdrawn for good, and what came is used no more. */
  unvalidated: z.enum(["stopped", "withdrawn"]).default("stopped"),
  urgency: z
    .array(z.enum(["urgent", "emergency"]))
    .min(1)
    .default(["emergency"]),
  ordering: z.array(role).min(1),
  within: term,
  by: z.array(role).min(1),
  provision,
});

/** A power of the country's law: who may authorise which measure on which data, under what safeguards, from when. @source CETS 185 Art. 15(2) */
export const powerSchema = z.strictObject({
  /** Name of the power within its pack, `traffic-data`. */
  power: z.string().regex(/^[a-z0-9-]+$/, "must be lower-case words joined by hyphens"),
  /** Codes of `law.md`: P29, M31 … */
  measures: z.array(measureCode).min(1),
  /** Categories of data that it reaches; `none` for measures that ask for no data. */
  categories: z.array(category).min(1),
  /** True where it reaches only such traffic data as is asked for solely to identify the user. @source Regulation (EU) 2023/1543 Art. 3(10) */
  identifying: z.boolean().default(false),
  /** How pressing the matter must be; left out, it is there for every request. */
  urgency: z.array(urgency).min(1).optional(),
  /** Roles or kinds of office, any of which may authorise. */
  authorising: who,
  /** True where the oversight body is to see every use. */
  intrusive: z.boolean().default(false),
  threshold: thresholdSchema.optional(),
  /** Longest period of one authorisation, in days from the day on which it is given. */
  period_days: z.int().min(1).max(366).optional(),
  notification: notificationSchema.optional(),
  privilege: privilegeSchema.optional(),
  validation: validationSchema.optional(),
  provision,
  from: day,
  until: day.optional(),
  /** Where the provision can be read. */
  source: z.string().min(1),
  /** False where nobody has compared it with the source yet; pages say so. */
  checked: z.boolean().default(true),
});
export type Power = z.infer<typeof powerSchema>;

/** A question of necessity or proportionality that must be answered before a request is decided upon. @source CETS 185 Art. 15(1) */
export const questionSchema = z.strictObject({
  code: slug,
  test: z.enum(["necessity", "proportionality"]),
  ask: wordsSchema,
  /** Left out: every measure, every category. */
  measures: z.array(measureCode).min(1).optional(),
  categories: z.array(category).min(1).optional(),
  /** How pressing the matter may be for it to be asked before the decision; left out: always. */
  urgency: z.array(urgency).min(1).optional(),
  provision,
  from: day.default("0001-01-01"),
  until: day.optional(),
});
export type LawQuestion = z.infer<typeof questionSchema>;

/** An offence of the country's law with its highest penalty, so that thresholds are decided by the law and not by whoever drafts. */
export const offenceSchema = z.strictObject({
  code: slug,
  name: wordsSchema,
  provision,
  /** Highest penalty, in years of imprisonment; 0 where only a fine is threatened. */
  years: z.int().min(0).max(99),
  /** Article of the Convention that it implements, `CETS 185 Art. 8`. */
  article: z.string().max(60).optional(),
});
export type Offence = z.infer<typeof offenceSchema>;

/** Who watches over the use of powers and may order a halt. @source CETS 185 Art. 15(2) */
export const oversightSchema = z.strictObject({
  name: wordsSchema,
  roles: z.array(z.enum(["overseer", "data-protection-officer"])).min(1),
  provision,
});
export type Oversight = z.infer<typeof oversightSchema>;
