import { createHash } from "node:crypto";
import type { Registry } from "../kernel/slice.ts";
import { type AttributeType, type SubjectKind, entityType } from "../kernel/subject.ts";
import { ENGINE, type PolicyJson, type WrittenPolicy, validatePolicies } from "./cedar.ts";
import { actionsOf } from "./policy.ts";
import { PRINCIPALS } from "./principal.ts";
import { readsOf } from "./reads.ts";
import { Untranslatable } from "./outcome.ts";
import { conditionOf } from "./residual.ts";

/** What a node has that policies may speak of. */
export type Vocabulary = Pick<Registry, "subjects" | "acts" | "messages" | "views" | "nodeActions">;

type CedarType =
  | { readonly type: "String" }
  | { readonly type: "Long" }
  | { readonly type: "Boolean" }
  | { readonly type: "Set"; readonly element: { readonly type: "String" } };
const cedarType = (type: AttributeType): CedarType =>
  type === "Bool" ? { type: "Boolean" } : type === "Set" ? { type: "Set", element: { type: "String" } } : { type };

/** Entity type of the node itself, for actions that concern no single thing. */
const NODE = "Node";
const attributesIn = (subject: SubjectKind): Readonly<Record<string, AttributeType>> => ({
  ...subject.attributes,
  id: "String",
});

/** Every action and the entity types that it is done to: a message may concern another kind of thing here than its act there. */
function actionsIn(node: Vocabulary): Map<string, Set<string>> {
  const actions = new Map<string, Set<string>>();
  const add = (action: string, type: string) => actions.set(action, (actions.get(action) ?? new Set()).add(type));
  for (const subject of node.subjects.values()) add(`${subject.name}.read`, entityType(subject.name));
  for (const act of node.acts.values()) add(act.name, entityType(act.subject.name));
  for (const message of node.messages.values()) add(message.act, entityType(message.subject.name));
  for (const action of node.nodeActions) add(action, NODE);
  for (const { gate } of node.views.values()) if (gate !== undefined) add(gate, NODE);
  return actions;
}

/**
 * The Cedar schema of a node. Attributes of things are optional, as a null column is an absent attribute: the validator
 * then demands a `has` before each use, so a policy that has passed can't fail on a row.
 */
function schemaOf(node: Vocabulary) {
  const things = [...node.subjects.values()].map((subject) => [
    entityType(subject.name),
    {
      shape: {
        type: "Record" as const,
        attributes: Object.fromEntries(
          Object.entries(attributesIn(subject)).map(([name, type]) => [
            name,
            { ...cedarType(type), required: name === "id" },
          ]),
        ),
      },
    },
  ]);
  const principals = Object.entries(PRINCIPALS).map(([name, attributes]) => [
    name,
    {
      shape: {
        type: "Record" as const,
        attributes: Object.fromEntries(
          Object.entries(attributes).map(([attribute, type]) => [attribute, { ...cedarType(type), required: true }]),
        ),
      },
    },
  ]);
  const actions = [...actionsIn(node)].map(([name, resource]) => [
    name,
    {
      appliesTo: {
        principalTypes: Object.keys(PRINCIPALS),
        resourceTypes: [...resource],
        context: { type: "Record" as const, attributes: {} },
      },
    },
  ]);
  return {
    "": {
      entityTypes: Object.fromEntries([
        ...things,
        ...principals,
        [NODE, { shape: { type: "Record" as const, attributes: {} } }],
      ]),
      actions: Object.fromEntries(actions),
    },
  };
}

/** Raised when more is checked than before: what passed the old checks then has to pass the new ones. */
const CHECKS = 1;

/** Stands for these policies on a node with this vocabulary, under these checks and this engine: what it passed once it passes again. */
export const checkDigest = (policies: readonly WrittenPolicy[], node: Vocabulary): string =>
  createHash("sha256")
    .update(JSON.stringify([CHECKS, ENGINE, policies, schemaOf(node)]))
    .digest("hex");

/** What is wrong with policies on a node with this vocabulary, a sentence each; empty where nothing is. */
export function problemsOf(policies: readonly WrittenPolicy[], node: Vocabulary): string[] {
  return [
    ...validatePolicies(policies, schemaOf(node)),
    ...policies.flatMap((policy) => [...strayAttributes(policy, node), ...untranslatable(policy, node)]),
  ];
}

/** Attributes that no thing in the policy's reach has: guarded by `has` they would pass every check and never apply. */
function strayAttributes({ id, json, origin }: WrittenPolicy, node: Vocabulary): string[] {
  const reached = reachOf(json, node);
  return [...readsOf([json], "resource").attributes]
    .filter((name) => !reached.some((subject) => attributesIn(subject)[name] !== undefined))
    .map(
      (name) =>
        `${origin}: policy "${id}": no ${reached.map((subject) => subject.name).join(" or ") || "thing"} has the attribute "${name}"`,
    );
}

function reachOf(json: PolicyJson, node: Vocabulary): SubjectKind[] {
  const actions = actionsIn(node);
  const named = actionsOf(json);
  const types = (named ?? [...actions.keys()]).flatMap((action) => [...(actions.get(action) ?? [])]);
  const only = json.resource.op === "is" ? json.resource.entity_type : undefined;
  return [...node.subjects.values()].filter((subject) => {
    const type = entityType(subject.name);
    return types.includes(type) && (only === undefined || only === type);
  });
}

/** Tries the translation that list filters need, with a reader who knows nothing: what can't be translated shows itself. */
function untranslatable({ id, json, origin }: WrittenPolicy, node: Vocabulary): string[] {
  try {
    for (const subject of reachOf(json, node)) {
      const rows = { type: entityType(subject.name), attributes: attributesIn(subject), alias: subject.table };
      conditionOf(json, rows, {
        principal: { type: "Public", id: "public" },
        principalAttributes: {},
        action: { type: "Action", id: `${subject.name}.read` },
      });
    }
    return [];
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return [
      `${origin}: policy "${id}" can't be applied to lists: it uses ${error.message}; say it with ==, has, contains, <, &&, ||, ! or if`,
    ];
  }
}
