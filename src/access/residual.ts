import { type SqlBool, sql } from "kysely";
import type { CedarValueJson, Expr, PolicyJson, Uid } from "./cedar.ts";
import { NO, YES, constant, test } from "./condition.ts";
import {
  type Outcome, type Rows, type Truth, type Value, Untranslatable, always, attributeOf, both, choice, computed, decided, either, equal,
  fromTruth, hasAttribute, holding, inverse, literal, mistaken, ordered, pairwise, sameEntity, sqlOf, truthOf, typeOf, uidOf, valueOf,
} from "./outcome.ts"; // prettier-ignore

/** What is known beside the row. */
export interface Known {
  readonly principal: Uid;
  readonly principalAttributes: Readonly<Record<string, CedarValueJson>>;
  readonly action: Uid;
}

/** What one residual policy says of a row: applies, doesn't, or fails. @source Cedar policy language, "when" and "unless" */
export function conditionOf(policy: PolicyJson, rows: Rows, known: Known): Truth {
  const body = translator(rows, known);
  let truth: Truth = { yes: YES, no: NO, error: NO };
  for (const { kind, body: expression } of policy.conditions) {
    const part = truthOf(body(expression), rows);
    truth = both(truth, kind === "when" ? part : inverse(part));
  }
  return truth;
}

/** Cedar's wildcard pattern as a LIKE pattern. */
const likePattern = (pattern: readonly ("Wildcard" | { readonly Literal: string })[]): string =>
  pattern.map((part) => (part === "Wildcard" ? "%" : part.Literal.replaceAll(/[\\%_]/g, "\\$&"))).join("");

/** Translates one expression of Cedar's JSON form. @source Cedar policy language, JSON policy format, "JsonExpr objects" */
function translator(rows: Rows, known: Known): (expression: Expr) => Outcome {
  const truth = (expression: Expr): Truth => truthOf(go(expression), rows);
  const unequal = (left: Value, right: Value): Truth => inverse(equal(rows)(left, right));

  function go(expression: Expr): Outcome {
    const [operator, operand] = Object.entries(expression)[0] ?? ["", undefined];
    const of = operand as never as {
      left: Expr;
      right: Expr;
      arg: Expr;
      attr: unknown;
      if: Expr;
      then: Expr;
      else: Expr;
    };
    switch (operator) {
      case "Value":
        return always(valueOf(operand as CedarValueJson));
      case "Var":
        return variable(String(operand));
      case "unknown":
        return always({ kind: "row" });
      case "Set":
        return set(operand as unknown as Expr[]);
      case "!":
        return fromTruth(inverse(truth(of.arg)));
      case "&&":
        return fromTruth(both(truth(of.left), truth(of.right)));
      case "||":
        return fromTruth(either(truth(of.left), truth(of.right)));
      case "==":
        return pairwise(go(of.left), go(of.right), equal(rows));
      case "!=":
        return pairwise(go(of.left), go(of.right), unequal);
      case "<":
      case "<=":
      case ">":
      case ">=":
        return pairwise(go(of.left), go(of.right), ordered(operator, rows));
      case "+":
      case "-":
      case "*":
        return computed(operator, go(of.left), go(of.right), rows);
      case "neg":
        return computed("-", always(literal(0)), go(of.arg), rows);
      case "contains":
      case "containsAll":
      case "containsAny":
        return pairwise(go(of.left), go(of.right), holding(operator, rows));
      case ".":
        return attributeOf(go(of.left), String(of.attr), rows);
      case "has":
        return hasAttribute(go(of.left), onlyName(of.attr), rows);
      case "in":
        return pairwise(go(of.left), go(of.right), within);
      case "is":
        return ofType(operand as never);
      case "like":
        return alike(operand as never);
      case "isEmpty":
        return pairwise(go(of.arg), always(literal([])), (value) =>
          typeOf(value) === "Set" ? decided(test(sql<SqlBool>`cardinality(${sqlOf(value, rows)}) = 0`)) : mistaken,
        );
      case "if-then-else":
        return choice(truth(of.if), go(of.then), go(of.else));
      default:
        throw new Untranslatable(`the operator "${operator}"`);
    }
  }

  function variable(name: string): Outcome {
    if (name === "resource") return always({ kind: "row" });
    if (name === "context") return always({ kind: "record", attributes: {} });
    if (name === "action") return always({ kind: "record", attributes: {}, uid: known.action });
    return always({ kind: "record", attributes: known.principalAttributes, uid: known.principal });
  }
  function set(elements: readonly Expr[]): Outcome {
    const values = elements.map((element) => ("Value" in element ? element.Value : undefined));
    if (values.every((value) => typeof value === "string")) return always(literal(values));
    throw new Untranslatable("a set of other things than strings");
  }
  function within(left: Value, right: Value): Truth {
    if (typeOf(left) !== "Entity" || typeOf(right) !== "Entity") return mistaken;
    return decided(sameEntity(left, right, rows));
  }
  function ofType({ left, entity_type: type, in: parent }: { left: Expr; entity_type: string; in?: Expr }): Outcome {
    if (parent) throw new Untranslatable('"is … in"');
    return pairwise(go(left), always(literal(true)), (value) => {
      if (typeOf(value) !== "Entity") return mistaken;
      return decided(constant((value.kind === "row" ? rows.type : uidOf(value)?.type) === type));
    });
  }
  function alike({ left, pattern }: { left: Expr; pattern: readonly ("Wildcard" | { Literal: string })[] }): Outcome {
    return pairwise(go(left), always(literal(likePattern(pattern))), (value, like) =>
      typeOf(value) === "String"
        ? decided(test(sql<SqlBool>`${sqlOf(value, rows)} like ${sqlOf(like, rows)}`))
        : mistaken,
    );
  }
  return go;
}

function onlyName(attribute: unknown): string {
  if (typeof attribute === "string") return attribute;
  if (Array.isArray(attribute) && attribute.length === 1 && typeof attribute[0] === "string") return attribute[0];
  throw new Untranslatable('"has" with a path');
}
