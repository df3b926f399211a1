import { isSafeName } from "./verify-zip.ts";

/** Longest file name in a package, in bytes of UTF-8; file systems allow 255. */
const NAME_BYTES_MAX = 180;

/** Not permitted on some system, or able to mislead a reader or a shell. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd\\/:*?"<>|%]/gu;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** `stem` cut where `ending` still fits, between two characters. */
function shortened(stem: string, ending: string): string {
  const room = Buffer.alloc(Math.max(0, NAME_BYTES_MAX - Buffer.byteLength(ending)));
  return stem.slice(0, new TextEncoder().encodeInto(stem, room).read) + ending;
}

/**
 * A file name that every system can unpack, as near to the original as can be, and not yet in `taken` (which it joins).
 * The original name stays in the item's facts.
 */
export function nameInPackage(original: string, taken: Set<string>): string {
  const plain = original
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(UNSAFE, "_")
    .replace(/^[-. ]+/, "_")
    .replace(/[. ]+$/, "_");
  const named = plain === "" || RESERVED.test(plain) ? `_${plain}` : plain;
  const [, stem = named, ending = ""] = /^(.+?)(\.[^.]{1,12})?$/s.exec(named) ?? [];
  for (let copy = 1; ; copy++) {
    const name = copy === 1 ? shortened(stem, ending) : shortened(stem, `_${copy}${ending}`);
    const folded = name.toLowerCase();
    if (taken.has(folded) || !isSafeName(name)) continue;
    taken.add(folded);
    return name;
  }
}

/** A folder name in plain ASCII, for paths that stand in shell commands. */
export const folderInPackage = (number: string, taken: Set<string>): string =>
  nameInPackage(number.normalize("NFKD").replaceAll(/[^A-Za-z0-9._-]+/g, "-"), taken);
