/** How many smallest hashes a signature keeps. */
export const HASHES = 128;
/** Bands of a signature, and hashes in each: texts that have seven of ten shingles in common share a band nine times in ten. */
const BANDS = 20;
const ROWS = 6;
/** Letters in a shingle. Letters rather than words, as many scripts part no words and scams misspell on purpose. */
const SHINGLE = 5;
/** A text of fewer different shingles is too short to be known again by its wording: "please help me" is everybody's. */
export const SHINGLES_MIN = 40;
/** How much of a text is compared, in code points. */
const COMPARED_MAX = 4_000;
/** Share of equal hashes from which two wordings are taken for one. */
export const ALIKE_MIN = 0.6;

/**
 * The wording of a text, without what changes from one copy to the next: numbers, amounts, links, addresses and punctuation are
 * masked, capitals and ornamental letters are made plain. Empty where nothing is left to compare.
 */
export function wordingOf(text: string): string {
  return text
    .toWellFormed()
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, "")
    .split(/\s+/)
    .map(masked)
    .join(" ")
    .replaceAll(/[^\p{L}\p{M}#]+/gu, " ")
    .replaceAll(/#(?:\s*#)+/g, "#")
    .trim()
    .slice(0, COMPARED_MAX)
    .toWellFormed();
}

/** A word that holds a digit, an `@` or a full stop between letters is a number, a code or an address: which one says nothing of the wording. */
const masked = (word: string): string =>
  /\d|@|:\/\/|\p{L}[.,]\p{Script=Latin}{2}/u.test(word) && !PARTLESS.test(word)
    ? " # "
    : word.replaceAll(PARTLESS_NUMBER, " # ");
/** Scripts that part no words: what stands between blanks is a sentence there, and only its numbers are masked. */
const PARTLESS =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const PARTLESS_NUMBER = /[a-z0-9@:/._-]*\d[a-z0-9@:/._-]*/g;

/** What two texts are compared by: the smallest hash of their shingles under each of 128 hash functions, 16 bits of each. */
export type Signature = Uint16Array;

/** The hash functions of one node. They follow from its key, so that nobody can tell words from a signature without it. */
export interface Hashing {
  readonly start: number;
  readonly factors: Uint32Array;
  readonly offsets: Uint32Array;
}

/** The hash functions that `key` (at least 4 bytes) gives. */
export function hashingOf(key: Uint8Array): Hashing {
  let state = key.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01_00_01_93) >>> 0, 0x81_1c_9d_c5);
  const next = (): number => {
    state = (state + 0x9e_37_79_b9) >>> 0;
    return mixed(state);
  };
  const start = next();
  return {
    start,
    factors: Uint32Array.from({ length: HASHES }, () => (next() | 1) >>> 0),
    offsets: Uint32Array.from({ length: HASHES }, next),
  };
}

/** Spreads 32 bits evenly. @source MurmurHash3, finalizer */
function mixed(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85_eb_ca_6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2_b2_ae_35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The shingles of a wording, each once, as hashes. */
export function shinglesOf(wording: string, start = 0): Set<number> {
  const letters = Array.from(wording, (letter) => letter.codePointAt(0) ?? 0);
  const found = new Set<number>();
  for (let at = 0; at + SHINGLE <= letters.length; at += 1) {
    let hash = start;
    for (let offset = 0; offset < SHINGLE; offset += 1) hash = mixed(hash ^ (letters[at + offset] ?? 0)) + offset;
    found.add(hash >>> 0);
  }
  return found;
}

/** The signature of a wording; `null` where it is too short to be known again. @source Broder 1997, On the resemblance and containment of documents */
export function signatureOf(wording: string, { start, factors, offsets }: Hashing): Signature | null {
  const shingles = shinglesOf(wording, start);
  if (shingles.size < SHINGLES_MIN) return null;
  const smallest = new Uint32Array(HASHES).fill(0xff_ff_ff_ff);
  for (const shingle of shingles)
    for (let n = 0; n < HASHES; n += 1) {
      const hash = Math.imul(shingle ^ (offsets[n] ?? 0), factors[n] ?? 1) >>> 0;
      if (hash < (smallest[n] ?? 0)) smallest[n] = hash;
    }
  // The high bits of a smallest hash are nearly always nought; the low ones tell two apart.
  return Uint16Array.from(smallest, (hash) => mixed(hash));
}

/** Keys under which a signature is looked up: texts alike share at least one of them, nearly always. */
export function bandsOf(signature: Signature): bigint[] {
  return Array.from({ length: BANDS }, (_, band) => {
    let [high, low] = [mixed(band + 1), mixed(band + 0x5b_d1)];
    for (let row = 0; row < ROWS; row += 1) {
      const value = signature[band * ROWS + row] ?? 0;
      high = mixed(high ^ value);
      low = mixed((low + value) >>> 0);
    }
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  });
}

/** How much of the wording two texts have in common, 0 to 1, as their signatures tell: within about 0.08 nineteen times in twenty. */
export function likeness(a: Signature, b: Signature): number {
  let equal = 0;
  for (let n = 0; n < HASHES; n += 1) if (a[n] === b[n]) equal += 1;
  return equal / HASHES;
}

/** The same, exactly, from the wordings themselves: shingles in both, of all that either has. */
export function exactLikeness(a: string, b: string): number {
  const [left, right] = [shinglesOf(a), shinglesOf(b)];
  if (left.size === 0 || right.size === 0) return a === b && a !== "" ? 1 : 0;
  let both = 0;
  for (const each of left) if (right.has(each)) both += 1;
  return both / (left.size + right.size - both);
}

/** A signature as its column keeps it. */
export const signatureBytes = (signature: Signature): Buffer =>
  Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength);
export const signatureFrom = (bytes: Uint8Array): Signature =>
  new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
