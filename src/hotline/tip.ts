import type { Selectable } from "kysely";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { HotlineReportTable } from "../kernel/tables.ts";
import type { Code } from "../reports/slice.ts";

export type TipRow = Readonly<Selectable<HotlineReportTable>>;

/** A report of a hotline on its way in; only a finished one becomes a report of an office. */
export type TipState = "open" | "finished" | "retracted" | "expired";

// prettier-ignore
const LIFE = life<TipState>()({
  describe: { from: ["open"] },
  finish:   { from: ["open"], to: "finished" },
  retract:  { from: ["open"], to: "retracted" },
  expire:   { from: ["open"], to: "expired" },
});

export const tipSubject = subject<TipRow>()({
  name: "hotline-report",
  plural: "hotline-reports",
  table: "hotline_report",
  attributes: { state: "String", client_id: "String" },
  life: LIFE,
});

/** Hours after which a report that was not finished is forgotten. */
export const OPEN_HOURS = 24;
/** Most files that one report may describe. */
export const FILES_MAX = 500;

/** Types of incident as the public documentation names them, and the code of the classification that each becomes. */
export const INCIDENTS: Readonly<Record<string, Code>> = {
  "Child Pornography (possession, manufacture, and distribution)": "C1",
  "Misleading Domain Name": "C1",
  "Misleading Words or Digital Images on the Internet": "C1",
  "Online Enticement of Children for Sexual Acts": "C2",
  "Unsolicited Obscene Material Sent to a Child": "C2",
  "Child Sex Tourism": "C3",
  "Child Sex Trafficking": "C3",
  "Child Sexual Molestation": "C3",
};

/** The codes of the answers, as the public documentation has them. */
export const CODE = {
  success: 0,
  server: 1000,
  unknownSender: 2000,
  notAllowed: 3000,
  request: 4000,
  invalid: 4100,
  malformed: 4110,
  noSuchReport: 5001,
  retracted: 5101,
  finished: 5102,
} as const;
