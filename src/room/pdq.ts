/**
 * PDQ: a hash of what a picture looks like, so that a copy that was scaled, pressed or slightly altered has nearly the same one.
 * Our own writing after the published description.
 *
 * @source PDQ & TMK + PDQF (Meta, 2019), "PDQ Hashing" §§ 2–4
 */

/** A hash and its quality, 0 (nothing to tell it by) to 100. Hashes under 50 are not to be matched. */
export interface Pdq {
  /** 64 hex digits. */
  readonly hash: string;
  readonly quality: number;
}

/** Larger pictures are scaled down to this side before they are hashed. */
export const LUMA_SIDE_MAX = 512;
const SIDE = 64;
const BITS_SIDE = 16;
const PASSES = 2;

/** The hash of points in rows, `channels` bytes each (1 grey, 3 red, green, blue). */
export function pdq(
  points: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
): Pdq {
  const small = decimated(blurred(lumaOf(points, width * height, channels), width, height), width, height);
  const waves = transformed(small);
  const median = medianOf(waves);
  let hash = "";
  // The last row of waves comes first, and within it the highest frequency: bit 255 down to bit 0.
  for (let nibble = (BITS_SIDE * BITS_SIDE) / 4 - 1; nibble >= 0; nibble -= 1) {
    let digit = 0;
    for (let bit = 3; bit >= 0; bit -= 1) digit = digit * 2 + ((waves[nibble * 4 + bit] ?? 0) > median ? 1 : 0);
    hash += digit.toString(16);
  }
  return { hash, quality: qualityOf(small) };
}

function lumaOf(points: Uint8Array, count: number, channels: number): Float32Array {
  const luma = new Float32Array(count);
  for (let at = 0; at < count; at += 1) {
    const from = at * channels;
    luma[at] =
      channels < 3
        ? (points[from] ?? 0)
        : 0.299 * (points[from] ?? 0) + 0.587 * (points[from + 1] ?? 0) + 0.114 * (points[from + 2] ?? 0);
  }
  return luma;
}

/** Two passes of a mean over a window that is half a cell of the small picture: nearly a tent, and cheap. */
function blurred(luma: Float32Array, width: number, height: number): Float32Array {
  const across = Math.ceil(width / (2 * SIDE));
  const down = Math.ceil(height / (2 * SIDE));
  const between = new Float32Array(luma.length);
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (let row = 0; row < height; row += 1)
      mean(luma, between, { start: row * width, stride: 1, length: width, window: across });
    for (let column = 0; column < width; column += 1)
      mean(between, luma, { start: column, stride: width, length: height, window: down });
  }
  return luma;
}

interface Run {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
  readonly window: number;
}
/** The mean of the window around each value of a row or column; at the ends, of what there is of the window. */
function mean(from: Float32Array, to: Float32Array, { start, stride, length, window }: Run): void {
  const ahead = Math.floor((window + 2) / 2) - 1;
  let sum = 0;
  let count = 0;
  for (let at = -ahead; at < length; at += 1) {
    const enters = at + ahead;
    if (enters < length) {
      sum += from[start + enters * stride] ?? 0;
      count += 1;
    }
    const leaves = enters - window;
    if (leaves >= 0) {
      sum -= from[start + leaves * stride] ?? 0;
      count -= 1;
    }
    if (at >= 0) to[start + at * stride] = sum / count;
  }
}

function decimated(luma: Float32Array, width: number, height: number): Float32Array {
  const small = new Float32Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row += 1) {
    const y = Math.floor(((row + 0.5) * height) / SIDE);
    for (let column = 0; column < SIDE; column += 1)
      small[row * SIDE + column] = luma[y * width + Math.floor(((column + 0.5) * width) / SIDE)] ?? 0;
  }
  return small;
}

/** Rows of the cosine transform for the frequencies 1 to 16: without the mean, which says only how bright it is. */
const COSINES = Array.from({ length: BITS_SIDE }, (_, wave) =>
  Float64Array.from(
    { length: SIDE },
    (__, at) => Math.sqrt(2 / SIDE) * Math.cos((Math.PI / (2 * SIDE)) * (wave + 1) * (2 * at + 1)),
  ),
);

function transformed(small: Float32Array): Float64Array {
  const half = COSINES.map((row) =>
    Float64Array.from({ length: SIDE }, (_, column) =>
      row.reduce((sum, factor, at) => sum + factor * (small[at * SIDE + column] ?? 0), 0),
    ),
  );
  const waves = new Float64Array(BITS_SIDE * BITS_SIDE);
  for (const [row, values] of half.entries())
    for (const [column, factors] of COSINES.entries())
      waves[row * BITS_SIDE + column] = factors.reduce((sum, factor, at) => sum + factor * (values[at] ?? 0), 0);
  return waves;
}

/** The lower of the two in the middle, so that half of the bits are set. */
const medianOf = (waves: Float64Array): number => waves.toSorted()[waves.length / 2 - 1] ?? 0;

/** How much there is to tell a picture by: the steps between neighbours, in whole hundredths of full scale. */
function qualityOf(small: Float32Array): number {
  let steps = 0;
  const step = (a: number, b: number): number =>
    Math.abs(Math.trunc((((small[a] ?? 0) - (small[b] ?? 0)) * 100) / 255));
  for (let row = 0; row < SIDE; row += 1)
    for (let column = 0; column < SIDE; column += 1) {
      const at = row * SIDE + column;
      if (row < SIDE - 1) steps += step(at, at + SIDE);
      if (column < SIDE - 1) steps += step(at, at + 1);
    }
  return Math.min(Math.floor(steps / 90), 100);
}
