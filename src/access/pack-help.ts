import { z } from "zod";
import { wordsSchema } from "./pack-powers.ts";

/** Texts that an officer starts from, by field; each names what to fill in between angle quotes. */
const templateTexts = z.strictObject({
  offence: z.string().max(300).optional(),
  facts: z.string().max(20_000).optional(),
  necessity: z.string().max(10_000).optional(),
  proportionality: z.string().max(10_000).optional(),
});
/** What a country's pack gives those who draft requests; all of it may be left out. */
export const requestsSchema = z.strictObject({
  /** Who holds the data of which identifiers. */
  directory: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(200),
        /** Code of the node by which it is reached, where it has one or answers through one. */
        peer: z
          .string()
          .regex(/^[A-Z][A-Z0-9]{1,7}$/)
          .optional(),
        domains: z.array(z.string().regex(/^[a-z\d-]+(\.[a-z\d-]+)+$/)).default([]),
        /** Beginnings of telephone numbers, in the international form. */
        prefixes: z.array(z.string().regex(/^\+[\d ]{1,15}$/)).default([]),
        /** Beginnings of account names, such as `meridian:`. */
        handles: z.array(z.string().min(2).max(40)).default([]),
        /** How its desk wants to be asked. */
        note: z.string().max(500).optional(),
        source: z.string().min(1).max(300),
        checked: z.boolean().default(false),
      }),
    )
    .default([]),
  templates: z
    .array(
      z.strictObject({
        code: z.string().regex(/^[a-z\d-]{1,60}$/),
        name: wordsSchema,
        measures: z.array(z.string().min(2).max(10)).min(1),
        texts: templateTexts,
      }),
    )
    .default([]),
});
export type RequestHelp = z.infer<typeof requestsSchema>;
export type Holder = RequestHelp["directory"][number];
export type Template = RequestHelp["templates"][number];
export const NO_REQUESTS: RequestHelp = requestsSchema.parse({});
