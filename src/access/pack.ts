import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Json, JsonObject } from "../kernel/json.ts";
import { UnusablePack, type WrittenPolicy, readPolicies } from "./cedar.ts";
import { oversightPolicies, powerPolicies, questionPolicy } from "./pack-policies.ts";
import { type Court, courtSchema, type Keeping, keepingSchema, NO_COURT, NO_KEEPING } from "./pack-evidence.ts";
import { NO_REQUESTS, type RequestHelp, requestsSchema } from "./pack-help.ts";
import { NO_REPORTING, type Reporting, reportingSchema } from "./pack-reporting.ts";
import { NO_WATCH, type Watch, watchSchema } from "./pack-clocks.ts";
import {
  day,
  type LawQuestion,
  measureCode,
  type Offence,
  offenceSchema,
  type Oversight,
  oversightSchema,
  type Power,
  powerSchema,
  questionSchema,
} from "./pack-powers.ts";

/** Within what time whoever is asked here carries a measure out, from receipt. */
const clockSchema = z.strictObject({
  measure: measureCode,
  unit: z.enum(["hours", "days", "working-days"]),
  value: z.int().min(1).max(1_000),
  /** Provision, or practice that the office has published. */
  source: z.string().min(1).max(100),
  from: day,
  until: day.optional(),
});
type ClockTerm = z.infer<typeof clockSchema>;

const powersSchema = z.looseObject({
  code: z.string(),
  name: z.string().min(1),
  extends: z.string().optional(),
  /** Which text of the law this is, `2026.1`; and from which day it holds. */
  version: z
    .string()
    .regex(/^[0-9A-Za-z.-]{1,20}$/, "must be a version, 2026.1")
    .default("0"),
  valid_from: day.default("0001-01-01"),
  powers: z.array(powerSchema),
  clocks: z.array(clockSchema).default([]),
  questions: z.array(questionSchema).default([]),
  offences: z.array(offenceSchema).default([]),
  oversight: oversightSchema.optional(),
});

const calendarSchema = z.strictObject({
  /** IANA time zone in which statutory days begin and end. */
  zone: z.string(),
  /** ISO days of the week that are worked, Monday is 1. */
  workingDays: z.array(z.int().min(1).max(7)).min(1),
  /** Hours of an ordinary office, local time. */
  officeHours: z.strictObject({ opens: z.string().regex(/^\d{2}:\d{2}$/), closes: z.string().regex(/^\d{2}:\d{2}$/) }),
  holidays: z.array(z.strictObject({ date: day, name: z.string().min(1) })),
  /** Days that are worked for a part only, by date or every week, and what they count for in a period of working days. */
  halfDays: z
    .array(
      z.union([
        z.strictObject({ date: day, name: z.string().min(1), counts: z.enum(["none", "half", "whole"]) }),
        z.strictObject({
          weekday: z.int().min(1).max(7),
          name: z.string().min(1),
          counts: z.enum(["none", "half", "whole"]),
        }),
      ]),
    )
    .default([]),
  /** First and last year for which holidays are known; what they name themselves, where nothing is said. */
  covers: z.strictObject({ from: z.int().min(1900), until: z.int().max(2200) }).optional(),
  source: z.string().min(1),
});
type Calendar = z.infer<typeof calendarSchema>;

/** Telephone numbers that the public of the country is shown. */
const numbersSchema = z.strictObject({
  police: z.string().min(1).max(40),
  child: z.string().min(1).max(40).optional(),
  source: z.string().min(1),
});
type PhoneNumbers = z.infer<typeof numbersSchema>;

/** A country's law as data and policies, with those of the packs it extends. */
export interface Pack {
  readonly code: string;
  readonly name: string;
  readonly version: string;
  /** First day on which this text holds, `2026-01-31`. */
  readonly validFrom: string;
  readonly calendar: Calendar;
  /** `undefined` where the country names none. */
  readonly numbers: PhoneNumbers | undefined;
  /** Public reporting; with nothing but defaults where the country says nothing. */
  readonly reporting: Reporting;
  /** Exhibits in court and disclosure to the defence; the product's defaults where the country says nothing. */
  readonly court: Court;
  /** Hand-overs and retention of evidence. */
  readonly keeping: Keeping;
  /** When clocks warn, and within what time a request is confirmed; the product's defaults where the country says nothing. */
  readonly watch: Watch;
  /** Directory and templates for those who draft requests. */
  readonly requests: RequestHelp;
  /** In the order of the packs, the most general first. */
  readonly powers: readonly Power[];
  /** Questions of necessity and proportionality, of all layers. */
  readonly questions: readonly LawQuestion[];
  /** Offences with their penalties; empty where the pack lists none. */
  readonly offences: readonly Offence[];
  /** Who watches over the use of powers: what the last layer says. */
  readonly oversight: Oversight | undefined;
  /** As the powers; of those for one measure the last in force holds. */
  readonly clocks: readonly ClockTerm[];
  /** `powers.json` of all layers, the country's over the general one's; for measures, clocks and what else slices read. */
  readonly data: JsonObject;
  /** The core's, the written ones and those that follow from the powers. */
  readonly policies: readonly WrittenPolicy[];
}

function readJson<T>(path: string, schema: z.ZodType<T>): { parsed: T; raw: JsonObject } {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UnusablePack([`${path} can't be read: ${error instanceof Error ? error.message : "no JSON"}`]);
  }
  const result = schema.safeParse(raw);
  if (result.success) return { parsed: result.data, raw: raw as JsonObject };
  throw new UnusablePack(result.error.issues.map((issue) => `${path}: ${issue.path.join(".")}: ${issue.message}`));
}

/** Reads the pack `code` below `folder`, the packs it extends, and the core. Throws `UnusablePack` with sentences. */
export function readPack(folder: string, code: string): Pack {
  const layers = layersOf(folder, code, []);
  const last = layers.at(-1);
  const numbers = join(folder, code, "numbers.json");
  const reporting = join(folder, code, "reporting.json");
  const court = join(folder, code, "court.json");
  const keeping = join(folder, code, "keeping.json");
  const watch = join(folder, code, "clocks.json");
  const requests = join(folder, code, "requests.json");
  if (!last) throw new UnusablePack([`${folder} has no pack ${code}`]);
  const watching = layers.findLast(({ oversight }) => oversight !== undefined);
  return {
    code,
    name: last.name,
    version: last.version,
    validFrom: last.validFrom,
    calendar: readCalendar(join(folder, code, "calendar.json")),
    numbers: existsSync(numbers) ? readJson(numbers, numbersSchema).parsed : undefined,
    reporting: existsSync(reporting) ? readJson(reporting, reportingSchema).parsed : NO_REPORTING,
    court: existsSync(court) ? readJson(court, courtSchema).parsed : NO_COURT,
    requests: existsSync(requests) ? readJson(requests, requestsSchema).parsed : NO_REQUESTS,
    keeping: existsSync(keeping) ? readJson(keeping, keepingSchema).parsed : NO_KEEPING,
    watch: existsSync(watch) ? readJson(watch, watchSchema).parsed : NO_WATCH,
    powers: layers.flatMap((layer) => layer.powers),
    questions: layers.flatMap((layer) => layer.questions),
    offences: layers.flatMap((layer) => layer.offences),
    oversight: watching?.oversight,
    clocks: layers.flatMap((layer) => layer.clocks),
    data: layers.map((layer) => layer.raw).reduce(merged, {}),
    policies: [
      ...readPolicies(readFileSync(join(folder, "core.cedar"), "utf8"), "core"),
      ...layers.flatMap((layer) => [
        ...layer.policies,
        ...readPolicies(
          [
            ...layer.powers.map((power) => powerPolicies(layer.code, power)),
            ...layer.questions.map((question) => questionPolicy(layer.code, question)),
            ...(layer === watching && layer.oversight ? [oversightPolicies(layer.code, layer.oversight)] : []),
          ].join("\n"),
          layer.code,
        ),
      ]),
    ],
  };
}

interface Layer {
  readonly code: string;
  readonly name: string;
  readonly version: string;
  readonly validFrom: string;
  readonly questions: readonly LawQuestion[];
  readonly offences: readonly Offence[];
  readonly oversight: Oversight | undefined;
  readonly powers: readonly Power[];
  readonly clocks: readonly ClockTerm[];
  readonly raw: JsonObject;
  readonly policies: readonly WrittenPolicy[];
}

function layersOf(folder: string, code: string, above: readonly string[]): Layer[] {
  if (!/^[A-Za-z0-9-]+$/.test(code) || !existsSync(join(folder, code, "powers.json")))
    throw new UnusablePack([`${folder} has no pack ${code} (looked for ${join(folder, code, "powers.json")})`]);
  if (above.includes(code))
    throw new UnusablePack([`${folder}: the packs ${[...above, code].join(" → ")} extend each other in a circle`]);
  const { parsed, raw } = readJson(join(folder, code, "powers.json"), powersSchema);
  if (parsed.code !== code)
    throw new UnusablePack([`${join(folder, code, "powers.json")}: "code" is ${parsed.code}, the folder is ${code}`]);
  const path = join(folder, code, "policies.cedar");
  const policies = existsSync(path) ? readPolicies(readFileSync(path, "utf8"), code) : [];
  const below = parsed.extends === undefined ? [] : layersOf(folder, parsed.extends, [...above, code]);
  const { name, version, valid_from: validFrom, powers, clocks, questions, offences, oversight } = parsed;
  return [...below, { code, name, version, validFrom, powers, clocks, questions, offences, oversight, raw, policies }];
}

function readCalendar(path: string): Calendar {
  const calendar = readJson(path, calendarSchema).parsed;
  try {
    Temporal.Now.zonedDateTimeISO(calendar.zone);
    for (const { date } of calendar.holidays) Temporal.PlainDate.from(date);
    for (const part of calendar.halfDays) if ("date" in part) Temporal.PlainDate.from(part.date);
    const idle = calendar.halfDays.flatMap((part) =>
      "weekday" in part && part.counts === "none" ? [part.weekday] : [],
    );
    if (calendar.workingDays.every((each) => idle.includes(each)))
      throw new Error("no day of the week counts as a working day");
  } catch (error) {
    throw new UnusablePack([`${path}: ${error instanceof Error ? error.message : "no calendar"}`]);
  }
  return calendar;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The upper layer's members over the lower one's; objects are merged, everything else replaced. */
function merged(lower: JsonObject, upper: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...lower };
  for (const [name, value] of Object.entries(upper)) {
    const below = lower[name];
    result[name] = isObject(below) && isObject(value) ? merged(below, value) : value;
  }
  return result;
}
