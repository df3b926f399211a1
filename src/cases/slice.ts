import type { Slice } from "../kernel/slice.ts";
import { caseActs } from "./acts.ts";
import { caseSubject } from "./case.ts";
import { casePage } from "./page-case.tsx";
import { casesPage } from "./page-list.tsx";
import { caseFile, caseList, ledCount } from "./views.ts";

export { open as openCase, specialise } from "./acts.ts";
export { type CaseRow, caseSubject } from "./case.ts";

/** What an office investigates: the case, what was reported to it, who is in it, how it ends. */
export const cases: Slice = {
  name: "cases",
  subjects: [caseSubject],
  acts: caseActs,
  views: [caseList, caseFile],
  pages: [casesPage, casePage],
  navigation: [{ href: "/cases", label: "nav.cases", order: 20, node: "state", acts: ["case.read"], count: ledCount }],
};
