import { createHash } from "node:crypto";
import type { Decided, Decision, Policy, Question } from "../kernel/policy.ts";
import { type SubjectKind, attributesOf, entityType } from "../kernel/subject.ts";
import { type CedarValueJson, type Decider, UnusablePack, type WrittenPolicy, decider } from "./cedar.ts";
import { type Condition, NO, alternatives, and, not, or, toSql } from "./condition.ts";
import { type Principal, principalOf } from "./principal.ts";
import { type Reads, readsOf } from "./reads.ts";
import { type Rows, Untranslatable } from "./outcome.ts";
import { conditionOf } from "./residual.ts";

/** What a policy says of itself, so that a page can answer "why" with the provision and its text. */
interface PolicyNote {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** Provision that it rests on, as the pack gives it. */
  readonly source?: string;
  /** Message key, shown to whom it refuses. */
  readonly reason?: string;
  readonly origin: string;
  readonly text: string;
}

/** The kernel's policy, and what there is to read in it. */
export interface CountryPolicy extends Policy {
  /** Every policy by id. */
  readonly notes: ReadonlyMap<string, PolicyNote>;
  /** Decides again from recorded facts, on the day of `at`. */
  readonly redecide: (facts: Decided, action: string, at: Temporal.Instant) => Pick<Decision, "allowed" | "policies">;
}

/** Decisions and filters remembered; beyond it the oldest is forgotten. */
const REMEMBERED_MAX = 4_000;
const MINUTE_MS = 60_000;

/**
 * One decider out of the core's policies (which only forbid) and the packs' (which permit and forbid).
 *
 * No permit, any forbid or any error in evaluating is a refusal. A policy with `@from` or `@until` counts from and to that
 * day, as days run in `zone`. Throws `UnusablePack` where two policies share an id, or the core permits.
 */
export function policyOf(policies: readonly WrittenPolicy[], node: string, zone = "UTC"): CountryPolicy {
  const notes = notesOf(policies);
  const pack = createHash("sha256")
    .update(JSON.stringify([...policies].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, text }) => [id, text])))
    .digest("hex");
  const deciders = new Map<string, Sliced>();
  // Only policies whose scope can match are evaluated: the others would be false, and cost time on every decision.
  const deciderFor = (day: string, principal: string, action: string, resource: string): Sliced => {
    const key = JSON.stringify([day, principal, action, resource]);
    const known = deciders.get(key);
    if (known) return known;
    const chosen = policies.filter((policy) => isInForce(policy, day) && canMatch(policy, principal, action, resource));
    const json = chosen.map((policy) => policy.json);
    const made = {
      decider: decider(chosen),
      ofPrincipal: readsOf(json, "principal"),
      ofResource: readsOf(json, "resource"),
    };
    deciders.set(key, made);
    return made;
  };
  // The first day of the text now in force stands for all its days: nothing changes between two days that the policies name.
  const changes = changesIn(policies);
  let last = { minute: Number.NaN, day: "" };
  const dayOf = (now: Temporal.Instant): string => {
    // Days begin at whole minutes everywhere.
    const minute = Math.floor(now.epochMilliseconds / MINUTE_MS);
    if (minute !== last.minute) {
      const today = now.toZonedDateTimeISO(zone).toPlainDate().toString();
      last = { minute, day: changes.findLast((day) => day <= today) ?? "" };
    }
    return last.day;
  };
  const decisions = new Map<string, Decision>();
  const filters = new Map<string, Condition>();

  function decide({ actor, action, subject, id, row, now }: Question): Decision {
    const principal = principalOf(actor, node, now);
    const type = entityType(subject.name);
    const day = dayOf(now);
    const sliced = deciderFor(day, principal.uid.type, action, type);
    // Only what these policies can tell apart is asked, so that questions alike have one answer, computed once.
    const facts = {
      principal: { type: principal.uid.type, id: sliced.ofPrincipal.identity ? principal.uid.id : "" },
      principalAttributes: only(principal.attributes, sliced.ofPrincipal),
      resource: { type, id: sliced.ofResource.identity ? id : "" },
      resourceAttributes: only({ ...checked(subject, attributesOf(subject, row)), id }, sliced.ofResource),
    };
    return remembered(decisions, JSON.stringify([day, action, facts]), () => {
      const answer = sliced.decider.decide({ ...facts, action });
      if (answer.errored.length > 0)
        return { allowed: false, policies: answer.errored, pack, reason: "policy-error", facts };
      const reason = answer.allowed
        ? undefined
        : answer.reason.map((one) => notes.get(one)?.reason).find((one) => one !== undefined);
      return { allowed: answer.allowed, policies: answer.reason, pack, ...(reason ? { reason } : {}), facts };
    });
  }

  function redecide(facts: Decided, action: string, at: Temporal.Instant) {
    const { decider: by } = deciderFor(dayOf(at), facts.principal.type, action, facts.resource.type);
    const answer = by.decide({
      principal: facts.principal,
      principalAttributes: facts.principalAttributes as Record<string, CedarValueJson>,
      action,
      resource: facts.resource,
      resourceAttributes: facts.resourceAttributes as Record<string, CedarValueJson>,
    });
    return answer.errored.length > 0
      ? { allowed: false, policies: answer.errored }
      : { allowed: answer.allowed, policies: answer.reason };
  }

  function conditionFor({ actor, action, subject, now, alias = subject.table }: Asking): Condition {
    const principal = principalOf(actor, node, now);
    const rows: Rows = { type: entityType(subject.name), attributes: { ...subject.attributes, id: "String" }, alias };
    const day = dayOf(now);
    const sliced = deciderFor(day, principal.uid.type, action, rows.type);
    // As for a decision: readers whom these policies can't tell apart have one filter.
    const reader = {
      uid: { type: principal.uid.type, id: sliced.ofPrincipal.identity ? principal.uid.id : "" },
      attributes: only(principal.attributes, sliced.ofPrincipal),
    };
    return remembered(filters, JSON.stringify([day, reader, action, rows.type, alias]), () =>
      filterCondition(sliced.decider, reader, action, rows),
    );
  }
  const filter = (asking: Asking) => toSql(conditionFor(asking), asking.alias ?? asking.subject.table);
  const filterParts = (asking: Asking) =>
    alternativesOf(conditionFor(asking)).map((part) => toSql(part, asking.alias ?? asking.subject.table));
  const possible = (asking: Asking) => {
    const condition = conditionFor(asking);
    return condition.kind !== "constant" || condition.value;
  };
  return { pack, notes, decide, redecide, filter, filterParts, possible };
}

/** Alternatives of conditions that are remembered, found once for each. */
const divided = new WeakMap<Condition, readonly Condition[]>();
function alternativesOf(condition: Condition): readonly Condition[] {
  const known = divided.get(condition) ?? alternatives(condition);
  divided.set(condition, known);
  return known;
}

type Asking = Parameters<Policy["filter"]>[0];

/** The policies that can concern one kind of question, and what they look at. */
interface Sliced {
  readonly decider: Decider;
  readonly ofPrincipal: Reads;
  readonly ofResource: Reads;
}

const only = (
  attributes: Readonly<Record<string, CedarValueJson>>,
  { attributes: read }: Reads,
): Record<string, CedarValueJson> => Object.fromEntries(Object.entries(attributes).filter(([name]) => read.has(name)));

/** True of exactly the rows for which a single decision would allow. */
function filterCondition(by: Decider, principal: Principal, action: string, rows: Rows): Condition {
  const known = {
    principal: principal.uid,
    principalAttributes: principal.attributes,
    action: { type: "Action", id: action },
  };
  const { residuals, errored } = by.partially({
    principal: principal.uid,
    principalAttributes: principal.attributes,
    action,
  });
  if (errored.length > 0) return NO;
  const permits: Condition[] = [];
  const obstacles: Condition[] = [];
  try {
    for (const policy of Object.values(residuals)) {
      const { yes, error } = conditionOf(policy, rows, known);
      (policy.effect === "permit" ? permits : obstacles).push(yes);
      obstacles.push(error);
    }
  } catch (error) {
    // `problemsOf` finds these when the node starts; what slips through it shows nothing rather than everything.
    if (error instanceof Untranslatable) return NO;
    throw error;
  }
  return and(not(or(...obstacles)), or(...permits));
}

function remembered<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (memory.size >= REMEMBERED_MAX) {
    const [oldest] = memory.keys();
    if (oldest !== undefined) memory.delete(oldest);
  }
  memory.set(key, made);
  return made;
}

function notesOf(policies: readonly WrittenPolicy[]): Map<string, PolicyNote> {
  const notes = new Map<string, PolicyNote>();
  const problems: string[] = [];
  for (const { id, json, origin, text } of policies) {
    const first = notes.get(id);
    if (first) problems.push(`${origin}: policy "${id}" stands in ${first.origin} too; give one of them another @id`);
    if (origin === "core" && json.effect === "permit")
      problems.push(`core: policy "${id}" permits; the core only forbids`);
    const { source, reason, from, until } = json.annotations ?? {};
    for (const day of [from, until])
      if (day !== undefined && !isDay(day))
        problems.push(`${origin}: policy "${id}": ${day} is no day; write 2026-01-31`);
    notes.set(id, {
      id,
      effect: json.effect,
      origin,
      text,
      ...(source ? { source } : {}),
      ...(reason ? { reason } : {}),
    });
  }
  if (problems.length > 0) throw new UnusablePack(problems);
  return notes;
}

function isDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

/** Days on which the set of policies in force changes, in order. */
function changesIn(policies: readonly WrittenPolicy[]): string[] {
  const days = policies.flatMap(({ json: { annotations } }) => {
    const until = annotations?.["until"];
    return [
      annotations?.["from"],
      until === undefined ? undefined : Temporal.PlainDate.from(until).add({ days: 1 }).toString(),
    ];
  });
  return days.filter((day) => day !== undefined).sort();
}

/** True from the first to the last day that the policy names, both included. */
function isInForce({ json: { annotations } }: WrittenPolicy, day: string): boolean {
  const { from = "", until = "9999-12-31" } = annotations ?? {};
  return from <= day && day <= until;
}

/** False where the policy's scope alone rules it out. */
function canMatch({ json }: WrittenPolicy, principal: string, action: string, resource: string): boolean {
  const ofType = (constraint: typeof json.principal | typeof json.resource, type: string): boolean =>
    constraint.op !== "is" || constraint.entity_type === type;
  return (
    ofType(json.principal, principal) && ofType(json.resource, resource) && actionsOf(json)?.includes(action) !== false
  );
}

/** The actions that a policy's scope names; `undefined` where it names none and means all. */
export function actionsOf(json: WrittenPolicy["json"]): readonly string[] | undefined {
  if (json.action.op === "All") return undefined;
  const named = "entities" in json.action ? json.action.entities : "entity" in json.action ? [json.action.entity] : [];
  return named.map((uid) => ("__entity" in uid ? uid.__entity.id : uid.id));
}

/** A row's attributes as Cedar values. A column of another type than its subject declares is a bug of the slice. */
function checked(subject: SubjectKind, attributes: Readonly<Record<string, unknown>>): Record<string, CedarValueJson> {
  const values: Record<string, CedarValueJson> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const type = subject.attributes[name];
    if (type === "String" && typeof value === "string") values[name] = value;
    else if (type === "Bool" && typeof value === "boolean") values[name] = value;
    else if (type === "Long" && typeof value === "number" && Number.isSafeInteger(value)) values[name] = value;
    else if (type === "Set" && Array.isArray(value)) values[name] = value.filter((one) => typeof one === "string");
    else throw new TypeError(`${subject.name}.${name} is declared ${type ?? "nowhere"} and holds ${typeof value}`);
  }
  return values;
}
