import { readdirSync, readFileSync } from "node:fs";
import { direction } from "../src/kernel/i18n.ts";
import type { Seen } from "./crawl.ts";

/** First parts of message keys: `act.request.send` where words should stand is a missing message. */
const PREFIXES = new Set(
  readdirSync("locales/en")
    .flatMap((file) => Object.keys(JSON.parse(readFileSync(`locales/en/${file}`, "utf8")) as object))
    .filter((key) => key.includes("."))
    .map((key) => key.split(".")[0]),
);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const RAW_MOMENT = /(?<![\w/-])\d{4}-\d\d-\d\d(?:T\d\d:\d\d|(?![\w-]))/;
const RAW_ACTOR = /\b(?:account|peer|reporter|system):[\w-]/;

/** Attributes that are read out or shown. */
const SPOKEN = ["title", "aria-label", "alt", "placeholder"];

/** What is wrong with a page as it stands in its source, each in a sentence. What is not read is taken out of the document. */
export function faultsOf(document: Document, lang = "en"): string[] {
  const faults: string[] = [];
  const html = document.documentElement;
  if (html.getAttribute("lang") !== lang) faults.push(`lang is ${html.getAttribute("lang")}`);
  if (html.getAttribute("dir") !== direction(lang)) faults.push(`dir is ${html.getAttribute("dir")}`);
  const headings = document.querySelectorAll("h1");
  if (headings.length !== 1) faults.push(`${headings.length} h1`);
  if ((document.querySelector("h1")?.textContent ?? "").trim() === "") faults.push("the h1 is empty");
  if ((document.querySelector("title")?.textContent ?? "").trim() === "") faults.push("no title");
  for (const each of document.querySelectorAll("h1, h2, h3, title, a, button, summary, label, legend")) {
    if (UUID.test(each.textContent)) faults.push(`a bare identifier: ${each.textContent.trim().slice(0, 90)}`);
    if (
      each.textContent.trim() === "" &&
      !SPOKEN.some((name) => each.hasAttribute(name)) &&
      !each.querySelector("svg, img")
    )
      faults.push(`empty ${each.tagName.toLowerCase()}`);
  }
  const words = wordsOf(document);
  for (const text of words) {
    if (/\bundefined\b|\[object|\bNaN\b|\bInvalid Date\b/.test(text))
      faults.push(`a value that is none: ${text.slice(0, 90)}`);
    if (RAW_MOMENT.test(text)) faults.push(`a moment for machines: ${text.slice(0, 90)}`);
    if (RAW_ACTOR.test(text)) faults.push(`an actor for machines: ${text.slice(0, 90)}`);
    if (UUID.test(text)) faults.push(`a bare identifier in the text: ${text.slice(0, 90)}`);
    for (const [key] of text.matchAll(/(?<![\w.-])[a-z][a-z-]*(?:\.[a-zA-Z0-9-]+)+/g))
      if (PREFIXES.has(key.split(".")[0])) faults.push(`a message without words: ${key}`);
    if (/\{[a-z]+[,}]/.test(text)) faults.push(`a message without its values: ${text.slice(0, 90)}`);
  }
  return [...new Set(faults)];
}

/** Everything that is read: text outside of code and of what people typed, and the attributes that are spoken. */
function wordsOf(document: Document): string[] {
  for (const each of document.querySelectorAll("code, pre, textarea, script, style, .mono, .code-small, .hash"))
    each.remove();
  const texts: string[] = [document.title];
  for (const each of document.querySelectorAll("body *")) {
    for (const node of each.childNodes)
      if (node.nodeType === 3 && node.textContent?.trim()) texts.push(node.textContent.trim());
    for (const name of SPOKEN) if (each.hasAttribute(name)) texts.push(each.getAttribute(name) ?? "");
  }
  return texts;
}

/** Attributes whose value says what an element is. */
const TELLING = new Set(["class", "role", "type"]);
const kindOf = (each: Element): string =>
  `${each.tagName} ${[...each.attributes]
    .map(({ name, value }) => (TELLING.has(name) ? `${name}=${value}` : name))
    .sort()
    .join(" ")}`;

/** The kinds of elements of a page, each within the kind that holds it. */
export const elementsOf = (document: Document): string[] => [
  ...new Set(
    [...document.querySelectorAll("body *")].map((each) =>
      each.parentElement ? `${kindOf(each.parentElement)} > ${kindOf(each)}` : kindOf(each),
    ),
  ),
];

/** Pages of one visitor that have the same title though they are about different things. */
export function sameTitles(pages: readonly Seen[]): string[] {
  const byTitle = new Map<string, Set<string>>();
  for (const page of pages) {
    const { title } = page;
    const { pathname } = new URL(page.url);
    byTitle.set(title, (byTitle.get(title) ?? new Set()).add(pathname));
  }
  return [...byTitle]
    .filter(([, paths]) => paths.size > 1)
    .map(([title, paths]) => `"${title}": ${[...paths].slice(0, 3).join(" ")}`);
}
