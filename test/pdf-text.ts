import { inflateSync } from "node:zlib";

/** The text that a PDF of ours shows, page after page, in the order in which it is drawn: as a reader would copy it. */
export function textOfPdf(pdf: Uint8Array): string {
  const file = Buffer.from(pdf).toString("latin1");
  const objects = new Map(
    [...file.matchAll(/(?:^|\n)(\d+) 0 obj\r?\n([\s\S]*?)\r?\nendobj/g)].map(([, id = "", body = ""]) => [id, body]),
  );
  const body = (id: string | undefined): string => objects.get(id ?? "") ?? "";
  const pages = [...objects.values()].filter((each) => /\/Type \/Page\b(?!s)/.test(each));
  return pages
    .map((page) => {
      const fonts = new Map(
        [...page.matchAll(/\/(f\d+) (\d+) 0 R/g)].map(([, name = "", id]) => {
          const unicode = /\/ToUnicode (\d+) 0 R/.exec(body(id))?.[1];
          return [name, charactersOf(streamOf(body(unicode)))];
        }),
      );
      return shown(streamOf(body(/\/Contents (\d+) 0 R/.exec(page)?.[1])), fonts);
    })
    .join("\n");
}

function streamOf(body: string): string {
  const inner = /stream\r?\n([\s\S]*?)\nendstream/.exec(body)?.[1] ?? "";
  return /\/FlateDecode/.test(body) ? inflateSync(Buffer.from(inner, "latin1")).toString("latin1") : inner;
}

/** Glyph number to text, from a font's ToUnicode map. */
function charactersOf(map: string): Map<number, string> {
  const found = new Map<number, string>();
  const text = (hex: string): string => Buffer.from(hex, "hex").swap16().toString("utf16le");
  for (const [, section = ""] of map.matchAll(/beginbfchar([\s\S]*?)endbfchar/g))
    for (const [, glyph = "", to = ""] of section.matchAll(/<([0-9a-f]+)>\s*<([0-9a-f]+)>/gi))
      found.set(parseInt(glyph, 16), text(to));
  for (const [, section = ""] of map.matchAll(/beginbfrange([\s\S]*?)endbfrange/g))
    for (const [, first = "", last = "", to = ""] of section.matchAll(
      /<([0-9a-f]+)>\s*<([0-9a-f]+)>\s*<([0-9a-f]+)>/gi,
    ))
      for (let glyph = parseInt(first, 16); glyph <= parseInt(last, 16); glyph += 1)
        found.set(glyph, String.fromCodePoint((text(to).codePointAt(0) ?? 0) + glyph - parseInt(first, 16)));
  return found;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** A literal string that begins after its bracket at `from`: balanced brackets in it stand as they are. Gives its bytes, and where it ends. */
function literalAt(content: string, from: number): { bytes: Buffer; end: number } {
  let depth = 1;
  let text = "";
  let at = from;
  for (; at < content.length; at += 1) {
    const character = content.charAt(at);
    if (character === "\\") {
      const [octal] = /^[0-7]{1,3}/.exec(content.slice(at + 1, at + 4)) ?? [];
      const next = content.charAt(at + 1);
      text += octal ? String.fromCharCode(parseInt(octal, 8)) : (ESCAPES[next] ?? next);
      at += octal?.length ?? 1;
      continue;
    }
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (depth === 0) break;
    text += character;
  }
  return { bytes: Buffer.from(text, "latin1"), end: at + 1 };
}

function shown(content: string, fonts: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  const token = /\/(f\d+) [\d.]+ Tf|(\bET\b)|\(/g;
  let font: ReadonlyMap<number, string> = new Map();
  let said = "";
  for (let found = token.exec(content); found; found = token.exec(content)) {
    const [, name, end] = found;
    if (name) font = fonts.get(name) ?? new Map();
    else if (end) said += "\n";
    else {
      const { bytes, end: after } = literalAt(content, token.lastIndex);
      for (let at = 0; at + 1 < bytes.length; at += 2) said += font.get(bytes.readUInt16BE(at)) ?? "";
      token.lastIndex = after;
    }
  }
  return said;
}
