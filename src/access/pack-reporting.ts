import { z } from "zod";
import { wordsSchema } from "./pack-powers.ts";

const reportCode = z.string().regex(/^[A-Z][0-9]{1,2}$/, "must be a code of the classification, F2");
const officeCode = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must be the code of an office, cybercrime-unit");

/** What a country's pack says of public reporting; all of it may be left out. */
export const reportingSchema = z.strictObject({
  /** ISO 4217: of amounts that name no currency. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default("USD"),
  /** Where people live, for routing and figures. */
  districts: z.array(z.strictObject({ code: z.string().regex(/^[A-Za-z0-9-]{1,20}$/), name: wordsSchema })).default([]),
  /** The country's own priority, offences and words for a code; what is left out is as the Convention's table has it. */
  categories: z
    .record(
      reportCode,
      z.strictObject({
        priority: z.int().min(0).max(4).optional(),
        offences: z.array(z.string().min(1)).optional(),
        label: wordsSchema.optional(),
        source: z.string().min(1).optional(),
      }),
    )
    .default({}),
  /** Reports with the same strong thing that lift one by a step. */
  sharedMin: z.int().min(2).default(5),
  /** Which office is competent: the first row that fits, each list left out fits all. No row: any police office. */
  routes: z
    .array(
      z.strictObject({
        categories: z.array(reportCode).optional(),
        districts: z.array(z.string()).optional(),
        office: officeCode,
      }),
    )
    .default([]),
  /** Matters that are not for this node: the right door, in words. */
  doors: z
    .array(
      z.strictObject({
        code: officeCode,
        categories: z.array(reportCode).default([]),
        name: wordsSchema,
        how: wordsSchema,
        /** Code of a peer, where the door is another country's node. */
        peer: z.string().optional(),
      }),
    )
    .default([]),
  /** Banks, mobile money and exchanges to whom a hold notice can go. */
  institutions: z
    .array(
      z.strictObject({
        code: officeCode,
        name: z.string().min(1),
        kind: z.enum(["bank", "mobile-money", "card", "exchange"]),
        /** Other names by which people mean it. */
        known: z.array(z.string().min(2)).default([]),
        /** How its accounts and numbers begin: the bank's code in an IBAN, or the beginning of a telephone or wallet number. */
        prefixes: z.array(z.string().min(3)).default([]),
        email: z.email().optional(),
        voice: z.string().optional(),
        hours: z.string().optional(),
      }),
    )
    .default([]),
  /** The measure by which a transfer may be held, where the country has one. */
  hold: z
    .strictObject({
      provision: z.string().min(1),
      /** Hours for which the institution holds without a court's order. */
      hours: z.int().min(1),
      /** A second person must approve a notice before it is sent. */
      approval: z.boolean().default(false),
      source: z.string().min(1),
      checked: z.boolean().default(true),
    })
    .optional(),
  /** How long a report is kept after it was closed, in days; the first row that fits. */
  retention: z
    .array(
      z.strictObject({
        categories: z.array(reportCode).optional(),
        days: z.int().min(1),
        source: z.string().min(1),
      }),
    )
    .default([]),
  /** Answers that an office gives often. */
  templates: z
    .array(
      z.strictObject({
        code: officeCode,
        categories: z.array(reportCode).default([]),
        name: wordsSchema,
        body: wordsSchema,
      }),
    )
    .default([]),
  /** How public figures are protected, and under what terms they may be used. */
  statistics: z
    .strictObject({
      /** Counts from 1 to one less are withheld, and what would tell them. */
      threshold: z.int().min(3).max(100).default(5),
      /** Percent to which nobody may be able to tell the largest loss (the p of the p% rule). */
      dominance: z.int().min(5).max(100).default(20),
      licence: z.string().min(1).max(100).default("CC BY 4.0"),
      licenceUrl: z.url().default("https://creativecommons.org/licenses/by/4.0/"),
    })
    .prefault({}),
});
/** What a country's pack says of public reporting. */
export type Reporting = z.infer<typeof reportingSchema>;
/** What holds where a country says nothing of it. */
export const NO_REPORTING: Reporting = reportingSchema.parse({});
