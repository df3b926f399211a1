import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { Ajv2020 } from "ajv/dist/2020.js";

/** Where others' data lies: the public schemas of TS 103 120 v1.23.1, its dictionaries and its examples, read in place. */
export const ETSI = join(env["COMITY_TEST_DATA"] ?? "../shared/data", "etsi");

const text = (max: number) => ({ type: "string", maxLength: max });
const pattern = (source: string) => ({ type: "string", pattern: source });
const anything = {};
/** Types that the schemas refer to and that are not among the public ones here: stand-ins, as far as they are used. */
const MISSING = [
  {
    $id: "ts_103280_2017_07",
    $defs: {
      UUID: pattern("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
      ShortString: text(255),
      LongString: text(65_535),
      ISOCountryCode: pattern("^[A-Z]{2}$"),
      QualifiedDateTime: pattern(String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$`),
      QualifiedMicrosecondDateTime: pattern(String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$`),
      LDID: pattern("^[A-Z]{2}-.+-.+$"),
      LIID: { type: "string", minLength: 1, maxLength: 25 },
      InternationalE164: pattern(String.raw`^\d{1,15}$`),
      InternationalizedEmailAddress: text(320),
      EmailAddress: text(320),
      IPv4Address: text(15),
      IPv6Address: text(45),
      IPAddressPort: anything,
      IPAddressPortRange: anything,
    },
  },
  {
    $id: "ts_103280_Dictionaries_2019_10",
    $defs: { Dictionaries: { type: "object" } },
  },
  {
    $id: "ts_103120_TrafficPolicy_2022_07",
    $defs: { TrafficPolicyObject: false, TrafficRuleObject: false },
  },
];

const json = (path: string): unknown => JSON.parse(readFileSync(join(ETSI, path), "utf8"));

/** Whether a message is one by the schemas themselves; and if not, why. */
export function schemaVerdict(): (message: unknown) => string | null {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const each of MISSING) ajv.addSchema(each);
  for (const name of readdirSync(join(ETSI, "schema/json")).filter((each) => !each.includes("_Core.")))
    ajv.addSchema(json(`schema/json/${name}`) as object);
  const core = ajv.compile(json("schema/json/ts_103120_Core.schema.json") as object);
  return (message) => (core(message) ? null : ajv.errorsText(core.errors).slice(0, 300));
}

/** The standard's dictionaries. */
export const dictionaries = () => json("dictionaries/etsi_dictionary_values.json") as Record<string, string[]>;
/** An example of the standard as text. */
export const example = (name: string): string => readFileSync(join(ETSI, "examples/json", name), "utf8");
/** Names of all examples. */
export const examples = (): string[] => readdirSync(join(ETSI, "examples/json"));
