import type { PolicyJson } from "./cedar.ts";

/** What policies read of one variable: which attributes, and whether they look at which entity it is. */
export interface Reads {
  readonly attributes: ReadonlySet<string>;
  /** True where the entity itself is compared, not only its type or attributes. */
  readonly identity: boolean;
}

/** What the policies can tell apart about `principal` or `resource`; all else can't change a decision. */
export function readsOf(policies: readonly PolicyJson[], variable: "principal" | "resource"): Reads {
  const attributes = new Set<string>();
  let identity = policies.some(
    (policy) => policy[variable].op === "==" || policy[variable].op === "in" || "in" in policy[variable],
  );
  const isVariable = (value: unknown): boolean =>
    typeof value === "object" && value !== null && "Var" in value && value.Var === variable;
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) return value.forEach(visit);
    if (isVariable(value)) identity = true;
    for (const [operator, operand] of Object.entries(value)) {
      const of =
        typeof operand === "object" && operand !== null
          ? (operand as { left?: unknown; attr?: unknown; in?: unknown })
          : {};
      if ((operator === "." || operator === "has") && isVariable(of.left)) {
        for (const name of [of.attr].flat()) attributes.add(String(name));
      } else if (operator === "is" && isVariable(of.left)) visit(of.in);
      else visit(operand);
    }
  };
  for (const policy of policies) visit(policy.conditions);
  return { attributes, identity };
}
