import { generateKeyPairSync, randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../kernel/json.ts";
import { afterTheirs } from "../kernel/life.ts";
import { GROUND_CODES, MEASURE_CODES, measureOf } from "../law/slice.ts";
import { LIFE, type State } from "../requests/request.ts";
import { thorough } from "../../test/thorough.ts";
import { type Answer, type Answering, actsFor, actsForDelivery, MEANINGS, meaningOf, statusFor } from "./answers.ts";
import { DICTIONARIES, entryOf } from "./dictionary.ts";
import { groundIn, notHeld } from "./grounds.ts";
import { actionsOf, demandVersion, Hi1Error, readHeader, readJson, readMessage } from "./message.ts";
import { type Order, taskOf } from "./order.ts";
import { objectsOf, orderOf } from "./order-objects.ts";
import { ed25519, MAPPED, message, orders, SIDES, thrown } from "./orders.fixture.ts";
import { demandSigned, keyFingerprint, readKey, signMessage } from "./signature.ts";

describe("an order as objects of the standard", () => {
  test("is read back as it was written, by the same table", () => {
    fc.assert(
      fc.property(orders, (order) => {
        const objects = objectsOf(order, SIDES, { letter: Buffer.from("x") });
        expect(
          orderOf(
            readMessage(message(order)).Payload.RequestPayload?.ActionRequests.ActionRequest?.flatMap(
              ({ CREATE }) => CREATE?.HI1Object ?? [],
            ) ?? [],
          ),
        ).toEqual(order);
        expect(orderOf(objects ?? [])).toEqual(order);
      }),
      { numRuns: thorough(60, 2_000) },
    );
  });

  test("every measure asked of a provider has its task or none, and what has none is not written", () => {
    const asked = MEASURE_CODES.filter((each) => measureOf(each).asks === "provider");
    expect(Object.fromEntries(asked.map((each) => [each, taskOf(each) ?? "none"]))).toEqual({
      P16: "LPTask", EU2: "LPTask", P17: "LDTask", O18b: "LDTask", X6: "LDTask", X7: "LDTask", EU1: "LDTask", R20: "none", I21: "none",
    }); // prettier-ignore
    for (const each of MEASURE_CODES.filter((code) => measureOf(code).asks !== "provider"))
      expect(taskOf(each)).toBeUndefined();
    for (const each of MAPPED)
      expect(taskOf(each)).toBe(measureOf(each).yields === "preservation" ? "LPTask" : "LDTask");
    const [order] = fc.sample(orders, 1);
    expect(objectsOf({ ...(order as Order), measure: "R20" }, SIDES, { letter: Buffer.from("x") })).toBeUndefined();
  });
});

const KINDS = { Authorisation: "AuthorisationStatus", LDTask: "LDTaskStatus", LPTask: "LPTaskStatus" } as const;
const STATES: State[] = [
  "sent",
  "delivered",
  "acknowledged",
  "clarification",
  "accepted",
  "refused",
  "postponed",
  "executing",
  "partly-executed",
  "executed",
  "closed",
  "withdrawn",
  "lapsed",
];
const VERBS: Record<Answer, keyof typeof LIFE> = {
  acknowledge: "acknowledge",
  accept: "accept",
  ask: "ask",
  refuse: "refuse",
  postpone: "postpone",
  start: "execute",
  done: "execute",
  deliver: "deliver",
  lapse: "lapse",
};
/** The state after these acts, by the one table; throws where it has no such step. */
const folded = (state: State, acts: readonly Answer[]): State =>
  acts.reduce((at, act) => {
    const to = afterTheirs(LIFE, at, VERBS[act]) as State;
    return act === "start" && to === "executed" ? "executing" : to;
  }, state);

describe("a status", () => {
  const all = (Object.keys(KINDS) as Answering[]).flatMap((kind) =>
    DICTIONARIES[KINDS[kind]].map((value) => [kind, value] as const),
  );

  test.each(all)("%s %s has a meaning, and entails only what the life of a request allows", (kind, value) => {
    const meaning = meaningOf(kind, entryOf(KINDS[kind], value as never));
    expect(meaning).toBeDefined();
    for (const state of STATES)
      for (const hasAll of [false, true]) {
        const acts = actsFor(meaning ?? "nothing", state, { hasAll });
        if (acts === undefined) continue;
        const after = folded(state, acts);
        // Said a second time, it says nothing new.
        if (after !== "withdrawn" && after !== "closed" && meaning !== "withdrawn")
          expect(actsFor(meaning ?? "nothing", after, { hasAll })).toEqual([]);
      }
  });

  test("says of each state what would lead to it, and back", () => {
    for (const [kind, value] of all) {
      const meaning = MEANINGS[kind as "LDTask"][value as "Disclosed"];
      const acts = actsFor(meaning, "delivered", { hasAll: true });
      if (meaning === "nothing" || meaning === "trouble" || meaning === "withdrawn" || acts === undefined) continue;
      const state = folded("delivered", acts);
      const back = statusFor(kind, state);
      expect(back, `${kind} ${value} ${state}`).toBeDefined();
      const again = meaningOf(kind, back) ?? "nothing";
      expect(folded("delivered", actsFor(again, "delivered", { hasAll: true }) ?? [])).toBe(state);
    }
  });

  test("that its dictionary does not have, or that is another dictionary's, means nothing", () => {
    expect(
      meaningOf("LDTask", { "common:Owner": "ETSI", "common:Name": "LDTaskStatus", "common:Value": "Maybe" }),
    ).toBeUndefined();
    expect(meaningOf("LDTask", entryOf("LPTaskStatus", "Preserved"))).toBeUndefined();
    expect(meaningOf("LDTask", { ...entryOf("LDTaskStatus", "Disclosed"), "common:Owner": "XX" })).toBeUndefined();
    expect(meaningOf("LDTask", undefined)).toBeUndefined();
  });

  test("a delivery leads to the end from everywhere on the way, and from nowhere else", () => {
    for (const state of STATES) {
      const acts = actsForDelivery(state);
      if (acts === undefined) expect(["executed", "refused", "lapsed", "clarification"]).toContain(state);
      else if (state === "withdrawn" || state === "closed") expect(acts).toEqual(["deliver"]);
      else expect(folded(state, acts)).toBe("executed");
    }
  });
});

describe("the ground of a rejection", () => {
  test.each([
    ["O18b", { ErrorCode: 3000, ErrorDescription: "dual-criminality: no such offence here" }, "dual-criminality"],
    ["O18b", { ErrorCode: 3005, ErrorDescription: "the period is missing" }, "incomplete"],
    ["O18b", { ErrorCode: 3009, ErrorDescription: "no such account" }, "data-not-held"],
    ["EU1", { ErrorCode: 3020, ErrorDescription: "no addressee" }, "eu-incomplete"],
    ["EU1", { ErrorCode: 3009, ErrorDescription: "not stored" }, "eu-not-stored"],
    ["EU1", { ErrorCode: 3000, ErrorDescription: "eu-privilege: a lawyer's mailbox" }, "eu-privilege"],
    ["O18b", { ErrorCode: 3000, ErrorDescription: "eu-privilege: a form that this is not" }, undefined],
    ["O18b", { ErrorCode: 3000, ErrorDescription: "we would rather not" }, undefined],
    ["O18b", undefined, undefined],
  ] as const)("%s %o is %s", (measure, reason, ground) => {
    expect(groundIn(measure, reason)).toBe(ground);
  });
  test("that it has no such data is one of the list for every measure", () => {
    for (const each of MAPPED) expect(GROUND_CODES).toContain(notHeld(each));
  });
});

describe("a signature", () => {
  const body = message(fc.sample(orders, 1)[0] as Order);
  test.each([
    ["EdDSA", ed25519],
    ["ES256", generateKeyPairSync("ec", { namedCurve: "prime256v1" })],
    ["PS256", generateKeyPairSync("rsa", { modulusLength: 2_048 })],
  ])("by %s holds for its bytes, and for no others", (_, { privateKey, publicKey }) => {
    const text = signMessage(body, privateKey, "kid");
    demandSigned(text, readJson(text), publicKey);
    expect(readKey(publicKey.export({ type: "spki", format: "pem" }).toString())).toBeDefined();
    expect(keyFingerprint(readKey(JSON.stringify(publicKey.export({ format: "jwk" }))) ?? publicKey)).toBe(
      keyFingerprint(publicKey),
    );
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), (at) => {
        const other = `${text.slice(0, at)}${text[at] === "a" ? "b" : "a"}${text.slice(at + 1)}`;
        try {
          demandSigned(other, readJson(other), publicKey);
        } catch (error) {
          expect(error).toBeInstanceOf(Hi1Error);
          return;
        }
        // White space that the standard's form does not depend on, or the unsigned head's own spelling: the document is the same.
        expect({ ...readJson(other), Signature: null }).toEqual({ ...readJson(text), Signature: null });
      }),
      { numRuns: thorough(60, 2_000) },
    );
  });
  test("is wanted, by a key that signs", () => {
    expect(thrown(() => demandSigned(JSON.stringify(body), body, ed25519.publicKey)).pointer).toBe("/Signature");
    for (const each of [
      "",
      "{}",
      "not a key",
      generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "pem" }).toString(),
      generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey.export({ type: "spki", format: "pem" }).toString(),
    ])
      expect(readKey(each)).toBeUndefined();
  });
});

describe("what is wrong is refused by name", () => {
  const good = message(fc.sample(orders, 1)[0] as Order) as Record<string, Json>;
  const header = good["Header"] as Record<string, Json>;
  const read = (json: Json) => thrown(() => readMessage(json as JsonObject));
  test("with a pointer to where", () => {
    expect(read({ ...good, Header: { ...header, Timestamp: "yesterday" } }).pointer).toBe("/Header/Timestamp");
    expect(read({ ...good, Payload: {} }).pointer).toBe("/Payload");
    expect(read({ ...good, unheard: "x" }).pointer).toBe("/unheard");
    const action = { ActionIdentifier: 0, GET: { Identifier: "no" } };
    expect(
      read({ ...good, Payload: { RequestPayload: { ActionRequests: { ActionRequest: [action] } } } }).pointer,
    ).toBe("/Payload/RequestPayload/ActionRequests/ActionRequest/0/GET/Identifier");
    expect(
      thrown(() => readHeader({ ...good, Header: { ...header, SenderIdentifier: { CountryCode: "xx" } } })).pointer,
    ).toMatch(/^\/Header\/SenderIdentifier/);
  });
  test("too deep, too large, no JSON, another version, an identifier twice", () => {
    expect(thrown(() => readJson(`{"a":${"[".repeat(100_000)}`)).error).toBe("ValidationError");
    expect(thrown(() => readJson("x".repeat(25 * 1_048_576))).error).toBe("MessageTooLarge");
    expect(thrown(() => readJson("<HI1Message/>")).error).toBe("UnsupportedEncoding");
    expect(thrown(() => readJson("[]")).error).toBe("ValidationError");
    for (const ETSIVersion of ["V1.24.1", "V2.1.1", "V1.12.1", "V0.0.1"])
      expect(thrown(() => demandVersion({ ...header, Version: { ETSIVersion } } as never)).error).toBe(
        "VersionNotSupported",
      );
    const action = { ActionIdentifier: 3, GET: { Identifier: randomUUID() } };
    const twice = readMessage({
      ...good,
      Payload: { RequestPayload: { ActionRequests: { ActionRequest: [action, action] } } },
    });
    expect(thrown(() => actionsOf(twice)).error).toBe("DuplicateActionId");
  });
  test("and no text breaks the reading", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          readMessage(readJson(text));
        } catch (error) {
          expect(error).toBeInstanceOf(Hi1Error);
        }
      }),
      { numRuns: thorough(100, 5_000) },
    );
  });
});
