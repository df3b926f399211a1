import type { ComponentChildren } from "preact";
import { render } from "preact-render-to-string";
import { type Tools, ToolsContext } from "./tools.ts";
import { unturned } from "./turning.ts";

/** Around words that stand in English on a page of another language, until the page is whole. Of Unicode's private use. */
const [FROM, TO] = ["\u{E000}", "\u{E001}"];
const MARKS = new RegExp(`[${FROM}${TO}]`, "g");
/** A tag with its attributes; an element whose content can hold no other; or text. */
const PARTS = /<(title|option|textarea|script|style)\b[^>]*>[^]*?<\/\1>|<(?:"[^"]*"|[^>"])*>|[^<]+/g;

/** Marks a text as English on a page of another language. */
export const inEnglish = (text: string): string => `${FROM}${text}${TO}`;

/** Says of each marked text that it is English, so that it is read aloud as such; where no element can stand, nothing is said. */
const named = (html: string): string =>
  html.includes(FROM)
    ? html.replaceAll(PARTS, (part) =>
        part.startsWith("<")
          ? part.replaceAll(MARKS, "")
          : part
              .replaceAll(new RegExp(`${FROM}([^${FROM}${TO}]*)${TO}`, "g"), '<span lang="en">$1</span>')
              .replaceAll(MARKS, ""),
      )
    : html;

/** Words of a page: those that stand in English on a page of another language are marked as such. What is no page is given them bare. */
const marking =
  ({ t, lacks }: Tools): Tools["t"] =>
  (key, values) =>
    lacks(key) ? inEnglish(t(key, values)) : t(key, values);

/** A whole document as text. The page's own frame makes `<html>`. */
export function htmlOf(content: ComponentChildren, tools: Tools): string {
  const marked = { ...tools, t: marking(tools) };
  const html = render(<ToolsContext.Provider value={marked}>{content}</ToolsContext.Provider>);
  return `<!DOCTYPE html>${unturned(named(html))}`;
}
