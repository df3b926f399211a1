/** What a thing is that becomes an exhibit: each kind has its own facts. */
export const KINDS = [
  "disk-image",
  "memory-image",
  "mobile-device",
  "cloud-export",
  "provider-return",
  "network-capture",
  "screen-capture",
  "files",
  "document",
  "other",
] as const;
export type Kind = (typeof KINDS)[number];

/** How it was got. */
export const METHODS = [
  "download",
  "physical-image",
  "logical-copy",
  "export-by-holder",
  "screen-capture",
  "photograph",
  "handed-over",
  "live-capture",
  "other",
] as const;
export type Method = (typeof METHODS)[number];

/** Facts that some kinds ask for, and the longest text of each. */
export const KIND_FACTS = {
  device_model: 200,
  device_serial: 120,
  capacity: 120,
  write_blocker: 120,
  os_version: 120,
  running_since: 120,
  reason_live: 1_000,
  imei: 60,
  sim: 120,
  phone_number: 60,
  power_state: 200,
  isolation: 300,
  unlocked_by: 300,
  service: 200,
  account: 300,
  exported_by: 200,
  period: 200,
  provider_reference: 120,
  certificate: 200,
  interface: 200,
  filter: 500,
  url: 1_000,
  browser: 120,
  shown_by: 200,
  pages: 60,
  original_kept: 300,
} as const;
export type KindFact = keyof typeof KIND_FACTS;
/** Facts that every kind may have. */
export type CommonFact =
  | "method"
  | "source"
  | "place"
  | "at"
  | "time_source"
  | "uncertainty_seconds"
  | "tool"
  | "tool_version"
  | "settings"
  | "digest_before"
  | "authority"
  | "note";
export type FactName = CommonFact | KindFact;

/** What a kind asks: what must be said, what may be, in the order of the form, and the methods that there are for it. */
export interface Asked {
  readonly must: readonly FactName[];
  readonly may: readonly FactName[];
  readonly methods: readonly Method[];
}

const TIME = ["at", "time_source", "uncertainty_seconds"] as const;
const TOOL = ["tool", "tool_version", "settings"] as const;
const END = ["digest_before", "authority", "note"] as const;

/**
 * Which facts each kind of thing has. What is taken from a device names the device, and how it was kept from being changed; what was taken
 * while something ran says why, and so who answers for the change; what a holder gave says who, and by which number.
 *
 * @source ISO/IEC 27037 §5.4, §6.6
 */
// prettier-ignore
export const ASKED: Readonly<Record<Kind, Asked>> = {
  "disk-image":      { methods: ["physical-image", "logical-copy", "live-capture", "other"],
    must: ["method", "source", "device_serial", "write_blocker", "tool"],
    may: ["device_model", "capacity", "tool_version", "settings", "place", ...TIME, ...END] },
  "memory-image":    { methods: ["live-capture", "physical-image", "other"],
    must: ["method", "source", "tool", "reason_live"],
    may: ["device_model", "device_serial", "os_version", "running_since", "tool_version", "settings", "place", ...TIME, ...END] },
  "mobile-device":   { methods: ["logical-copy", "physical-image", "live-capture", "other"],
    must: ["method", "source", "device_model", "isolation", "tool"],
    may: ["device_serial", "imei", "sim", "phone_number", "os_version", "power_state", "unlocked_by", "tool_version", "settings", "place", ...TIME, ...END] },
  "cloud-export":    { methods: ["download", "export-by-holder", "live-capture", "other"],
    must: ["method", "service", "account"],
    may: ["source", "exported_by", "period", ...TOOL, "place", ...TIME, ...END] },
  "provider-return": { methods: ["export-by-holder", "download", "handed-over", "other"],
    must: ["source"],
    may: ["method", "provider_reference", "certificate", "account", "period", "exported_by", "place", ...TIME, ...TOOL, ...END] },
  "network-capture": { methods: ["live-capture", "export-by-holder", "other"],
    must: ["method", "source", "tool", "time_source"],
    may: ["interface", "filter", "period", "at", "uncertainty_seconds", "tool_version", "settings", "place", ...END] },
  "screen-capture":  { methods: ["screen-capture", "photograph", "handed-over", "other"],
    must: ["method", "source"],
    may: ["url", "browser", "shown_by", "device_model", ...TOOL, "place", ...TIME, ...END] },
  "files":           { methods: ["logical-copy", "download", "export-by-holder", "handed-over", "live-capture", "other"],
    must: ["method", "source"],
    may: ["device_model", "device_serial", "write_blocker", "exported_by", ...TOOL, "place", ...TIME, ...END] },
  "document":        { methods: ["handed-over", "photograph", "screen-capture", "download", "other"],
    must: ["method", "source"],
    may: ["pages", "original_kept", "exported_by", ...TOOL, "place", ...TIME, ...END] },
  "other":           { methods: METHODS,
    must: ["method"],
    may: ["source", "device_model", "device_serial", "write_blocker", ...TOOL, "place", ...TIME, ...END] },
};

const isKindFact = (name: string): name is KindFact => Object.hasOwn(KIND_FACTS, name);

/**
 * What is wrong with facts of a kind: a fact that must be said and is not, one that this kind does not have, a method that it has not.
 * Facts without a kind (of other programs, and from before) are not judged. Facts of a name that no kind knows are the caller's own.
 */
export function mistakesIn(facts: Readonly<Record<string, unknown>>): { path: string; key: string }[] {
  const { kind } = facts;
  const asked = typeof kind === "string" && Object.hasOwn(ASKED, kind) ? ASKED[kind as Kind] : undefined;
  if (!asked) return [];
  const isSaid = (name: string): boolean => facts[name] !== undefined && facts[name] !== null && facts[name] !== "";
  const known: readonly string[] = [...asked.must, ...asked.may];
  return [
    ...asked.must.filter((name) => !isSaid(name)).map((path) => ({ path, key: "field-required" })),
    ...Object.keys(facts)
      .filter((name) => isKindFact(name) && isSaid(name) && !known.includes(name))
      .map((path) => ({ path, key: "fact-of-another-kind" })),
    ...(isSaid("method") && !asked.methods.some((method) => method === facts["method"])
      ? [{ path: "method", key: "method-of-another-kind" }]
      : []),
  ];
}
