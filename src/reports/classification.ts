/** The codes of the classification; a pack may change labels, priorities and offences, the codes stay, so that countries compare. */
// prettier-ignore
export const CODES = [
  "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9",
  "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10",
  "H1", "H2", "H3", "H4", "H5", "C1", "C2", "C3", "I1", "X1", "X9",
] as const;
export type Code = (typeof CODES)[number];

/** P0 minutes, P1 one hour, P2 a day, P3 five days, P4 intelligence only. */
export type Priority = 0 | 1 | 2 | 3 | 4;

/** Classes of the Reference Security Incident Taxonomy that the codes map to. */
export type Rsit =
  | "abusive-content"
  | "malicious-code"
  | "intrusions"
  | "availability"
  | "information-content-security"
  | "fraud"
  | "other";

/** Which powers over electronic evidence an offence opens: its own article, the First Protocol, or any offence by computer. */
export type Basis = "CETS 185 Art. 2-11" | "CETS 189" | "CETS 185 Art. 14(2)(b)";

/** What a code means before an officer has read the report. */
export interface Classified {
  /** Articles that may apply, the likeliest first. */
  readonly articles: readonly string[];
  readonly basis: Basis;
  readonly rsit: Rsit;
  readonly priority: Priority;
  /** A sexual or violent element: a victim under 18 makes it a matter of minutes. */
  readonly grave?: true;
  /** Its own rule of urgency beside the general ones. */
  readonly urgentWhen?: "partner" | "live" | "recent-transfer";
}

const article = (...numbers: readonly (number | string)[]): string[] =>
  numbers.map((number) => `CETS 185 Art. ${number}`);
const CORE = "CETS 185 Art. 2-11";
const ORDINARY = "CETS 185 Art. 14(2)(b)";

/** @source CETS 185 Art. 2-11, CETS 189, CETS 185 Art. 14(2)(b), CETS 201 Art. 23 */
// prettier-ignore
export const CLASSIFICATION: Readonly<Record<Code, Classified>> = {
  A1:  { articles: article(2, 7, 8),         basis: CORE,     rsit: "intrusions",                   priority: 2 },
  A2:  { articles: article(2, 4, 5),         basis: CORE,     rsit: "intrusions",                   priority: 2, urgentWhen: "live" },
  A3:  { articles: article(4, 5, 6),         basis: CORE,     rsit: "malicious-code",               priority: 3 },
  A4:  { articles: article(2, 4, 5, 8, 11),  basis: CORE,     rsit: "malicious-code",               priority: 1 },
  A5:  { articles: article(5),               basis: CORE,     rsit: "availability",                 priority: 2, urgentWhen: "live" },
  A6:  { articles: article(2, 3, 4),         basis: CORE,     rsit: "information-content-security", priority: 2 },
  A7:  { articles: article(2, 3, 6),         basis: CORE,     rsit: "intrusions",                   priority: 2, urgentWhen: "partner" },
  A8:  { articles: article(6),               basis: CORE,     rsit: "other",                        priority: 3 },
  A9:  { articles: article(2, 7, 8),         basis: CORE,     rsit: "fraud",                        priority: 1 },
  F1:  { articles: article(7, 8, 11),        basis: CORE,     rsit: "fraud",                        priority: 4 },
  F2:  { articles: article(8, 2),            basis: CORE,     rsit: "fraud",                        priority: 2, urgentWhen: "recent-transfer" },
  F3:  { articles: article(7, 8, 2),         basis: CORE,     rsit: "fraud",                        priority: 2, urgentWhen: "recent-transfer" },
  F4:  { articles: article(8, "14(2)(b)"),   basis: CORE,     rsit: "fraud",                        priority: 2 },
  F5:  { articles: article("14(2)(b)", 8),   basis: ORDINARY, rsit: "fraud",                        priority: 2 },
  F6:  { articles: article("14(2)(b)"),      basis: ORDINARY, rsit: "fraud",                        priority: 3 },
  F7:  { articles: article("14(2)(b)", 8),   basis: ORDINARY, rsit: "fraud",                        priority: 3 },
  F8:  { articles: article(7, 8),            basis: CORE,     rsit: "fraud",                        priority: 2 },
  F9:  { articles: article(7, 2),            basis: CORE,     rsit: "fraud",                        priority: 3 },
  F10: { articles: article("14(2)(b)"),      basis: ORDINARY, rsit: "fraud",                        priority: 3 },
  H1:  { articles: article("14(2)(b)"),      basis: ORDINARY, rsit: "abusive-content",              priority: 1, grave: true },
  H2:  { articles: article("14(2)(b)"),      basis: ORDINARY, rsit: "abusive-content",              priority: 1, grave: true },
  H3:  { articles: article("14(2)(b)"),      basis: ORDINARY, rsit: "abusive-content",              priority: 2, grave: true },
  H4:  { articles: ["CETS 189"],             basis: "CETS 189", rsit: "abusive-content",            priority: 3 },
  H5:  { articles: article("14(2)(b)"),      basis: ORDINARY, rsit: "abusive-content",              priority: 1 },
  C1:  { articles: article(9),               basis: CORE,     rsit: "abusive-content",              priority: 0, grave: true },
  C2:  { articles: [...article(9), "CETS 201 Art. 23"], basis: CORE, rsit: "abusive-content",       priority: 0, grave: true },
  C3:  { articles: article(9),               basis: CORE,     rsit: "abusive-content",              priority: 0, grave: true },
  I1:  { articles: article(10),              basis: CORE,     rsit: "other",                        priority: 4 },
  X1:  { articles: article(5),               basis: CORE,     rsit: "abusive-content",              priority: 4 },
  X9:  { articles: [],                       basis: ORDINARY, rsit: "other",                        priority: 3 },
};

/**
 * Whether files may be sent with a report of this code. Of the abuse of children none are: to have them is an offence of its own, and a
 * link is enough to find them.
 *
 * @source CETS 185 Art. 9
 */
export const takesFilesOf = (code: Code): boolean => !code.startsWith("C");

/** The tiles of the form: what people call it, and the codes that they choose from after it. The first is taken while they are not sure. */
// prettier-ignore
export const TILES = [
  { tile: "money",    codes: ["F2", "F3", "F4", "F5", "F6", "F7", "F10"] },
  { tile: "message",  codes: ["F1", "F8", "X1"] },
  { tile: "account",  codes: ["A1", "A9", "F9"] },
  { tile: "device",   codes: ["A3", "A4", "A2", "A5"] },
  { tile: "images",   codes: ["H1", "H2"] },
  { tile: "threats",  codes: ["H3", "A7"] },
  { tile: "child",    codes: ["C2", "C1", "C3"] },
  { tile: "hate",     codes: ["H4", "H5"] },
  { tile: "data",     codes: ["A6", "A8", "I1"] },
  { tile: "unsure",   codes: ["X9"] },
] as const satisfies readonly { tile: string; codes: readonly Code[] }[];
