import { z } from "zod";
import type { AnyAct } from "./act.ts";
import type { Registry } from "./slice.ts";
import type { AnyView } from "./view.ts";

const json = (schema: unknown) => ({ content: { "application/json": { schema } } });
const PROBLEM = { $ref: "#/components/schemas/Problem" };
const DONE = { $ref: "#/components/schemas/Done" };
const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: PROBLEM } },
});
const REFUSALS = {
  401: problem("Not signed in"),
  403: problem("Refused by policy, or presence to be proved"),
  404: problem("Not there, or not for this reader"),
  409: problem("Wrong state, or a conflict"),
  422: problem("Something in the input is wrong"),
};

/** Path of an act's JSON route, with `:id`. */
export function actPath(act: AnyAct): string {
  if (!act.creates) return `/api/v1/${act.subject.plural}/:id/${act.verb}`;
  return act.creates.under
    ? `/api/v1/${act.creates.under.plural}/:id/${act.subject.plural}`
    : `/api/v1/${act.subject.plural}`;
}

const template = (path: string) => path.replaceAll(/:(\w+)/g, "{$1}");
const parameters = (path: string) =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    ...(name === "id" ? { description: "The id; or its number, of a thing that has one (XA-2026-000001)" } : {}),
    schema: { type: "string" },
  }));

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Record<
    string,
    unknown
  >;
  return rest;
}

function actOperation(act: AnyAct): Record<string, unknown> {
  const sources = [act.step?.source, ...(act.basis ?? [])].filter((source) => source !== undefined);
  return {
    operationId: act.name,
    tags: [act.subject.plural],
    ...(sources.length > 0 ? { description: `Basis: ${sources.join("; ")}` } : {}),
    parameters: [
      ...parameters(actPath(act)),
      {
        name: "Idempotency-Key",
        in: "header",
        required: false,
        schema: { type: "string", minLength: 1, maxLength: 255 },
      },
    ],
    requestBody: json(schemaOf(act.input)),
    responses: { [act.creates ? 201 : 200]: { description: "Done, durably", ...json(DONE) }, ...REFUSALS },
  };
}

function viewOperation(view: AnyView, path: string): Record<string, unknown> {
  const schema = schemaOf(view.input) as { properties?: Record<string, unknown>; required?: string[] };
  const inPath = new Set(parameters(path).map(({ name }) => name));
  const query = Object.entries(schema.properties ?? {}).filter(([name]) => !inPath.has(name));
  return {
    operationId: view.name,
    ...(view.subject ? { tags: [view.subject.plural] } : {}),
    parameters: [
      ...parameters(path),
      ...query.map(([name, each]) => ({
        name,
        in: "query",
        required: schema.required?.includes(name) ?? false,
        schema: each,
      })),
    ],
    responses: { 200: { description: "What this reader may see" }, ...REFUSALS },
  };
}

/** The OpenAPI 3.1 description of one role, made from the same definitions that serve it. */
export function openApi(registry: Registry, role: "portal" | "desk" | "gateway"): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const add = (path: string, method: string, operation: Record<string, unknown>) => {
    paths[template(path)] = { ...paths[template(path)], [method]: operation };
  };
  for (const act of registry.acts.values())
    if ((act.audience ?? "desk") === role) add(actPath(act), "post", actOperation(act));
  for (const view of registry.views.values())
    if (view.path && (view.role ?? "desk") === role) add(`/api/v1${view.path}`, "get", viewOperation(view, view.path));
  for (const route of registry.slices.flatMap((slice) => slice.routes ?? []))
    if (route.role === role && route.summary)
      add(route.path, route.method.toLowerCase(), {
        summary: route.summary,
        parameters: parameters(route.path),
        responses: { default: { description: "See the summary" } },
      });
  return {
    openapi: "3.1.0",
    info: { title: `Comity ${role}`, version: "1" },
    security: role === "desk" ? [{ token: [] }] : [],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: {
        Done: {
          type: "object",
          required: ["id", "entry"],
          properties: {
            id: { type: "string", format: "uuid" },
            state: { type: "string" },
            entry: { type: "object", properties: { id: { type: "string" }, digest: { type: "string" } } },
          },
        },
        Problem: {
          type: "object",
          required: ["type", "title", "status"],
          properties: {
            type: { type: "string" },
            title: { type: "string" },
            status: { type: "integer" },
            detail: { type: "string" },
            errors: {
              type: "array",
              items: { type: "object", properties: { path: { type: "string" }, message: { type: "string" } } },
            },
            policies: { type: "array", items: { type: "string" } },
          },
        },
      },
    },
  };
}
