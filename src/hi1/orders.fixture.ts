import { generateKeyPairSync, randomUUID } from "node:crypto";
import fc from "fast-check";
import { asJson, type JsonObject } from "../kernel/json.ts";
import { CATEGORIES, MEASURE_CODES, PARTICULAR_NAMES } from "../law/slice.ts";
import { Hi1Error, requestOf, stampSeconds } from "./message.ts";
import { type Order, taskOf } from "./order.ts";
import { objectsOf } from "./order-objects.ts";

/** Who asks whom. */
export const SIDES = {
  from: { CountryCode: "XA", UniqueIdentifier: "XA" },
  to: { CountryCode: "XP", UniqueIdentifier: "MERIDIAN-LD" },
};
/** A key that signs. */
export const ed25519 = generateKeyPairSync("ed25519");
/** Heading of a message between the two. */
export const heading = {
  ...SIDES,
  transaction: randomUUID(),
  at: Temporal.Instant.from("2026-11-24T10:00:00.123456Z"),
};
/** The message by which an order is asked. */
export const message = (order: Order): JsonObject =>
  requestOf(
    heading,
    (objectsOf(order, SIDES, { letter: Buffer.from("%PDF-1.7") }) ?? []).map((object) =>
      asJson({ CREATE: { HI1Object: object } }),
    ),
  );
/** The error that this throws. */
export const thrown = (work: () => unknown): Hi1Error => {
  try {
    work();
  } catch (error) {
    if (error instanceof Hi1Error) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** Measures that have a task. */
export const MAPPED = MEASURE_CODES.filter((each) => taskOf(each) !== undefined);
const words = fc.string({ maxLength: 60 });
/** Seconds of 2020 and of 2090 since 1970. */
const [FIRST, LAST] = [1_577_836_800, 3_786_912_000];
const moment = fc
  .integer({ min: FIRST, max: LAST })
  .map((seconds) => stampSeconds(Temporal.Instant.fromEpochMilliseconds(seconds * 1_000)));
const day = moment.map((each) => each.slice(0, 10));
/** Any order. */
export const orders: fc.Arbitrary<Order> = fc.constantFrom(...MAPPED).chain((measure) =>
  fc.record({
    id: fc.uuid(),
    number: fc.integer({ min: 1, max: 999_999 }).map((n) => `XA-2026-${String(n).padStart(6, "0")}`),
    measure: fc.constant(measure),
    urgency: fc.constantFrom("routine" as const, "urgent" as const, "emergency" as const),
    offence: words,
    article: fc.constantFrom("", "2", "8", "9", "189", "other"),
    facts: words,
    necessity: words,
    proportionality: words,
    custodian: words,
    data: fc.array(
      fc.record({
        category: fc.constantFrom(...CATEGORIES),
        description: words,
        identifiers: fc.array(fc.oneof(fc.emailAddress(), fc.ipV4(), fc.ipV6(), fc.constant("442079460223"), words), {
          maxLength: 4,
        }),
      }),
      { maxLength: 5 },
    ),
    particulars: fc
      .tuple(
        fc.dictionary(fc.constantFrom(...PARTICULAR_NAMES), words, { maxKeys: 4, noNullPrototype: true }),
        fc.option(day),
      )
      .map(([said, from]) => {
        const { from: _, until: __, ...others } = said;
        return from === null ? others : { ...others, from, until: from };
      }),
    authority: fc.record({
      country: words, office: words, person: words, authorisedBy: words, authorisedOffice: words,
      authorisedAt: fc.oneof(fc.constant(""), moment), reasons: words, provision: words,
    }), // prettier-ignore
    until: fc.option(day),
    sentAt: moment,
    follows: taskOf(measure) === "LDTask" ? fc.option(fc.uuid()) : fc.constant(null),
  }),
);
