import { z } from "zod";
import type { Officer } from "../kernel/actor.ts";
import { invalid } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { momentIn } from "./acquisition.ts";
import { fields, TIME_SOURCES } from "./item.ts";

/**
 * What an event of custody may say beside what the node knows by itself (who acted, in which role, when it was recorded, by which policy, the
 * digests): one schema for all acts.
 *
 * @source ISO/IEC 27037 §6.6
 */
export const FACTS = {
  /** When it happened, where it was not just now. */
  at: fields.moment,
  time_source: z.enum(TIME_SOURCES),
  /** How far the time may be off, in seconds. */
  uncertainty_seconds: z.coerce.number().int().min(0).max(31_536_000),
  place: fields.line(300),
  /** The machine on which it was done. */
  system: fields.line(200),
  tool: fields.line(120),
  tool_version: fields.line(60),
  settings: fields.line(1_000),
  /** Warrant, order or consent. */
  authority: fields.line(300),
  purpose: fields.line(500),
  reason: fields.text(2_000),
  condition: fields.line(500),
  /** A change that could not be avoided, and who answers for it. */
  change: fields.text(1_000),
  change_answered_by: fields.line(200),
  /** How it must be handled, and what it may be used for. */
  handling: fields.line(500),
  /** Where and how it is stored: the room, the shelf, who has the key. */
  storage: fields.line(300),
  seal_number: fields.line(60),
  /** Exhibit number of a photograph that shows it. */
  photo: fields.line(60),
  note: fields.text(4_000),
} as const;
export type FactName = keyof typeof FACTS;

const TIME = ["at", "time_source", "uncertainty_seconds"] as const;
const TOOL = ["system", "tool", "tool_version", "settings"] as const;
const CHANGE = ["change", "change_answered_by"] as const;

interface Carried {
  readonly must: readonly FactName[];
  readonly may: readonly FactName[];
}
/** Which fact an event of each act must bear, and which it may. In the order in which a form asks. */
export const CARRIES = {
  open: { must: [], may: ["purpose", "authority", "place", "system"] },
  copy: { must: ["purpose"], may: ["authority", ...TOOL, ...TIME, "place", "handling", "note"] },
  derive: { must: ["tool"], may: ["tool_version", "settings", "system", "purpose", "authority", ...CHANGE, "note"] },
  verify: { must: [], may: ["purpose", "note"] },
  transfer: { must: ["reason"], may: ["condition", "authority", "place", "handling", "note"] },
  receive: { must: [], may: ["condition", "storage", ...TIME, "place", ...CHANGE, "note"] },
  refuse: { must: ["reason"], may: ["condition", "photo", ...TIME, "place"] },
  withdraw: { must: ["reason"], may: [] },
  pass: { must: ["reason"], may: ["condition", "authority", "handling", "note"] },
  lend: { must: ["reason"], may: ["condition", "authority", "handling", ...TIME, "place", "note"] },
  countersign: { must: [], may: [...TIME, "place", "condition", "note"] },
  retake: { must: ["condition"], may: ["storage", ...TIME, "place", ...CHANGE, "note"] },
  seal: { must: ["reason"], may: ["seal_number", "condition", "photo", "storage", ...TIME, "place"] },
  unseal: { must: ["reason"], may: ["authority", "condition", "photo", ...TIME, "place"] },
  broken: { must: ["condition"], may: ["photo", ...CHANGE, ...TIME, "place", "note"] },
  hold: { must: ["reason"], may: ["authority"] },
  release: { must: ["reason"], may: ["authority"] },
  retain: { must: ["reason"], may: ["authority"] },
  return: { must: ["reason"], may: ["authority", "condition", ...TIME, "place", "note"] },
  dispose: { must: ["reason"], may: ["authority", "note"] },
  keep: { must: ["reason"], may: [] },
} as const satisfies Readonly<Record<string, Carried>>;
export type CarryingVerb = keyof typeof CARRIES;

type Shape<V extends CarryingVerb> = {
  [N in (typeof CARRIES)[V]["must"][number]]: (typeof FACTS)[N];
} & { [N in (typeof CARRIES)[V]["may"][number]]: z.ZodOptional<(typeof FACTS)[N]> };

/** The fields of an act's input that its event bears, by the table. */
export function carrying<V extends CarryingVerb>(verb: V): Shape<V> {
  const { must, may }: Carried = CARRIES[verb];
  return Object.fromEntries([
    ...must.map((name) => [name, FACTS[name]]),
    ...may.map((name) => [name, FACTS[name].optional()]),
  ]) as Shape<V>;
}

/** What was said of an event, as the journal has it. Refuses a time that has not come, and a change for which nobody answers. */
export function said(
  verb: CarryingVerb,
  input: Readonly<Partial<Record<FactName, unknown>>>,
  { office, now }: { readonly office: Pick<Officer["office"], "zone"> | undefined; readonly now: Temporal.Instant },
): JsonObject {
  const { must, may }: Carried = CARRIES[verb];
  if (input.change !== undefined && input.change_answered_by === undefined)
    throw invalid("change_answered_by", "change-unanswered");
  const given = [...must, ...may].flatMap((name): [string, unknown][] => {
    const value = input[name];
    if (value === undefined || value === "") return [];
    if (name === "at") return [["happened_at", momentIn("at", value as string, office?.zone ?? "UTC", now).toString()]];
    return [[name, value]];
  });
  return Object.fromEntries(given) as JsonObject;
}
