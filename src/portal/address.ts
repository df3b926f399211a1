import { FOLLOW_PATH } from "../reports/slice.ts";
import { type StepName, STEPS } from "./draft.ts";

/**
 * Addresses of the public's pages. They, the windows' titles, the names of cookies and of files to save tell nobody who looks over a
 * shoulder, or into a browser's history, what a page is about: pages have numbers.
 */
export const BEGIN = "/p";
export const DRAFT_CODE = "/p/0";
/** What was sent, and its code, for a while. */
export const SENT = `/p/${STEPS.length + 1}`;
export const addressOf = (step: StepName): string => `/p/${STEPS.indexOf(step) + 1}`;
/** The question at a number of the path; `undefined` where there is none. */
export const stepAt = (number: string | undefined): StepName | undefined =>
  number !== undefined && /^[1-9]\d?$/.test(number) ? STEPS[Number(number) - 1] : undefined;

/** Where a code is typed. */
export const CODE = FOLLOW_PATH;
/** The report, once the code was typed: what was written goes to the same address. */
export const OWN = `${FOLLOW_PATH}/1`;
export const CONSENT = `${FOLLOW_PATH}/2`;
export const WITHDRAW = `${FOLLOW_PATH}/3`;
export const OWN_LEAVE = `${FOLLOW_PATH}/0`;
/** Names of what is saved: the code as text, the receipt. */
export const NOTE = "note.txt";
export const RECEIPT = "document.pdf";
