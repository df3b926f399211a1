import { Malformed } from "./verify-errors.ts";

/** One DER element. `raw` is the whole of it, `content` what it holds; both share the memory of what was read. */
export interface Der {
  readonly tag: number;
  readonly raw: Buffer;
  readonly content: Buffer;
}

// prettier-ignore
export const TAG = {
  boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, utf8: 0x0c, printable: 0x13,
  utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30, set: 0x31,
} as const;

/** The tag of a context-specific element: `[0]`, constructed unless said otherwise. */
export const context = (number: number, isConstructed = true): number => (isConstructed ? 0xa0 : 0x80) | number;

function lengthAt(bytes: Buffer, at: number, where: string): { length: number; start: number } {
  const first = bytes[at];
  if (first === undefined) throw new Malformed(`${where}: ends within a length`);
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  // DER knows no indefinite form and no padding; four bytes are more than any file that is read whole.
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) throw new Malformed(`${where}: length is not DER`);
  const length = bytes.readUIntBE(at + 1, count);
  if (length < 0x80 || bytes[at + 1] === 0) throw new Malformed(`${where}: length is not the shortest`);
  return { length, start: at + 1 + count };
}

function elementAt(bytes: Buffer, at: number, where: string): Der {
  const tag = bytes[at];
  if (tag === undefined || (tag & 0x1f) === 0x1f) throw new Malformed(`${where}: tag is not one that is used here`);
  const { length, start } = lengthAt(bytes, at + 1, where);
  if (start + length > bytes.length) throw new Malformed(`${where}: ends too early`);
  return { tag, raw: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) };
}

/** Reads bytes that are exactly one DER element. Throws `Malformed`. @source ITU-T X.690 §10 */
export function readDer(bytes: Uint8Array, where: string): Der {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const element = elementAt(buffer, 0, where);
  if (element.raw.length !== buffer.length) throw new Malformed(`${where}: bytes after the end`);
  return element;
}

/** The elements inside a constructed one, in order. */
export function childrenOf(element: Der, where: string): readonly Der[] {
  if ((element.tag & 0x20) === 0) throw new Malformed(`${where}: holds no elements`);
  const children: Der[] = [];
  for (let at = 0; at < element.content.length;) {
    const child = elementAt(element.content, at, where);
    children.push(child);
    at += child.raw.length;
  }
  return children;
}

/** Walks through the elements of a sequence in order; every step says what must come. */
export interface Steps {
  /** The next element, which must have this tag. */
  readonly take: (tag: number, name: string) => Der;
  /** The next element if it has this tag. */
  readonly maybe: (tag: number) => Der | undefined;
  /** Nothing may be left. */
  readonly done: () => void;
}

/** Steps through the elements of `element`, which must have the tag (a SEQUENCE unless said otherwise). */
export function stepsOf(element: Der, where: string, tag: number = TAG.sequence): Steps {
  if (element.tag !== tag) throw new Malformed(`${where}: not the expected kind of element`);
  const children = childrenOf(element, where);
  let at = 0;
  const maybe = (wanted: number): Der | undefined => (children[at]?.tag === wanted ? children[at++] : undefined);
  return {
    maybe,
    take: (wanted, name) => {
      const next = maybe(wanted);
      if (!next) throw new Malformed(`${where}.${name}: missing or not the expected kind`);
      return next;
    },
    done: () => {
      if (at !== children.length) throw new Malformed(`${where}: more elements than there should be`);
    },
  };
}

/** The single element inside a constructed one. */
export function onlyChild(element: Der, where: string): Der {
  const [child, ...more] = childrenOf(element, where);
  if (!child || more.length > 0) throw new Malformed(`${where}: not exactly one element`);
  return child;
}

/** An OBJECT IDENTIFIER in dotted form. */
export function readOid(element: Der, where: string): string {
  if (element.tag !== TAG.oid || element.content.length === 0)
    throw new Malformed(`${where}: not an object identifier`);
  const arcs: bigint[] = [];
  let arc = 0n;
  let isOpen = false;
  for (const byte of element.content) {
    if (!isOpen && byte === 0x80) throw new Malformed(`${where}: object identifier is padded`);
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    isOpen = (byte & 0x80) !== 0;
    if (isOpen) continue;
    if (arcs.length === 0) {
      const first = arc < 80n ? arc / 40n : 2n;
      arcs.push(first, arc - first * 40n);
    } else arcs.push(arc);
    arc = 0n;
  }
  if (isOpen) throw new Malformed(`${where}: object identifier is cut off`);
  return arcs.join(".");
}

/** A whole number; must be the shortest form. */
export function readInteger(element: Der, where: string): bigint {
  const [first, second] = element.content;
  if (element.tag !== TAG.integer || first === undefined) throw new Malformed(`${where}: not a whole number`);
  const isPadded = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) throw new Malformed(`${where}: number is padded`);
  return BigInt.asIntN(element.content.length * 8, BigInt(`0x${element.content.toString("hex")}`));
}

/** The bits of a BIT STRING that fills its last byte. */
export function readBits(element: Der, where: string): Buffer {
  if (element.tag !== TAG.bitString || element.content[0] !== 0) throw new Malformed(`${where}: not a bit string`);
  return element.content.subarray(1);
}

/** A UTCTime or GeneralizedTime, as the moment it means. Only the UTC forms of DER are read. @source RFC 5280 §4.1.2.5 */
export function readTime(element: Der, where: string): Temporal.Instant {
  const text = element.content.toString("latin1");
  const short = element.tag === TAG.utcTime ? /^(\d\d)(\d{4})(\d{6})Z$/.exec(text) : null;
  const long = element.tag === TAG.generalizedTime ? /^(\d{4})(\d{4})(\d{6})(\.\d*[1-9])?Z$/.exec(text) : null;
  const [, year, day = "", time = "", fraction = ""] = short ?? long ?? [];
  if (year === undefined || fraction.length > 10) throw new Malformed(`${where}: not a time`);
  const fullYear = short ? `${Number(year) >= 50 ? 19 : 20}${year}` : year;
  const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}${fraction}`;
  try {
    return Temporal.Instant.from(`${fullYear}-${day.slice(0, 2)}-${day.slice(2)}T${clock}Z`);
  } catch {
    throw new Malformed(`${where}: not a time that exists`);
  }
}
