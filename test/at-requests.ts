import { askedFor, type MeasureCode, measureOf, type Particular } from "../src/law/slice.ts";
import { expect } from "vitest";
import { answersTo } from "./answers.ts";
import { type AtDesk, type Typed, typed } from "./at-desk.ts";
import { content, inDays } from "./road.ts";

/** What an authorising officer says of a request. */
export const DECISION: Typed = { reasons: "Necessary, narrow and in proportion to the loss.", until: inDays(30) };

const SAID = "Between the two accounts named here, from the third to the eleventh of November, as the file shows.";

/** Something that is enough for a particular. */
function said(name: Particular): string {
  const { control, options, max } = askedFor(name);
  if (control === "date") return inDays(name === "from" ? 0 : 28);
  return options?.[0] ?? (name === "follows" ? "" : SAID.slice(0, max));
}

/** What a request says, as it is typed into its form, which asks what its measure must say and nothing else. */
export function request(
  measure: MeasureCode,
  to: string,
  more: { readonly particulars?: object; readonly [name: string]: unknown } = {},
): Typed {
  const { measure: _, particulars, ...rest } = content(measure, to, more);
  const asked = measureOf(measure).particulars;
  const all: Partial<Record<Particular, string>> = { ...particulars, ...more.particulars };
  return typed({
    ...rest,
    particulars: Object.fromEntries(asked.map((name) => [name, all[name] ?? said(name)])),
    safeguards: { answers: answersTo(measure) },
  });
}

/** Chooses the measure on the page of the case, and drafts the request. */
export async function draft(officer: AtDesk, measure: MeasureCode, values: Typed): Promise<void> {
  await officer.follow("Draft a request");
  await officer.follow(new RegExp(`^${measure}:`));
  await officer.type(values);
  expect(await officer.send()).toBe(true);
}

/** Submitted by who drafted it, whose page it is on, decided, and sent. */
export async function sendOut(
  path: string,
  by: { drafter: AtDesk; authoriser: AtDesk; sender: AtDesk },
): Promise<void> {
  await by.drafter.act("Submit for decision");
  await by.authoriser.go(path);
  await by.authoriser.act("Authorise", DECISION);
  await by.sender.go(path);
  await by.sender.act("Send");
}

/** Taken on by who is asked, once it has come. */
export async function takeOn(officer: AtDesk, path: string): Promise<void> {
  await officer.sees(path, /Delivered/);
  await officer.act("Acknowledge");
  await officer.act("Accept");
}

/** The domestic measure that carries out the request on the officer's page, decided and sent to Meridian: its path. */
export async function carryOut(officer: AtDesk, authoriser: AtDesk): Promise<string> {
  await officer.act("Draft the domestic measure", { to: "XP" });
  const { path } = officer;
  await sendOut(path, { drafter: officer, authoriser, sender: officer });
  return path;
}

/** Hands over the first file that is there for the request. */
export async function deliver(officer: AtDesk, path: string): Promise<void> {
  await officer.go(path);
  await officer.follow("Deliver");
  await officer.tick("items", 0);
  expect(await officer.send()).toBe(true);
}

/** Lodges a file that is to be handed over for the request on the page, as the holder's own export. */
export async function lodge(officer: AtDesk, file: string, source: string): Promise<void> {
  await officer.follow("Lodge a file for it");
  await officer.page.locator("main [name=file]").setInputFiles(file);
  expect(await officer.send()).toBe(true);
  await officer.page.locator("main [value='provider-return']").check();
  await officer.press("Go on");
  await officer.type({ description: "Subscriber information as held", "acquisition.source": source });
  expect(await officer.send()).toBe(true);
}
