import { parseHTML } from "linkedom";
import { addressOf } from "../src/portal/address.ts";
import type { StepName } from "../src/portal/draft.ts";
import { readCode } from "../src/reports/code.ts";
import { type Visited, Visitor } from "./visitor.ts";

/** A report that its writer was given a code for. */
export interface Coded {
  readonly words: string;
  readonly code: string;
}

const PATIENCE_MS = 90_000;
const PAUSE_MS = 80;

/** What a person does whose page did not come: loads it again, until it does. */
async function stubbornly(ask: () => Promise<Visited>, isThere: (page: Visited) => boolean): Promise<Visited> {
  const end = performance.now() + PATIENCE_MS;
  for (let last = "nothing"; ;) {
    try {
      const page = await ask();
      if (page.status === 200 && isThere(page)) return page;
      last = `${page.status} at ${page.url}`;
    } catch (error) {
      last = String(error);
    }
    if (performance.now() > end) throw new Error(`the page did not come; the last try gave ${last}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const ANSWERS = (words: string): readonly (readonly [StepName, Record<string, string>])[] => [
  ["danger", { danger: "no" }],
  ["child", { child: "no" }],
  ["money", { money: "no" }],
  ["what", { tile: "message" }],
  ["kind", { category: "F8" }],
  ["whom", { whom: "me", age: "35-44", district: "north" }],
  ["words", { description: words }],
  ["found", { keep: "" }],
  ["payments", {}],
  ["files", {}],
  ["who", { choice: "anonymous" }],
];

/**
 * Fills the form while its node is being killed. A page that was answered is not filled again: what it took must be there for the next.
 * `begun` hears of each page before it is sent.
 */
export async function fillForm(portal: string, words: string, begun: () => void): Promise<Coded> {
  const reporter = new Visitor(words, portal);
  await stubbornly(
    () => reporter.get("/p"),
    () => true,
  );
  for (const [step, form] of ANSWERS(words)) {
    begun();
    const here = addressOf(step);
    await stubbornly(
      () => reporter.post(here, form),
      ({ url }) => new URL(url).pathname !== here,
    );
  }
  begun();
  const sent = await stubbornly(
    () => reporter.post(addressOf("check"), {}),
    ({ html }) => codeIn(html) !== undefined,
  );
  return { words, code: codeIn(sent.html) ?? "" };
}

const codeIn = (html: string): string | undefined =>
  readCode(parseHTML(html).document.querySelector(".code")?.textContent ?? "");
