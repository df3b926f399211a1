/** One line of `npm run bench`. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same machine, the same run, the plainest way to do it. */
  readonly baseline: { readonly name: string; readonly value: number };
  /** `value / baseline.value`. */
  readonly ratio: number;
}

/** A measurement with its ratio. */
export const measured = (
  name: string,
  value: number,
  unit: string,
  baseline: { name: string; value: number },
): Measurement => ({
  name,
  value: round(value),
  unit,
  baseline: { name: baseline.name, value: round(baseline.value) },
  ratio: Math.round((value / baseline.value) * 1_000) / 1_000,
});
const round = (value: number): number => (value > 100 ? Math.round(value) : Math.round(value * 1_000) / 1_000);

/** How often a second `work` is done by `lanes` at once, over at least `seconds`. */
export async function rate(work: () => Promise<unknown>, lanes: number, seconds: number): Promise<number> {
  const from = performance.now();
  const end = from + seconds * 1_000;
  let done = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (done * 1_000) / (performance.now() - from);
}

/** The 95th percentile of `times` readings of `work`, in milliseconds. */
export async function p95(work: () => Promise<unknown>, times: number): Promise<number> {
  const readings: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const from = performance.now();
    await work();
    readings.push(performance.now() - from);
  }
  return readings.toSorted((a, b) => a - b)[Math.ceil(times * 0.95) - 1] ?? 0;
}
