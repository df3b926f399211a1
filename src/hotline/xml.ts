import { Malformed } from "../trust/verify-errors.ts";

/** An element of a document: what it says and what is in it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Its own text, without blanks at both ends. */
  readonly text: string;
}

/** Largest document in bytes, deepest nesting, most elements and attributes of one. */
export const XML_BYTES_MAX = 262_144;
const DEPTH_MAX = 20;
const ELEMENTS_MAX = 20_000;
const ATTRIBUTES_MAX = 20;

const NAME = /[A-Za-z_][\w.-]{0,99}/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.-]{0,99}(?::[A-Za-z_][\w.-]{0,99})?)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads a small XML document: elements, attributes, text, CDATA, comments. No document type, so no entities but the five of
 * XML itself; no processing instructions, no prefixed elements, UTF-8 only. Throws `Malformed` and nothing else.
 *
 * @source XML 1.0 (Fifth Edition) §2, §4.1, §4.6
 */
export function readXml(bytes: Buffer): Element {
  if (bytes.length > XML_BYTES_MAX) throw new Malformed(`XML: more than ${XML_BYTES_MAX} bytes`);
  return new Reading(decoded(bytes)).document();
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Malformed("XML: not UTF-8");
  }
}

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  readonly texts: string[];
}

/** One pass over a text. */
class Reading {
  readonly #text: string;
  #at = 0;
  #elements = 0;
  constructor(text: string) {
    this.#text = text;
  }

  document(): Element {
    // oxlint-disable-next-line no-control-regex -- these are what XML forbids
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(this.#text))
      throw this.fault("a forbidden character");
    this.declaration();
    this.blanks();
    const root = this.element();
    this.blanks();
    if (this.#at < this.#text.length) throw this.fault("something after the document");
    return root;
  }

  private declaration(): void {
    const found = /^<\?xml\s([^?]{0,200})\?>/.exec(this.#text);
    if (!found) return;
    const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(found[1] ?? "")?.[1];
    if (encoding !== undefined && encoding.toLowerCase() !== "utf-8") throw this.fault("another encoding than UTF-8");
    this.#at = found[0].length;
  }

  /** Blanks and comments between elements. */
  private blanks(): void {
    for (;;) {
      while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
      if (!this.#text.startsWith("<!--", this.#at)) return;
      this.comment();
    }
  }

  private comment(): void {
    const end = this.#text.indexOf("--", this.#at + 4);
    if (end < 0 || this.#text[end + 2] !== ">") throw this.fault("a comment that does not end");
    this.#at = end + 3;
  }

  /** The root with all in it. Without recursion, so that depth costs no stack. */
  private element(): Element {
    const open: Open[] = [];
    for (;;) {
      const begun = this.begin();
      let done: Element | undefined;
      if (begun.isEmpty) done = closed(begun.open);
      else open.push(begun.open);
      if (open.length > DEPTH_MAX) throw this.fault(`deeper than ${DEPTH_MAX}`);
      for (;;) {
        const inner = open.at(-1);
        if (done) {
          if (!inner) return done;
          inner.children.push(done);
          done = undefined;
        }
        if (!inner) throw this.fault("no element");
        if (this.content(inner) === "begins") break;
        this.end(inner.name);
        open.pop();
        done = closed(inner);
      }
    }
  }

  private begin(): { open: Open; isEmpty: boolean } {
    if (this.#text[this.#at] !== "<") throw this.fault("no element");
    this.#at += 1;
    const name = this.name();
    this.#elements += 1;
    if (this.#elements > ELEMENTS_MAX) throw this.fault(`more than ${ELEMENTS_MAX} elements`);
    const attributes = this.attributes();
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    const isEmpty = this.#text[this.#at] === "/";
    if (isEmpty) this.#at += 1;
    if (this.#text[this.#at] !== ">") throw this.fault(`<${name}> does not end`);
    this.#at += 1;
    return { open: { name, attributes, children: [], texts: [] }, isEmpty };
  }

  private name(): string {
    NAME.lastIndex = this.#at;
    const [name] = NAME.exec(this.#text) ?? [];
    if (name === undefined) throw this.fault("document types, instructions and such names are not taken");
    this.#at += name.length;
    return name;
  }

  private attributes(): Record<string, string> {
    const attributes: [string, string][] = [];
    for (;;) {
      ATTRIBUTE.lastIndex = this.#at;
      const found = ATTRIBUTE.exec(this.#text);
      if (!found) break;
      const [whole, name = "", double, single] = found;
      if (attributes.some(([known]) => known === name)) throw this.fault(`two attributes ${name}`);
      attributes.push([name, this.plain(double ?? single ?? "")]);
      if (attributes.length > ATTRIBUTES_MAX) throw this.fault(`more than ${ATTRIBUTES_MAX} attributes`);
      this.#at += whole.length;
    }
    return Object.fromEntries(attributes);
  }

  /** Text up to the next element or the end of this one. */
  private content(into: Open): "begins" | "ends" {
    for (;;) {
      const next = this.#text.indexOf("<", this.#at);
      if (next < 0) throw this.fault(`<${into.name}> is not closed`);
      into.texts.push(this.plain(this.#text.slice(this.#at, next)));
      this.#at = next;
      if (this.#text.startsWith("<!--", next)) this.comment();
      else if (this.#text.startsWith("<![CDATA[", next)) {
        const end = this.#text.indexOf("]]>", next);
        if (end < 0) throw this.fault("CDATA that does not end");
        into.texts.push(this.#text.slice(next + 9, end));
        this.#at = end + 3;
      } else return this.#text[next + 1] === "/" ? "ends" : "begins";
    }
  }

  private end(name: string): void {
    this.#at += 2;
    if (this.name() !== name) throw this.fault(`<${name}> is closed by another`);
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    if (this.#text[this.#at] !== ">") throw this.fault(`</${name}> does not end`);
    this.#at += 1;
  }

  /** Text with its references read. */
  private plain(text: string): string {
    if (text.includes("]]>")) throw this.fault("]]> in a text");
    return text.replaceAll(/&([^;&\s]{0,20})(;?)/g, (_whole, name: string, end: string) => {
      const numbered = /^#(?:(\d{1,7})|x([\da-fA-F]{1,6}))$/.exec(name);
      const code = numbered ? Number.parseInt(numbered[1] ?? numbered[2] ?? "", numbered[1] ? 10 : 16) : undefined;
      const own = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
      const read = code === undefined ? own : character(code);
      if (end === "" || read === undefined) throw this.fault("an entity that XML itself does not know");
      return read;
    });
  }

  private fault(what: string): Malformed {
    return new Malformed(`XML: ${what} (near character ${this.#at})`);
  }
}

/** The character of a number; `undefined` where XML has none. */
function character(code: number): string | undefined {
  const isAllowed =
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return isAllowed ? String.fromCodePoint(code) : undefined;
}

const closed = ({ name, attributes, children, texts }: Open): Element => ({
  name,
  attributes,
  children,
  text: texts.join("").trim(),
});

/** Text as it stands in a document. */
export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0) ?? 0};`);

/** The elements of a name directly in this one. */
export const all = ({ children }: Element, name: string): readonly Element[] =>
  children.filter((each) => each.name === name);
/** The first of them. */
export const first = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find((each) => each.name === name);
/** The text of the first of them; `""` where there is none. */
export const textIn = (element: Element | undefined, name: string): string => first(element, name)?.text ?? "";
/** The elements of a name anywhere below. */
export const below = (element: Element, name: string): Element[] =>
  element.children.flatMap((each) => [...(each.name === name ? [each] : []), ...below(each, name)]);
