import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { thorough } from "./thorough.ts";
import { startWorld, type RunningWorld } from "./world.ts";

interface Operation {
  readonly url: string;
  readonly method: string;
  readonly body: Schema | undefined;
  readonly query: readonly string[];
}
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}
type Description = {
  paths: Record<
    string,
    Record<
      string,
      { requestBody?: { content: Record<string, { schema: Schema }> }; parameters?: { name: string; in: string }[] }
    >
  >;
};

const HOSTILE = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "a".repeat(70_000),
  "<script>alert(1)</script>",
  "' or 1=1 --",
  "../../../etc/passwd",
  "{{7*7}}",
  "\u202egnp.exe",
  "٣٤٥",
  "-1",
  "9".repeat(400),
  "1e400",
  "2026-02-30",
  "2026-13-01T25:61:00Z",
  "null",
  "__proto__",
  "%00",
  "\r\nSet-Cookie: a=b",
  "🦊".repeat(300),
  "NaN",
  crypto.randomUUID(),
];

let at: RunningWorld;
beforeAll(async () => {
  at = await startWorld();
});
afterAll(async () => {
  await at.stop();
  at.remove();
});

/** Values near what a schema asks for, and far from it. */
function near(schema: Schema | undefined, depth = 0): fc.Arbitrary<unknown> {
  const far: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant([]),
    fc.constant({}),
    fc.jsonValue({ maxDepth: 3 }),
  );
  if (!schema || depth > 4) return far;
  const fitting = (): fc.Arbitrary<unknown> => {
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => near(each, depth + 1)));
    if (schema.type === "string")
      return fc.oneof(
        fc.lorem({ maxCount: 40 }),
        fc.constantFrom(...HOSTILE),
        fc.constantFrom("2026-12-01", "XB", "P29"),
      );
    if (schema.type === "integer" || schema.type === "number") return fc.oneof(fc.integer(), fc.double());
    if (schema.type === "boolean") return fc.boolean();
    if (schema.type === "array") return fc.array(near(schema.items, depth + 1), { maxLength: 3 });
    if (schema.type === "object")
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, each]) => [name, near(each, depth + 1)]),
        ),
        { requiredKeys: [] },
      );
    return far;
  };
  return fc.oneof({ weight: 5, arbitrary: fitting() }, { weight: 1, arbitrary: far });
}

async function operations(base: string): Promise<Operation[]> {
  const { paths } = (await (await fetch(`${base}/api/v1/openapi.json`)).json()) as Description;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody, parameters = [] }]) => ({
      url: base + path,
      method: method.toUpperCase(),
      body: requestBody?.content["application/json"]?.schema,
      query: parameters.filter((each) => each.in === "query").map(({ name }) => name),
    })),
  );
}

const ids = fc.oneof(
  fc.uuid(),
  fc.constantFrom(...HOSTILE.filter((text) => text.length > 0 && text.length < 500 && text.isWellFormed())),
);

/** Sends `times` calls to each operation, with and without a token; gives what was answered with a 5xx. */
async function attack(
  all: readonly Operation[],
  tokens: readonly (string | undefined)[],
  times: number,
): Promise<string[]> {
  const broken: string[] = [];
  const call = async (
    operation: Operation,
    token: string | undefined,
    id: string,
    body: unknown,
    query: readonly string[],
  ) => {
    const search = new URLSearchParams(
      operation.query.map((name, index): [string, string] => [name, (query[index] ?? "").toWellFormed()]),
    );
    const url = `${operation.url.replaceAll(/\{\w+\}/g, encodeURIComponent(id))}${search.size > 0 ? `?${search}` : ""}`;
    const answer = await fetch(url, {
      method: operation.method,
      headers: {
        ...(token === undefined ? {} : { authorization: token }),
        "content-type": "application/json",
        "tus-resumable": "1.0.0",
      },
      ...(operation.method === "GET" || operation.method === "HEAD" ? {} : { body: JSON.stringify(body) ?? "" }),
      signal: AbortSignal.timeout(20_000),
    });
    await answer.arrayBuffer();
    if (answer.status >= 500)
      broken.push(`${answer.status} ${operation.method} ${url} ${JSON.stringify(body)?.slice(0, 300)}`);
  };
  for (const operation of all) {
    const hostile = fc.tuple(ids, near(operation.body), fc.array(fc.constantFrom(...HOSTILE), { maxLength: 4 }));
    const samples = fc.sample(hostile, times * tokens.length);
    await Promise.all(
      samples.map(([id, body, query], n) => call(operation, tokens[n % tokens.length], id, body, query)),
    );
  }
  return broken;
}

test(
  "nothing that anybody can send to the desk of a state gives a 5xx, whatever the role",
  async () => {
    const { desk, accounts } = at.node("XA");
    const all = await operations(desk);
    expect(all.length).toBeGreaterThan(30);
    expect(
      await attack(
        all,
        [undefined, "Bearer nonsense", ...accounts.map(({ token }) => `Bearer ${token}`)],
        thorough(1, 20),
      ),
    ).toEqual([]);
  },
  thorough(240_000, 3_600_000),
);

test(
  "nor to the desk of a provider, the portal, or the gateway",
  async () => {
    const { desk, accounts } = at.node("XP");
    expect(
      await attack(
        await operations(desk),
        [undefined, ...accounts.map(({ token }) => `Bearer ${token}`)],
        thorough(1, 20),
      ),
    ).toEqual([]);
    const portal = await operations(at.node("XA").portal);
    expect(portal.length).toBeGreaterThan(3);
    expect(
      await attack(
        portal,
        [undefined, "Receipt 0000 0000 0000 0000", `Receipt ${"9".repeat(5_000)}`],
        thorough(10, 100),
      ),
    ).toEqual([]);
    const envelope = {
      url: `${at.node("XA").gateway}/exchange/v1/envelopes`,
      method: "POST",
      body: undefined,
      query: [],
    };
    expect(await attack([envelope], [undefined], thorough(40, 400))).toEqual([]);
  },
  thorough(240_000, 3_600_000),
);
