import { createSecretKey, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asJson, type Json, type JsonObject } from "../kernel/json.ts";
import { thorough } from "../../test/thorough.ts";
import { DICTIONARIES } from "./dictionary.ts";
import { demandVersion, readHeader, readJson, readMessage, requestOf } from "./message.ts";
import { taskOf } from "./order.ts";
import { CARRIED, updatesOf } from "./order-updates.ts";
import { ed25519, heading, MAPPED, message, orders, thrown } from "./orders.fixture.ts";
import { dictionaries, ETSI, example, examples, schemaVerdict } from "./schemas.fixture.ts";
import { demandSigned, signMessage } from "./signature.ts";

describe.skipIf(!existsSync(ETSI))("held against the public schemas, v1.23.1", () => {
  const verdict = schemaVerdict();

  test("dictionaries are those of the standard", () => {
    const theirs = dictionaries();
    for (const [name, values] of Object.entries(DICTIONARIES)) expect(values, name).toEqual(theirs[name]);
  });

  test("every order that leaves is one by the schemas", () => {
    fc.assert(
      fc.property(orders, (order) => {
        expect(verdict(JSON.parse(signMessage(message(order), ed25519.privateKey, "k")))).toBeNull();
      }),
      { numRuns: thorough(40, 1_000) },
    );
  });

  test("every act that a message carries after the request is one by the schemas; what has no word there is none", () => {
    const body = {
      text: "The one named first.",
      reasons: "Nothing is left of it.",
      by: "S. Okello",
      office: "Court",
      until: "2026-12-24",
    };
    const keptUntil = Temporal.Instant.from("2027-02-01T00:00:00.5Z");
    for (const act of CARRIED)
      for (const measure of MAPPED)
        for (const decision of ["confirmed", "refused"])
          for (const state of ["delivered", "withdrawn"]) {
            const change = {
              act,
              body: { ...body, decision },
              request: { id: randomUUID(), measure, state },
              keptUntil,
            };
            const objects = updatesOf(change);
            if (objects === undefined) expect([act, taskOf(measure)]).toEqual(["request.extend", "LDTask"]);
            else
              expect(
                verdict(
                  requestOf(
                    heading,
                    objects.map((object) => asJson({ UPDATE: { HI1Object: object } })),
                  ),
                ),
              ).toBeNull();
          }
    const request = { id: randomUUID(), measure: "O18b", state: "delivered" } as const;
    for (const act of ["request.close", "request.amend", "request.call"])
      expect(updatesOf({ act, body, request, keptUntil })).toBeUndefined();
  });

  test.each(examples())("%s is read, by them and here, and read back the same", (name) => {
    const json = readJson(example(name));
    const read = readMessage(json);
    // The example whose action has no identifier of its own schema's is judged as the schemas judge it.
    expect(verdict(json)).toBeNull();
    expect(JSON.parse(JSON.stringify(read))).toEqual(json);
    demandVersion(readHeader(json));
  });

  test("what is changed at one place is refused by them and here alike", () => {
    const sources = [
      ...examples().map((name) => JSON.parse(example(name)) as Json),
      ...fc.sample(orders, 3).map((each) => message(each) as Json),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.nat(),
        fc.constantFrom("drop", "null", "number", "text", "extra", "list"),
        (source, place, how) => {
          const changed = changedAt(source, place, how);
          const theirs = verdict(changed);
          let ours: string | null = null;
          try {
            readMessage(changed as JsonObject);
          } catch (error) {
            ours = (error as Error).message;
          }
          expect(ours === null, `${how}: ${ours} / ${theirs}`).toBe(theirs === null);
        },
      ),
      { numRuns: thorough(300, 10_000) },
    );
  });

  test("the signature of the standard's example holds, over the text and over the document; another key's, or a changed word's, does not", () => {
    const text = example("request1_signed.json");
    const key = createSecretKey(Buffer.from("secret_key"));
    demandSigned(text, readJson(text), key);
    const compact = JSON.stringify(JSON.parse(text));
    demandSigned(compact, readJson(compact), key);
    const other = text.replace("W000001", "W000002");
    expect(thrown(() => demandSigned(other, readJson(other), key)).pointer).toBe("/Signature");
    expect(thrown(() => demandSigned(text, readJson(text), createSecretKey(Buffer.from("other")))).error).toBe(
      "ConfigurationIssue",
    );
    // The head says HS256: a public key is never taken for a secret.
    expect(thrown(() => demandSigned(text, readJson(text), ed25519.publicKey)).message).toContain("EdDSA");
  });
});

/** One place of a value changed: the place counts through everything that it holds. */
function changedAt(source: Json, place: number, how: string): Json {
  const copy = JSON.parse(JSON.stringify(source)) as Json;
  const holders: { readonly of: Record<string, Json>; readonly name: string }[] = [];
  const walk = (value: Json): void => {
    if (typeof value !== "object" || value === null) return;
    const of = value as Record<string, Json>;
    for (const name of Object.keys(of)) {
      // The schemas that name these types are not among the public ones.
      if (name === "Dictionaries") continue;
      // They do not say that a signature is an object; here it must be.
      if (name !== "Signature") holders.push({ of, name });
      walk(of[name] as Json);
    }
  };
  walk(copy);
  const found = holders[place % holders.length];
  if (!found) return copy;
  const { of, name } = found;
  if (how === "drop") {
    if (Array.isArray(of)) of.splice(Number(name), 1);
    else delete of[name];
  } else if (how === "extra") {
    const inside = of[name];
    if (typeof inside === "object" && inside !== null && !Array.isArray(inside))
      (inside as Record<string, Json>)["unheard"] = 1;
  } else of[name] = { null: null, number: -1, text: "\u0000?", list: [] }[how as "null"] as Json;
  return copy;
}
