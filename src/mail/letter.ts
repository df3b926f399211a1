import { z } from "zod";
import { direction } from "../kernel/i18n.ts";

/** One piece of a letter. All of it is plain text: nothing of it is read as markup. */
type Part =
  | { readonly text: string }
  | { readonly heading: string }
  | { readonly list: readonly string[] }
  | { readonly link: { readonly label: string; readonly href: string } };

/** What somebody is written, before it is a message. */
export interface Letter {
  readonly locale: string;
  /** One line; what would end a header's line is taken out. */
  readonly subject: string;
  readonly parts: readonly Part[];
  /** What stands below a rule: why one gets this, and how it ends. */
  readonly foot?: readonly Part[];
}

/** An address as mail can be sent to: one, without a name, on one line. */
export const addressSchema = z.email().max(254);

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const SUBJECT_MAX = 180;

/** A text that stays on the line of its header. @source RFC 5322 §2.2 */
export const oneLine = (text: string): string =>
  text.toWellFormed().replaceAll(CONTROLS, " ").trim().slice(0, SUBJECT_MAX).toWellFormed();

const linesOf = (part: Part): string => {
  if ("heading" in part) return part.heading.toUpperCase();
  if ("list" in part) return part.list.map((each) => `- ${each}`).join("\n");
  if ("link" in part) return `${part.link.label}\n${part.link.href}`;
  return part.text;
};

/** The letter as plain text. */
export function textOf({ parts, foot = [] }: Letter): string {
  const body = parts.map(linesOf).join("\n\n");
  return foot.length === 0 ? `${body}\n` : `${body}\n\n-- \n${foot.map(linesOf).join("\n\n")}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => ESCAPES[each] ?? each);
const broken = (text: string): string => escaped(text).replaceAll("\n", "<br>");

const markup = (part: Part): string => {
  if ("heading" in part) return `<h2 style="font-size:1.1em;margin:1.5em 0 .3em">${escaped(part.heading)}</h2>`;
  if ("list" in part) return `<ul>${part.list.map((each) => `<li dir="auto">${escaped(each)}</li>`).join("")}</ul>`;
  if ("link" in part) return `<p><a href="${escaped(part.link.href)}">${escaped(part.link.label)}</a></p>`;
  return `<p>${broken(part.text)}</p>`;
};

/** The letter as simple HTML: no pictures, nothing fetched, nothing that tells that it was read. */
export function markupOf({ locale, subject, parts, foot = [] }: Letter): string {
  const below =
    foot.length === 0
      ? ""
      : `<hr style="border:0;border-top:1px solid #999"><div style="font-size:.85em">${foot.map(markup).join("")}</div>`;
  return `<!DOCTYPE html><html lang="${escaped(locale)}" dir="${direction(locale)}"><head><meta charset="utf-8"><title>${escaped(oneLine(subject))}</title></head><body style="font:16px/1.5 sans-serif;max-width:38em;margin:1em auto;padding:0 1em">${parts.map(markup).join("")}${below}</body></html>`;
}
