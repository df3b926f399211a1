import type { z } from "zod";
import type { FieldError } from "./errors.ts";

/**
 * What zod found, as message keys: `field-required`, `field-too-short` … with the bound as value. A schema of ours names its own key
 * with `.refine(…, "necessity-same-as-facts")`: any message that is a key of ours (no blank in it) is taken as it is.
 */
export function issuesOf(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    const found = describe(issue as Issue);
    return { path, key: found.key, ...(found.values ? { values: found.values } : {}) };
  });
}
type Issue = z.core.$ZodIssue & { readonly input?: unknown };

function describe(issue: Issue): { key: string; values?: Record<string, string | number> } {
  if (/^[a-z][a-z0-9-]*$/.test(issue.message)) return { key: issue.message };
  switch (issue.code) {
    case "invalid_type":
      return issue.message.includes("received undefined")
        ? { key: "field-required" }
        : { key: "field-type", values: { expected: issue.expected } };
    case "too_small":
      if (issue.origin === "string" && Number(issue.minimum) === 1) return { key: "field-required" };
      return {
        key:
          issue.origin === "string"
            ? "field-too-short"
            : issue.origin === "array"
              ? "field-too-few"
              : "field-too-small",
        values: { minimum: Number(issue.minimum) },
      };
    case "too_big":
      return {
        key:
          issue.origin === "string" ? "field-too-long" : issue.origin === "array" ? "field-too-many" : "field-too-big",
        values: { maximum: Number(issue.maximum) },
      };
    case "invalid_format":
      return { key: "field-format", values: { format: issue.format } };
    case "invalid_value":
      return { key: "field-choice", values: { choices: issue.values.map(String).join(", ") } };
    case "unrecognized_keys":
      return { key: "field-unknown", values: { names: issue.keys.join(", ").slice(0, 200) } };
    case "invalid_union":
    case "invalid_key":
    case "invalid_element":
    case "not_multiple_of":
    case "custom":
      return { key: "field-wrong" };
  }
}
