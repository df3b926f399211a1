import { readFileSync } from "node:fs";
import { z } from "zod";
import { CODES, type Code } from "./classification.ts";
import { type Observable, OBSERVABLE_TYPES, type ObservableType } from "../observables/slice.ts";
import { findObservables } from "../observables/slice.ts";
import { readPhone } from "../observables/slice.ts";

/**
 * How the columns of somebody else's table become reports. Kept as JSON, so that an office writes one without a program;
 * `comity import reports FILE --mapping FILE.json`.
 */
export const mappingSchema = z.strictObject({
  /** Names the source. With the row's own id it tells whether a row was taken before. */
  source: z.string().regex(/^[a-z0-9-]{1,60}$/),
  /** ISO 3166-1 alpha-2; telephone numbers without a country code are that country's. */
  country: z.string().regex(/^[A-Z]{2}$/),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .default("en"),
  /** Column that holds the row's own id; without one the row's content stands for it. */
  id: z.string().optional(),
  /** Column of the moment it was reported, RFC 3339 or `YYYY-MM-DD[ hh:mm:ss]`; without one, the moment of import. */
  received: z.string().optional(),
  /** Columns that hold one thing each, `{number: "phone"}`. */
  observables: z.record(z.string(), z.enum(OBSERVABLE_TYPES)).default({}),
  /** Columns whose text is the description, in this order; things are searched for in it. */
  description: z.array(z.string()).default([]),
  /** Columns that are kept with the report as facts. */
  facts: z.array(z.string()).default([]),
  /** Texts that mean "nothing" in this table. */
  empty: z.array(z.string()).default([]),
  category: z.strictObject({
    column: z.string().optional(),
    /** The table's own words, in small letters, and the code for each. */
    values: z.record(z.string(), z.enum(CODES)).default({}),
    otherwise: z.enum(CODES),
  }),
});
export type Mapping = z.infer<typeof mappingSchema>;

/** A row as a report; or, in `refused`, the message key of why it is none. */
export type Mapped =
  | {
      readonly external: string;
      readonly category: Code;
      readonly description: string;
      readonly observables: readonly Observable[];
      readonly facts: Readonly<Record<string, string>>;
      readonly receivedAt: Temporal.Instant | null;
    }
  | { readonly refused: "import-row-empty" | "import-row-too-long" | "import-row-broken" | "import-row-date" };

const TEXT_MAX = 20_000;
const FACT_MAX = 500;

/** Maps one row, whose columns stand by name. Never throws. */
export function mapRow(row: Readonly<Record<string, string>>, mapping: Mapping): Mapped {
  const nothing = new Set(["", ...mapping.empty.map((word) => word.toLowerCase())]);
  const cell = (column: string): string => {
    const text = (row[column] ?? "").trim();
    return nothing.has(text.toLowerCase()) ? "" : text;
  };
  if (Object.values(row).some((text) => !text.isWellFormed() || text.includes("\0")))
    return { refused: "import-row-broken" };
  const description = mapping.description
    .map(cell)
    .filter((text) => text !== "")
    .join("\n");
  if (description.length > TEXT_MAX) return { refused: "import-row-too-long" };
  const named = Object.entries(mapping.observables).flatMap(([column, type]) =>
    observablesIn(cell(column), type, mapping.country),
  );
  if (description === "" && Object.keys(mapping.observables).every((column) => cell(column) === ""))
    return { refused: "import-row-empty" };
  const received = mapping.received === undefined ? null : readMoment(cell(mapping.received));
  if (received === undefined) return { refused: "import-row-date" };
  const unique = new Map([...named, ...findObservables(description, mapping)].map((each) => [each.key, each]));
  const kept = [...mapping.facts, ...Object.keys(mapping.observables)].flatMap((column) =>
    cell(column) === "" ? [] : [[column, cell(column).slice(0, FACT_MAX)] as const],
  );
  const { column, values, otherwise } = mapping.category;
  return {
    external: (mapping.id === undefined ? "" : (row[mapping.id] ?? "")).trim() || JSON.stringify(Object.values(row)),
    category: (column === undefined ? undefined : values[cell(column).toLowerCase()]) ?? otherwise,
    description,
    observables: [...unique.values()],
    facts: Object.fromEntries(kept),
    receivedAt: received,
  };
}

function observablesIn(text: string, type: ObservableType, country: string): Observable[] {
  if (text === "") return [];
  if (type === "phone") {
    const phone = readPhone(text, country);
    return phone ? [phone] : [];
  }
  return findObservables(text, { country }).filter((found) => found.type === type);
}

/** `null` for an empty cell, `undefined` for a text that is no moment. */
function readMoment(text: string): Temporal.Instant | null | undefined {
  if (text === "") return null;
  try {
    return /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)
      ? Temporal.Instant.from(text)
      : Temporal.PlainDateTime.from(text.replace(" ", "T")).toZonedDateTime("UTC").toInstant();
  } catch {
    return undefined;
  }
}

/** Citizens' reports of scam messages in the Philippines, as published: `id,number,network,type,proof,name,indicator`. */
const SMS_PHILIPPINES: Mapping = mappingSchema.parse({
  source: "sms-philippines",
  country: "PH",
  id: "id",
  observables: { number: "phone" },
  description: ["proof", "name"],
  facts: ["network", "type", "indicator"],
  empty: ["false", "'", "unknown"],
  category: {
    column: "type",
    values: {
      work: "F7",
      "job offer": "F7",
      "passive income": "F7",
      "loan/bank": "F7",
      lotto: "F7",
      raffle: "F7",
      "raffle/play": "F7",
      claiming: "F7",
      "unclaimed bonus": "F7",
      rewards: "F7",
      "deposit scam": "F7",
      money: "F7",
      free: "F7",
      gcash: "F8",
      globe: "F8",
      netflix: "F8",
      "phone call scam": "F8",
      "online shopping": "F6",
      products: "F6",
      "casino/gambling": "F1",
      "online games": "F1",
      email: "F1",
      platform: "F1",
      political: "X1",
      "fake news": "X1",
    },
    otherwise: "F1",
  },
});

/** Mappings that come with the product, by the name of their source. */
export const MAPPINGS: Readonly<Record<string, Mapping>> = { [SMS_PHILIPPINES.source]: SMS_PHILIPPINES };

/** The mapping of that name, or in that file. Throws with a sentence where there is neither, or the file is no mapping. */
export function openMapping(nameOrFile: string): Mapping {
  const known = MAPPINGS[nameOrFile];
  if (known) return known;
  if (!nameOrFile.endsWith(".json"))
    throw new Error(
      `no mapping is called ${nameOrFile}; there are ${Object.keys(MAPPINGS).join(", ")}, or give a .json file`,
    );
  const parsed = mappingSchema.safeParse(JSON.parse(readFileSync(nameOrFile, "utf8")));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${nameOrFile} is no mapping: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`,
  );
}
