import { CATEGORIES, MEASURE_CODES, PARTICULAR_NAMES, type Particulars } from "../law/slice.ts";
import { type DictionaryEntry, PROFILE } from "./dictionary.ts";
import type { Order } from "./order.ts";

/** One property of a document. */
interface Property {
  readonly "doc:PropertyType": DictionaryEntry;
  readonly "doc:PropertyValue": string;
}

/** Most lines of data that a request names. */
const LINES_MAX = 50;
/** Name of the profile's dictionary whose values name what an order says. */
const DICTIONARY = "OrderProperty";
const property = (name: string, value: string): Property => ({
  "doc:PropertyType": { "common:Owner": PROFILE.owner, "common:Name": DICTIONARY, "common:Value": name },
  "doc:PropertyValue": value,
});

/** Texts of an order, and the names by which the profile carries them. */
const TEXTS = {
  measure: "Measure",
  urgency: "Urgency",
  offence: "Offence",
  article: "Article",
  facts: "Facts",
  necessity: "Necessity",
  proportionality: "Proportionality",
  custodian: "Custodian",
} as const satisfies Partial<Record<keyof Order, string>>;
const textNames = Object.keys(TEXTS) as (keyof typeof TEXTS)[];

/** What an order says and the standard has no place for, as properties of its document: a line each, so that any program reads them. */
export const toProperties = (order: Order): Property[] => [
  ...textNames.map((name) => property(TEXTS[name], order[name])),
  property("Authority.Office", order.authority.office),
  property("Authority.Person", order.authority.person),
  ...order.data.flatMap(({ category, description, identifiers }, index) => [
    property(`Data.${index + 1}.Category`, category),
    property(`Data.${index + 1}.Description`, description),
    ...identifiers.map((each) => property(`Data.${index + 1}.Identifier`, each)),
  ]),
  ...PARTICULAR_NAMES.flatMap((name) => {
    const value = order.particulars[name];
    return value === undefined ? [] : [property(`Particular.${name}`, value)];
  }),
];

type Said = Pick<Order, keyof typeof TEXTS | "data" | "particulars"> & {
  readonly authority: Pick<Order["authority"], "office" | "person">;
};

/** The same read back; `undefined` where they are not what an order of the profile says. */
export function fromProperties(properties: readonly Property[]): Said | undefined {
  const mine = Map.groupBy(
    properties.filter(
      ({ "doc:PropertyType": type }) => type["common:Owner"] === PROFILE.owner && type["common:Name"] === DICTIONARY,
    ),
    (each) => each["doc:PropertyType"]["common:Value"],
  );
  const all = (name: string): string[] => (mine.get(name) ?? []).map((each) => each["doc:PropertyValue"]);
  const text = (name: string): string => all(name)[0] ?? "";
  const measure = MEASURE_CODES.find((each) => each === text(TEXTS.measure));
  const urgency = (["routine", "urgent", "emergency"] as const).find((each) => each === text(TEXTS.urgency));
  if (!measure || !urgency) return undefined;
  const lines = Array.from({ length: LINES_MAX }, (_, index) => index + 1).filter((line) =>
    mine.has(`Data.${line}.Category`),
  );
  const data = lines.flatMap((line) => {
    const category = CATEGORIES.find((each) => each === text(`Data.${line}.Category`));
    return category === undefined
      ? []
      : [{ category, description: text(`Data.${line}.Description`), identifiers: all(`Data.${line}.Identifier`) }];
  });
  const particulars: Particulars = Object.fromEntries(
    PARTICULAR_NAMES.flatMap((name) => all(`Particular.${name}`).map((value) => [name, value])),
  );
  return {
    measure,
    urgency,
    offence: text(TEXTS.offence),
    article: text(TEXTS.article),
    facts: text(TEXTS.facts),
    necessity: text(TEXTS.necessity),
    proportionality: text(TEXTS.proportionality),
    custodian: text(TEXTS.custodian),
    data,
    particulars,
    authority: { office: text("Authority.Office"), person: text("Authority.Person") },
  };
}
