import { randomUUID } from "node:crypto";
import type { AnyAct } from "../kernel/act.ts";
import { type FieldError, Refusal } from "../kernel/errors.ts";
import { fieldsOf, fromForm } from "../kernel/fields.ts";
import { type FormValues, withoutEmpty } from "../kernel/form.ts";
import type { RouteCall } from "../kernel/page.ts";
import { isUuid, perform } from "../kernel/pipeline.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { issuesOf } from "../kernel/validation.ts";
import { type Chosen, chosenOf } from "./views-chosen.ts";

/** Acts that are done to many items at once. */
const MANY = ["transfer", "hold"] as const;
export type ManyVerb = (typeof MANY)[number];
/** Most items of one call. */
const CHOSEN_MAX = 100;

/** What came of one item. */
export interface Outcome {
  readonly chosen: Chosen;
  /** Why not; `undefined` where it was done. */
  readonly refusal?: Refusal;
}
/** One act on many, as its form stands. */
export interface ManyForm {
  readonly verb: ManyVerb;
  readonly act: AnyAct;
  readonly chosen: readonly Chosen[];
  readonly values: FormValues;
  readonly errors: readonly FieldError[];
  readonly key: string;
}

const OWN_FIELDS = new Set(["act", "ids", "_key", "_proof"]);
const listed = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === "string" && each !== "");

/** The form that a call asks for, or sends. Throws where the act is none of these, or too many were chosen. */
export async function manyForm(
  { node, reader }: RouteCall,
  sent: Readonly<Record<string, unknown>>,
): Promise<ManyForm> {
  const verb = MANY.find((each) => each === sent["act"]);
  const act = verb && node.registry.acts.get(`item.${verb}`);
  if (!verb || !act) throw new Refusal("not-found", "no-such-address");
  const numbers = [...new Set(listed(sent["ids"]))];
  if (numbers.length > CHOSEN_MAX)
    throw new Refusal("too-large", "items-too-many", { values: { maximum: CHOSEN_MAX } });
  const key = sent["_key"];
  return {
    verb,
    act,
    chosen: await chosenOf(reader, numbers),
    values: Object.fromEntries(Object.entries(sent).filter(([name]) => !OWN_FIELDS.has(name))) as FormValues,
    errors: [],
    key: typeof key === "string" && isUuid(key) ? key : randomUUID(),
  };
}

/**
 * Does the act to each item by itself, through the pipeline: what one refuses the others do not lose, and each is told. Hand-overs bear one
 * mark, so that they stand on one receipt. Sent twice under the same key it has one effect. Gives the form back where it is wrong for all.
 */
export async function doToMany(
  { node, actor }: RouteCall,
  form: ManyForm,
  proof: unknown,
): Promise<ManyForm | Outcome[]> {
  const input = fromForm(fieldsOf(form.act.input), withoutEmpty(form.values));
  const given = form.verb === "transfer" ? { ...input, bundle: form.key } : input;
  const parsed = form.act.input.safeParse(given);
  if (!parsed.success) return { ...form, errors: issuesOf(parsed.error) };
  const present = await steppedUp({ node, actor }, form.act, proof);
  if (!present) return { ...form, errors: [{ path: "_proof", key: "step-up-wrong" }] };
  const outcomes: Outcome[] = [];
  for (const chosen of form.chosen) {
    const call = {
      node,
      actor: present,
      act: form.act,
      id: chosen.id,
      input: given,
      idempotencyKey: `${form.key}:${chosen.id}`,
    };
    try {
      await perform(call);
      outcomes.push({ chosen });
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      if (outcomes.length === 0 && (refusal.fields.length > 0 || refusal.code === "step-up"))
        return {
          ...form,
          errors: refusal.fields.length > 0 ? refusal.fields : [{ path: "_proof", key: "step-up-wrong" }],
        };
      outcomes.push({ chosen, refusal });
    }
  }
  return outcomes;
}

/** Takes the proof of presence that came with the form; `undefined` where it is wrong. */
async function steppedUp({ node, actor }: Pick<RouteCall, "node" | "actor">, act: AnyAct, proof: unknown) {
  if (!act.stepUp || actor.kind !== "officer" || typeof proof !== "string" || proof === "") return actor;
  for (const { stepUp } of node.registry.slices)
    if (stepUp && (await stepUp(node, actor, proof))) return { ...actor, steppedUpAt: node.clock() };
  return undefined;
}
