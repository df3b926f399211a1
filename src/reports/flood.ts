import type { Prepared } from "./submission.ts";
import { TRANSFER_HOURS } from "./priority.ts";

/** So many of one wording within an hour are a flood; what comes after them waits in the quarantine. */
export const FLOOD_MIN = 40;
/** From so many on, processes tell each other of a wording: below it, nothing is written. */
export const SHARED_FROM = 8;
/** Letters by which copies are known; what stands after them does not make another wording. */
const WORDING_LETTERS = 400;
/** Wordings that a process remembers at once; beyond it the oldest are forgotten. */
const REMEMBERED_MAX = 50_000;
const HOUR_MS = 3_600_000;

/**
 * The words of a report as copies of it share them: letters only. Numbers, punctuation and case are what a machine varies first;
 * empty where a report has no letters, as then nothing can be compared.
 */
export const wordingOf = (description: string): string =>
  description
    .slice(0, 4 * WORDING_LETTERS)
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}]+/gu, "")
    .slice(0, WORDING_LETTERS)
    .toWellFormed();

/**
 * True for a report that is never kept waiting as one of a flood, however many are like it: somebody in danger, a child, money that
 * can still be stopped, a live attack on an essential service. Nor is one whose sender did the work that a copy costs.
 */
export function isSpared({ urgency, category, forWhom, worked }: Prepared): boolean {
  const { danger, minor, live, essential, transferHours } = urgency;
  return (
    danger === true ||
    minor === true ||
    forWhom === "child" ||
    category.startsWith("C") ||
    (transferHours !== undefined && transferHours < TRANSFER_HOURS) ||
    (live === true && essential === true) ||
    worked === true
  );
}

interface Counted {
  /** Hour since the epoch that `now` is of. */
  hour: number;
  now: number;
  /** In the hour before. */
  before: number;
  /** What other processes had told of the two hours together, at the last sharing. */
  others: number;
  /** How many of `now` the other processes have been told of. */
  told: number;
}

/** How often each wording came to this process within the last hour, and to the others as far as they told. */
export class Wordings {
  readonly #counts = new Map<string, Counted>();
  /** Wordings that became a flood since they were last asked for. */
  #risen: string[] = [];

  /** Counts one more of a wording, and gives how many there were within the last hour, this one included. */
  note(pattern: string, atMs: number): number {
    const counted = this.#at(pattern, atMs);
    counted.now += 1;
    const sum = sumOf(counted, atMs);
    if (sum === FLOOD_MIN) this.#risen.push(pattern);
    return sum;
  }

  /** What the other processes have not been told yet. Counts it as told. */
  untold(atMs: number): { pattern: string; n: number }[] {
    const news: { pattern: string; n: number }[] = [];
    for (const [pattern, counted] of this.#counts)
      if (counted.hour === hourOf(atMs) && counted.now >= SHARED_FROM && counted.now > counted.told) {
        news.push({ pattern, n: counted.now - counted.told });
        counted.told = counted.now;
      }
    return news;
  }

  /** Takes what all processes together counted of a wording in this hour. */
  learn(pattern: string, all: number, atMs: number): void {
    const counted = this.#at(pattern, atMs);
    const earlier = sumOf(counted, atMs);
    counted.others = Math.max(0, all - counted.told);
    if (earlier < FLOOD_MIN && sumOf(counted, atMs) >= FLOOD_MIN) this.#risen.push(pattern);
  }

  /** Wordings that became a flood since this was last asked. */
  risen(): string[] {
    const risen = this.#risen;
    this.#risen = [];
    return risen;
  }

  #at(pattern: string, atMs: number): Counted {
    const hour = hourOf(atMs);
    const known = this.#counts.get(pattern) ?? { hour, now: 0, before: 0, others: 0, told: 0 };
    if (known.hour !== hour)
      Object.assign(known, { hour, now: 0, before: known.hour === hour - 1 ? known.now : 0, others: 0, told: 0 });
    else if (known.now === 0 && this.#counts.size >= REMEMBERED_MAX) this.#forget();
    this.#counts.set(pattern, known);
    return known;
  }

  /** Forgets the half that was first heard of longest ago; what floods now is heard of again at once. */
  #forget(): void {
    let left = REMEMBERED_MAX / 2;
    for (const pattern of this.#counts.keys()) {
      if ((left -= 1) < 0) return;
      this.#counts.delete(pattern);
    }
  }
}

const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);
/** The hour before counts by the part of it that lies within the last sixty minutes. */
const sumOf = ({ now, before, others }: Counted, atMs: number): number =>
  now + others + Math.floor(before * (1 - (atMs % HOUR_MS) / HOUR_MS));
