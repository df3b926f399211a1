import { randomUUID } from "node:crypto";
import type { AnyAct } from "../kernel/act.ts";
import { type FieldError, Refusal } from "../kernel/errors.ts";
import { fieldsOf, fromForm } from "../kernel/fields.ts";
import { type FormValues, withoutEmpty } from "../kernel/form.ts";
import type { RouteCall } from "../kernel/page.ts";
import { isUuid, perform } from "../kernel/pipeline.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { issuesOf } from "../kernel/validation.ts";
import { type Chosen, CHOSEN_MAX, chosenOf } from "./views-chosen.ts";

/** Acts that are done to many reports at once, each with the act that takes it back, where one does. */
export const MANY = {
  triage: undefined,
  assign: undefined,
  reply: undefined,
  close: "reopen",
  reopen: undefined,
  quarantine: "release",
  release: "quarantine",
} as const satisfies Record<string, string | undefined>;
export type ManyVerb = keyof typeof MANY;
const isMany = (verb: string): verb is ManyVerb => Object.hasOwn(MANY, verb);

/** What came of one report. */
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

const OWN_FIELDS = new Set(["act", "ids", "_key"]);
const listed = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === "string" && each !== "");

/** The form that a call asks for, or sends. Throws where the act is none of these, or nothing was chosen. */
export async function manyForm(
  { node, reader }: RouteCall,
  sent: Readonly<Record<string, unknown>>,
): Promise<ManyForm> {
  const verb = String(sent["act"] ?? "");
  const act = node.registry.acts.get(`report.${verb}`);
  if (!isMany(verb) || !act) throw new Refusal("not-found", "no-such-address");
  const references = [...new Set(listed(sent["ids"]))];
  if (references.length > CHOSEN_MAX)
    throw new Refusal("too-large", "inbox-too-many", { values: { maximum: CHOSEN_MAX } });
  const key = sent["_key"];
  return {
    verb,
    act,
    chosen: await chosenOf(reader, references),
    values: Object.fromEntries(Object.entries(sent).filter(([name]) => !OWN_FIELDS.has(name))) as FormValues,
    errors: [],
    key: typeof key === "string" && isUuid(key) ? key : randomUUID(),
  };
}

/**
 * Does the act to each report by itself, through the pipeline: what one refuses the others do not lose, and each is told. Sent twice
 * under the same key it has one effect. Gives the form back where it is wrong for all of them; then nothing was done.
 */
export async function doToMany({ node, actor }: RouteCall, form: ManyForm): Promise<ManyForm | Outcome[]> {
  const input = fromForm(fieldsOf(form.act.input), withoutEmpty(form.values));
  const parsed = form.act.input.safeParse(input);
  if (!parsed.success) return { ...form, errors: issuesOf(parsed.error) };
  const outcomes: Outcome[] = [];
  for (const chosen of form.chosen) {
    const call = { node, actor, act: form.act, id: chosen.id, input, idempotencyKey: `${form.key}:${chosen.id}` };
    try {
      await perform(call);
      outcomes.push({ chosen });
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      // A field that the act itself finds wrong is wrong for every report: the form comes back before anything is done.
      if (outcomes.length === 0 && refusal.fields.length > 0) return { ...form, errors: refusal.fields };
      outcomes.push({ chosen, refusal });
    }
  }
  return outcomes;
}
