const WORDS = 8;
const CHUNKS = 16;
const BUCKETS = 65_536;

/** Bits that are set in 32. */
function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/**
 * Finds the nearest of many hashes of 256 bits. Cut into sixteen pieces of sixteen bits, two hashes that differ in at most 31 agree in
 * at least one piece but for one bit: only those that do are compared. Beyond 31 all are.
 *
 * @source Norouzi, Punjani, Fleet: Fast Exact Search in Hamming Space with Multi-Index Hashing (2014), § 3
 */
export class PdqIndex {
  readonly count: number;
  readonly #words: Uint32Array;
  /** For each piece: where each of its values begins in `#order`, and whose value it is. */
  readonly #starts: readonly Uint32Array[];
  readonly #order: readonly Uint32Array[];
  /** `hashes`: 32 bytes each. */
  constructor(hashes: Buffer) {
    this.count = Math.floor(hashes.length / (WORDS * 4));
    this.#words = new Uint32Array(this.count * WORDS);
    for (let at = 0; at < this.#words.length; at += 1) this.#words[at] = hashes.readUInt32BE(at * 4);
    const tables = Array.from({ length: CHUNKS }, (_, chunk) => this.#table(chunk));
    this.#starts = tables.map(({ starts }) => starts);
    this.#order = tables.map(({ order }) => order);
  }
  #table(chunk: number): { starts: Uint32Array; order: Uint32Array } {
    const starts = new Uint32Array(BUCKETS + 1);
    for (let at = 0; at < this.count; at += 1) {
      const value = pieceOf(this.#words, at * WORDS, chunk);
      starts[value + 1] = (starts[value + 1] ?? 0) + 1;
    }
    for (let value = 0; value < BUCKETS; value += 1)
      starts[value + 1] = (starts[value + 1] ?? 0) + (starts[value] ?? 0);
    const next = starts.slice();
    const order = new Uint32Array(this.count);
    for (let at = 0; at < this.count; at += 1) {
      const value = pieceOf(this.#words, at * WORDS, chunk);
      const to = next[value] ?? 0;
      order[to] = at;
      next[value] = to + 1;
    }
    return { starts, order };
  }
  /** How many bits the nearest differs in; `undefined` where none is within `distance`. */
  nearest(hash: Buffer, distance: number): number | undefined {
    const wanted = Uint32Array.from({ length: WORDS }, (_, word) => hash.readUInt32BE(word * 4));
    let best = distance + 1;
    const compare = (at: number): void => {
      let differing = 0;
      for (let word = 0; word < WORDS && differing < best; word += 1)
        differing += bitsIn((this.#words[at * WORDS + word] ?? 0) ^ (wanted[word] ?? 0));
      best = Math.min(best, differing);
    };
    if (distance >= 2 * CHUNKS) for (let at = 0; at < this.count; at += 1) compare(at);
    else
      for (let chunk = 0; chunk < CHUNKS && best > 0; chunk += 1) {
        const value = pieceOf(wanted, 0, chunk);
        this.#among(chunk, value, compare);
        // Fewer than sixteen differing bits leave one piece whole.
        if (distance >= CHUNKS) for (let bit = 0; bit < 16; bit += 1) this.#among(chunk, value ^ (1 << bit), compare);
      }
    return best <= distance ? best : undefined;
  }
  #among(chunk: number, value: number, compare: (at: number) => void): void {
    const [starts, order] = [this.#starts[chunk], this.#order[chunk]];
    for (let at = starts?.[value] ?? 0; at < (starts?.[value + 1] ?? 0); at += 1) compare(order?.[at] ?? 0);
  }
}

const pieceOf = (words: Uint32Array, from: number, chunk: number): number =>
  ((words[from + (chunk >> 1)] ?? 0) >>> (chunk % 2 === 0 ? 16 : 0)) & 0xffff;
