import { randomUUID } from "node:crypto";
import type { ComponentChildren } from "preact";
import type { AnyAct } from "./act.ts";
import { type FieldError, Refusal } from "./errors.ts";
import { fieldsOf, fromForm } from "./fields.ts";
import { type FormValues, withoutEmpty } from "./form.ts";
import type { RouteCall } from "./page.ts";
import { isUuid, perform } from "./pipeline.ts";
import { refusalFrom } from "./problem.ts";
import type { SubjectKind } from "./subject.ts";
import type { Tools } from "./tools.ts";
import { issuesOf } from "./validation.ts";
import type { Reader } from "./view.ts";

/** Most things of one call: a page of a list. */
export const CHOSEN_MAX = 100;

/** A thing that was ticked in a list. `name` is what its box bears and its reader knows it by: a reference, a number. */
export interface Chosen {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}
/** What the reader may choose from in a field of the form. */
export type Choices = Readonly<Record<string, readonly { readonly value: string; readonly label: string }[]>>;

/** What may be done to many at once by one act. */
export interface ManyAct {
  /** The act that takes it back, offered where it was done, with what that act must be told. */
  readonly undo?: { readonly verb: string; readonly values?: (tools: Tools) => Readonly<Record<string, string>> };
  /** What the fields of its form are chosen from. */
  readonly choices?: (call: RouteCall) => Promise<Choices>;
  /** Fields that are not asked but given: all calls of one form bear the same `key`. */
  readonly given?: (key: string) => Readonly<Record<string, unknown>>;
}

/**
 * Acts on many things at once, for one kind of thing. A slice says which, `manyRoutes` of `ui/many.tsx` makes the pages at `/<plural>/many`,
 * and the list sends there what was ticked:
 *
 *     const many: Many<ChosenRequest> = { kind: requestSubject, acts: { assign: { choices } }, chosenOf, columns };
 *     routes: manyRoutes(many)                                                       // in slice.ts
 *     bulk: { action: "/requests/many", method: "get", acts: [{ name: "act", value: "assign", label }] }   // in the list's Worklist
 *
 * and `many.requests` in the locales says how many: "{count, plural, one {# request} other {# requests}}". The ticks of the list bear
 * `name`. Each thing goes through its own act, policy and journal entry, so nothing is possible here that is not possible one by one.
 * An act that decides over somebody's rights on reasons of its own (authorise, refuse) does not belong here.
 */
export interface Many<Row extends Chosen = Chosen> {
  readonly kind: SubjectKind;
  /** By the second half of the act's name: `close` of `report.close`. */
  readonly acts: Readonly<Record<string, ManyAct>>;
  /** Those of the names that the reader may see, in the order of the list; at most `CHOSEN_MAX`. */
  readonly chosenOf: (reader: Reader, names: readonly string[]) => Promise<Row[]>;
  /** What the tables show of each, before its state or why it was left; the first is primary. */
  readonly columns: (tools: Tools) => readonly ManyColumn<Row>[];
  /** What stands above the outcome's tables: a receipt for all of them. */
  readonly after?: (verb: string, done: readonly Row[], tools: Tools) => ComponentChildren;
}
/** A column of what was chosen. */
export interface ManyColumn<Row> {
  readonly key: string;
  readonly label: string;
  readonly cell: (row: Row) => ComponentChildren;
}

/** One act on many, as its form stands. */
export interface ManyForm<Row extends Chosen = Chosen> {
  readonly verb: string;
  readonly act: AnyAct;
  readonly chosen: readonly Row[];
  readonly values: FormValues;
  readonly errors: readonly FieldError[];
  readonly key: string;
}
/** What came of one thing. */
export interface Outcome<Row extends Chosen = Chosen> {
  readonly chosen: Row;
  /** Why not; `undefined` where it was done. */
  readonly refusal?: Refusal;
}
/** What came of all: the form again where it is wrong for each of them, and then nothing was done. */
export type ManyDone<Row extends Chosen = Chosen> =
  | { readonly wrong: ManyForm<Row> }
  | { readonly outcomes: readonly Outcome<Row>[] };

const OWN_FIELDS = new Set(["act", "ids", "_key", "_proof"]);
const listed = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === "string" && each !== "");

/** The form that a call asks for, or sends. Refuses an act that is none of these, and more than `CHOSEN_MAX`. */
export async function manyForm<Row extends Chosen>(
  many: Many<Row>,
  { node, reader }: RouteCall,
  sent: Readonly<Record<string, unknown>>,
): Promise<ManyForm<Row>> {
  const verb = String(sent["act"] ?? "");
  const act = Object.hasOwn(many.acts, verb) ? node.registry.acts.get(`${many.kind.name}.${verb}`) : undefined;
  if (!act) throw new Refusal("not-found", "no-such-address");
  const names = [...new Set(listed(sent["ids"]))];
  if (names.length > CHOSEN_MAX) throw new Refusal("too-large", "too-many-chosen", { values: { maximum: CHOSEN_MAX } });
  const key = sent["_key"];
  return {
    verb,
    act,
    chosen: await many.chosenOf(reader, names),
    values: Object.fromEntries(Object.entries(sent).filter(([name]) => !OWN_FIELDS.has(name))) as FormValues,
    errors: [],
    key: typeof key === "string" && isUuid(key) ? key : randomUUID(),
  };
}

/**
 * Does the act to each thing by itself, through the pipeline: what one refuses the others do not lose, and each is told. Sent twice under
 * the same key it has one effect.
 */
export async function doToMany<Row extends Chosen>(
  many: Many<Row>,
  { node, actor }: RouteCall,
  form: ManyForm<Row>,
  proof?: unknown,
): Promise<ManyDone<Row>> {
  const input = {
    ...fromForm(fieldsOf(form.act.input), withoutEmpty(form.values)),
    ...many.acts[form.verb]?.given?.(form.key),
  };
  const wrong = (errors: readonly FieldError[]) => ({ wrong: { ...form, errors } });
  const parsed = form.act.input.safeParse(input);
  if (!parsed.success) return wrong(issuesOf(parsed.error));
  const present = await steppedUp({ node, actor }, form.act, proof);
  if (!present) return wrong(NOT_PRESENT);
  const outcomes: Outcome<Row>[] = [];
  for (const chosen of form.chosen) {
    const idempotencyKey = `${form.key}:${chosen.id}`;
    try {
      await perform({ node, actor: present, act: form.act, id: chosen.id, input, idempotencyKey });
      outcomes.push({ chosen });
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      // A field that the act itself finds wrong is wrong for each of them, and so is a missing proof: the form comes back before anything is done.
      if (outcomes.length === 0 && refusal.fields.length > 0) return wrong(refusal.fields);
      if (outcomes.length === 0 && refusal.code === "step-up") return wrong(NOT_PRESENT);
      outcomes.push({ chosen, refusal });
    }
  }
  return { outcomes };
}

const NOT_PRESENT: readonly FieldError[] = [{ path: "_proof", key: "step-up-wrong" }];

/** The actor with the proof of presence that came with the form; `undefined` where it is wrong. */
async function steppedUp({ node, actor }: Pick<RouteCall, "node" | "actor">, act: AnyAct, proof: unknown) {
  if (!act.stepUp || actor.kind !== "officer" || typeof proof !== "string" || proof === "") return actor;
  for (const { stepUp } of node.registry.slices)
    if (stepUp && (await stepUp(node, actor, proof))) return { ...actor, steppedUpAt: node.clock() };
  return undefined;
}
