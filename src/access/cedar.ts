import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type {
  CedarValueJson,
  DetailedError,
  EntityJson,
  Expr,
  PolicyJson,
  Schema,
} from "@cedar-policy/cedar-wasm/nodejs";
import { createHash } from "node:crypto";

export type { CedarValueJson, Expr, PolicyJson };

/** The policy engine, by its version. */
export const ENGINE = `cedar ${cedar.getCedarVersion()} ${cedar.getCedarSDKVersion()}`;

/** One policy of a pack or of the core: its `@id`, its form as data, and the text that a jurist reads. */
export interface WrittenPolicy {
  /** The `@id` annotation; unique in the whole set. */
  readonly id: string;
  readonly json: PolicyJson;
  readonly text: string;
  /** Folder of the pack it stands in, or `core`. */
  readonly origin: string;
}

/** A pack or the core can't be used. `problems` are sentences; the node doesn't start. */
export class UnusablePack extends Error {
  override name = "UnusablePack";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const wordsOf = (errors: readonly DetailedError[]): string =>
  errors.map((error) => (error.help ? `${error.message} (${error.help})` : error.message)).join("; ");

/** Forms of policies by their text: packs share the core and what they extend, and to read a policy takes a millisecond. */
const forms = new Map<string, PolicyJson>();

function formOf(policy: string, origin: string): PolicyJson {
  const known = forms.get(policy);
  if (known) return known;
  const answer = cedar.policyToJson(policy);
  if (answer.type === "failure")
    throw new UnusablePack([`${origin}: a policy can't be read: ${wordsOf(answer.errors)}`]);
  forms.set(policy, answer.json);
  return answer.json;
}

/** Splits Cedar text into its policies. Throws `UnusablePack` where it isn't Cedar or a policy has no `@id`. */
export function readPolicies(text: string, origin: string): WrittenPolicy[] {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === "failure")
    throw new UnusablePack([`${origin}: the policies can't be read: ${wordsOf(parts.errors)}`]);
  if (parts.policy_templates.length > 0) throw new UnusablePack([`${origin}: policy templates aren't used here`]);
  return parts.policies.map((policy) => {
    const json = formOf(policy, origin);
    const id = json.annotations?.["id"];
    if (!id) throw new UnusablePack([`${origin}: a policy has no @id: ${policy.slice(0, 120)}`]);
    return { id, json, text: policy, origin };
  });
}

/** What the schema holds against the policies, a sentence each; empty where nothing. */
export function validatePolicies(policies: readonly WrittenPolicy[], schema: Schema): string[] {
  const origins = new Map(policies.map((policy) => [policy.id, policy.origin]));
  const answer = cedar.validate({ schema, policies: { staticPolicies: byId(policies) } });
  if (answer.type === "failure") return [`the policies can't be checked: ${wordsOf(answer.errors)}`];
  return answer.validationErrors.map(
    ({ policyId, error }) => `${origins.get(policyId) ?? "?"}: policy "${policyId}": ${wordsOf([error])}`,
  );
}

const byId = (policies: readonly WrittenPolicy[]): Record<string, PolicyJson> =>
  Object.fromEntries(policies.map((policy) => [policy.id, policy.json]));

/** A reference to an entity. */
export interface Uid {
  readonly type: string;
  readonly id: string;
}
/** Who asks to do what to which thing; attributes as Cedar values. */
interface Asked {
  readonly principal: Uid;
  readonly principalAttributes: Readonly<Record<string, CedarValueJson>>;
  readonly action: string;
  readonly resource: Uid;
  readonly resourceAttributes: Readonly<Record<string, CedarValueJson>>;
}
/** Cedar's own answer: `reason` and `errored` are policy ids. */
interface Answer {
  readonly allowed: boolean;
  readonly reason: readonly string[];
  readonly errored: readonly string[];
}

const entity = (uid: Uid, attrs: Readonly<Record<string, CedarValueJson>>): EntityJson => ({
  uid: { ...uid },
  attrs: { ...attrs },
  parents: [],
});

/** A set of policies parsed once, so that a decision only evaluates them. */
export interface Decider {
  readonly decide: (asked: Asked) => Answer;
  /** What is left of each policy when only the resource is unknown; `errored` fail whatever the resource is. */
  readonly partially: (asked: Omit<Asked, "resource" | "resourceAttributes">) => {
    readonly residuals: Readonly<Record<string, PolicyJson>>;
    readonly errored: readonly string[];
  };
}

/** Parses `policies`. The engine keeps the parsed set under a name of its own for the life of the process. */
export function decider(policies: readonly WrittenPolicy[]): Decider {
  const set = { staticPolicies: byId(policies) };
  const name = createHash("sha256").update(JSON.stringify(set)).digest("hex");
  const parsed = cedar.preparsePolicySet(name, set);
  if (parsed.type === "failure")
    throw new UnusablePack([`the policies can't be parsed together: ${wordsOf(parsed.errors)}`]);
  return {
    decide(asked) {
      const answer = cedar.statefulIsAuthorized({
        principal: { ...asked.principal },
        action: { type: "Action", id: asked.action },
        resource: { ...asked.resource },
        context: {},
        preparsedPolicySetId: name,
        entities: [
          entity(asked.principal, asked.principalAttributes),
          entity(asked.resource, asked.resourceAttributes),
        ],
      });
      if (answer.type === "failure") throw new Error(`the policy engine couldn't decide: ${wordsOf(answer.errors)}`);
      const { decision, diagnostics } = answer.response;
      const errored = diagnostics.errors.map((error) => error.policyId);
      return { allowed: decision === "allow" && errored.length === 0, reason: diagnostics.reason, errored };
    },
    partially(asked) {
      const answer = cedar.isAuthorizedPartial({
        principal: { ...asked.principal },
        action: { type: "Action", id: asked.action },
        resource: null,
        context: {},
        policies: set,
        entities: [entity(asked.principal, asked.principalAttributes)],
      });
      if (answer.type === "failure") throw new Error(`the policy engine couldn't decide: ${wordsOf(answer.errors)}`);
      return { residuals: answer.response.residuals, errored: answer.response.errored };
    },
  };
}
