import { TAG } from "./verify-der.ts";

/** The length of a DER element's content, in the shortest form. @source ITU-T X.690 §10.1 */
function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.of(size);
  const hex = size.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

/** One DER element with this tag, holding `parts` one after the other. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(TAG.sequence, ...parts);

/** A SET OF: DER orders its elements by their bytes. @source ITU-T X.690 §11.6 */
export const setOf = (...parts: readonly Uint8Array[]): Buffer =>
  element(TAG.set, ...parts.toSorted((a, b) => Buffer.compare(a, b)));

export const octets = (content: Uint8Array): Buffer => element(TAG.octetString, content);
export const bits = (content: Uint8Array): Buffer => element(TAG.bitString, Buffer.of(0), content);
export const utf8 = (text: string): Buffer => element(TAG.utf8, Buffer.from(text));
export const printable = (text: string): Buffer => element(TAG.printable, Buffer.from(text, "latin1"));
export const truth = (): Buffer => element(TAG.boolean, Buffer.of(0xff));

/** A whole number, zero or more. */
export function integer(value: bigint | number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return element(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  const arcs = [first * 40n + second, ...rest].map((arc) => {
    const bytes = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) bytes.unshift(Number(left & 0x7fn) | 0x80);
    return Buffer.from(bytes);
  });
  return element(TAG.oid, ...arcs);
}

/** `20261123221650Z`, or with milliseconds where there are any. */
export function generalizedTime(at: Temporal.Instant): Buffer {
  const text = at.round({ smallestUnit: "millisecond", roundingMode: "floor" }).toString().replaceAll(/[-:T]/g, "");
  return element(TAG.generalizedTime, Buffer.from(text, "latin1"));
}

/** X.509 times to the second: UTCTime until 2049, GeneralizedTime after. @source RFC 5280 §4.1.2.5 */
export function certificateTime(at: Temporal.Instant): Buffer {
  const text = at.round({ smallestUnit: "second", roundingMode: "floor" }).toString().replaceAll(/[-:T]/g, "");
  return text < "2050"
    ? element(TAG.utcTime, Buffer.from(text.slice(2), "latin1"))
    : element(TAG.generalizedTime, Buffer.from(text, "latin1"));
}
