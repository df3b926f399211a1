import type { FieldError } from "../kernel/errors.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Translate } from "../kernel/i18n.ts";
import type { Observable } from "../observables/slice.ts";
import type { Code } from "../reports/slice.ts";
import { INCIDENTS } from "./tip.ts";
import { all, below, type Element, first, textIn } from "./xml.ts";

/** What a report must say to be taken. */
export interface Checked {
  readonly category: Code;
  readonly at: Temporal.Instant;
}

const wrong = (path: string, key: string): FieldError => ({ path, key });

/** Checks a report by the fields that everything depends on. Refuses with each that is wrong; what is not known here is kept. */
export function checkReport(report: Element, now: Temporal.Instant): Checked {
  if (report.name !== "report") throw new Refusal("invalid", "hotline-root", { values: { root: "report" } });
  const summary = first(report, "incidentSummary");
  const type = textIn(summary, "incidentType");
  const category = Object.hasOwn(INCIDENTS, type) ? INCIDENTS[type] : undefined;
  const at = momentIn(textIn(summary, "incidentDateTime"));
  const reporter = first(first(report, "reporter"), "reportingPerson");
  const fields = [
    ...(category ? [] : [wrong("incidentSummary.incidentType", "hotline-type")]),
    ...(at && Temporal.Instant.compare(at, now) <= 0
      ? []
      : [wrong("incidentSummary.incidentDateTime", "hotline-time")]),
    ...(reporter ? [] : [wrong("reporter.reportingPerson", "field-required")]),
  ];
  if (!category || !at || fields.length > 0) throw new Refusal("invalid", "invalid-input", { fields });
  return { category, at };
}

/** RFC 3339 with zone; `undefined` for anything else. */
function momentIn(text: string): Temporal.Instant | undefined {
  try {
    return Temporal.Instant.from(text);
  } catch {
    return undefined;
  }
}

/** What is kept of a file: what was said of it, never the file. */
export interface FileSaid {
  readonly name: string;
  readonly location: string;
  readonly viewed: string;
  readonly exifViewed: string;
  readonly isPublic: string;
  readonly classification: string;
  readonly hashes: readonly { readonly type: string; readonly value: string }[];
  readonly ips: readonly IpSaid[];
  readonly more: readonly string[];
}
/** An address that was seen, as its sender tells it. */
export interface IpSaid {
  readonly ip: string;
  readonly event: string;
  readonly at: string;
  readonly port: string;
}

/** Lengths of the digests that are taken, in hexadecimal digits. */
const HASH_LENGTHS: Readonly<Record<string, number>> = { MD5: 32, SHA1: 40, SHA256: 64, PDQ: 64 };
const HASHES_MAX = 16;

/** Reads what is said of a file. Refuses a digest that has not the length of its kind. */
export function checkFile(details: Element): FileSaid {
  if (details.name !== "fileDetails") throw new Refusal("invalid", "hotline-root", { values: { root: "fileDetails" } });
  const hashes = all(details, "originalFileHash").map(({ attributes, text }, index) => {
    const type = (attributes["hashType"] ?? "").toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
    const value = text.toLowerCase();
    if (!Object.hasOwn(HASH_LENGTHS, type) || value.length !== HASH_LENGTHS[type] || !/^[\da-f]+$/.test(value))
      throw new Refusal("invalid", "invalid-input", { fields: [wrong(`originalFileHash.${index}`, "hotline-hash")] });
    return { type, value };
  });
  if (hashes.length > HASHES_MAX)
    throw new Refusal("invalid", "invalid-input", { fields: [wrong("originalFileHash", "hotline-hash")] });
  return {
    name: textIn(details, "originalFileName"),
    location: textIn(details, "locationOfFile"),
    viewed: textIn(details, "fileViewedByEsp"),
    exifViewed: textIn(details, "exifViewedByEsp"),
    isPublic: textIn(details, "publiclyAvailable"),
    classification: textIn(details, "industryClassification"),
    hashes,
    ips: all(details, "ipCaptureEvent").map(ipIn),
    more: all(details, "additionalInfo").map(({ text }) => text),
  };
}

const ipIn = (event: Element): IpSaid => ({
  ip: textIn(event, "ipAddress"),
  event: textIn(event, "eventName"),
  at: textIn(event, "dateTime"),
  port: textIn(event, "port"),
});

/** The digests of the files as things by which reports are linked. A perceptual one never meets a cryptographic one of its length. */
export const hashesOf = (files: readonly FileSaid[]): Observable[] =>
  files.flatMap(({ hashes }) =>
    hashes.map(({ type, value }) => ({
      type: "hash" as const,
      value,
      key: type === "PDQ" ? `pdq:${value}` : `hash:${value}`,
      strong: true,
    })),
  );

/** The things that a report names beside the digests, by their kind. */
export function namedIn(report: Element, files: readonly FileSaid[]) {
  const texts = (name: string) => below(report, name).map(({ text }) => text);
  const named = [
    ...[...texts("url"), ...texts("profileUrl"), ...files.map(({ location }) => location)].map((value) => ({
      type: "link" as const,
      value,
    })),
    ...[...texts("email"), ...texts("emailAddress")]
      .filter((value) => !isReporter(report, value))
      .map((value) => ({ type: "email" as const, value })),
    ...texts("phoneNumber").map((value) => ({ type: "phone" as const, value })),
    ...[...texts("ipAddress"), ...files.flatMap(({ ips }) => ips.map(({ ip }) => ip))].map((value) => ({
      type: "ip" as const,
      value,
    })),
    ...texts("screenName").map((value) => ({ type: "handle" as const, value })),
  ];
  return named.filter(({ value }) => value !== "" && value.length <= 300).slice(0, 100);
}

/** True for an address of whoever reports: it is how to reach them, not a trace. */
const isReporter = (report: Element, value: string): boolean =>
  all(report, "reporter").some((reporter) => below(reporter, "email").some(({ text }) => text === value));

/** How the sender can be reached. */
export function contactIn(report: Element): { name?: string; email?: string; phone?: string } {
  const reporter = first(report, "reporter");
  const person = first(reporter, "contactPerson") ?? first(reporter, "reportingPerson");
  const name = [textIn(person, "firstName"), textIn(person, "lastName")]
    .filter((part) => part !== "")
    .join(" ")
    .slice(0, 200);
  const email = textIn(person, "email");
  const phone = textIn(person, "phone").slice(0, 40);
  return {
    ...(name === "" ? {} : { name }),
    ...(/^[^\s@]{1,64}@[\w.-]{1,180}\.[A-Za-z]{2,30}$/.test(email) ? { email } : {}),
    ...(phone === "" ? {} : { phone }),
  };
}

/** What an officer reads first: the report in sentences of this node's language. Digests stand among the things found. */
export function toldOf(report: Element, files: readonly FileSaid[], t: Translate): string {
  const summary = first(report, "incidentSummary");
  const line = (key: string, value: string) => (value === "" ? [] : [t(key, { value })]);
  const people = (["personOrUserReported", "intendedRecipient", "victim"] as const).flatMap((role) =>
    all(report, role).flatMap((person) => personLines(person, role, t)),
  );
  const places = below(report, "internetDetails").flatMap(({ children }) =>
    children.flatMap((place) => placeLines(place)),
  );
  return [
    ...line("hotline.told.type", textIn(summary, "incidentType")),
    ...line(
      "hotline.told.at",
      [textIn(summary, "incidentDateTime"), textIn(summary, "incidentDateTimeDescription")].filter(Boolean).join("; "),
    ),
    ...line("hotline.told.urgent", textIn(summary, "escalateToHighPriority")),
    ...line("hotline.told.platform", textIn(summary, "platform")),
    ...line("hotline.told.where", places.join("; ")),
    ...people,
    ...files.flatMap((file, index) => fileLines(file, index + 1, t)),
    ...all(report, "additionalInfo").flatMap(({ text }) => line("hotline.told.more", text)),
  ].join("\n");
}

/** The texts of a place where it happened, by the names of their elements. */
const placeLines = ({ children }: Element): string[] =>
  children.flatMap((each) => (each.children.length > 0 ? [ipWords(ipIn(each))] : each.text === "" ? [] : [each.text]));

const ipWords = ({ ip, port, event, at }: IpSaid): string =>
  [port === "" ? ip : `${ip} (${port})`, event, at].filter((part) => part !== "").join(" ");

function personLines(person: Element, role: string, t: Translate): string[] {
  const said = ["espIdentifier", "espService", "screenName", "displayName", "profileUrl", "groupIdentifier"]
    .flatMap((name) => all(person, name))
    .map(({ text }) => text);
  const contact = ["firstName", "lastName", "email", "phone", "age", "dateOfBirth"]
    .flatMap((name) => below(person, name))
    .map(({ text }) => text);
  const ips = all(person, "ipCaptureEvent").map((event) => ipWords(ipIn(event)));
  const more = all(person, "additionalInfo").map(({ text }) => text);
  const value = [...said, ...contact, ...ips, ...more].filter((part) => part !== "").join("; ");
  return value === "" ? [] : [t(`hotline.told.${role}`, { value })];
}

function fileLines(
  { name, location, viewed, classification, hashes, ips, more }: FileSaid,
  number: number,
  t: Translate,
): string[] {
  const said = [
    name,
    location,
    viewed === "true" ? t("hotline.told.viewed") : viewed === "false" ? t("hotline.told.not-viewed") : "",
    classification,
    hashes.map(({ type }) => type).join(", "),
    ...ips.map(ipWords),
    ...more,
  ];
  return [t("hotline.told.file", { number, value: said.filter((part) => part !== "").join("; ") })];
}
