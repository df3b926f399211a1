import { monotonic } from "../kernel/clock.ts";
import { printable } from "../kernel/turning.ts";

/** Shows how far a long work is: always, with its speed and the time left. */
export interface Progress {
  /** What is being done now, and how many bytes of how many (`undefined`: nobody knows) are done. */
  readonly show: (doing: string, done: number, total: number | undefined) => void;
  /** A sentence between: a wait, a trouble. */
  readonly say: (sentence: string) => void;
  readonly end: () => void;
}
interface Screen {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly isJson: boolean;
}

/** Between two lines: on a terminal, where the line is written over, and elsewhere. */
const TERMINAL_MS = 500;
const ELSEWHERE_MS = 5_000;
/** Speed is that of the last so many milliseconds. */
const SPEED_MS = 10_000;

/** `2:05`, `1:02:05`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => `${n}`.padStart(2, "0");
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor((whole % 3_600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `1.4 GB` (powers of 1000). */
export function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step] ?? "B"}`;
}

/** What has been done, when, within the last seconds: gives bytes a second. */
export class Speed {
  readonly #points: { at: number; done: number }[] = [];
  note(at: number, done: number): number | undefined {
    const last = this.#points.at(-1);
    if (last && done < last.done) this.#points.length = 0;
    this.#points.push({ at, done });
    while (this.#points.length > 2 && at - (this.#points[0]?.at ?? at) > SPEED_MS) this.#points.shift();
    const first = this.#points[0];
    return first && at > first.at ? ((done - first.done) / (at - first.at)) * 1_000 : undefined;
  }
}

/** Progress on a terminal (one line, written over), in a log (a line every few seconds), or as JSON lines. */
export function openProgress({ write, isTerminal, isJson }: Screen): Progress {
  let shownAt = Number.NEGATIVE_INFINITY;
  let doingNow = "";
  let speed = new Speed();
  let open = false;
  const close = () => {
    if (open) write("\n");
    open = false;
  };
  return {
    show: (doing, done, total) => {
      const at = monotonic();
      const isNew = doing !== doingNow;
      if (isNew) {
        doingNow = doing;
        speed = new Speed();
      }
      const rate = speed.note(at, done);
      if (!isNew && done !== total && at - shownAt < (isTerminal && !isJson ? TERMINAL_MS : ELSEWHERE_MS)) return;
      shownAt = at;
      const left = rate && total !== undefined ? (total - done) / rate : undefined;
      if (isJson)
        return write(
          `${JSON.stringify({ doing, done, total: total ?? null, bytes_per_second: rate === undefined ? null : Math.round(rate), seconds_left: left === undefined ? null : Math.round(left) })}\n`,
        );
      const parts = [
        doing,
        total === undefined ? sizeText(done) : `${sizeText(done)} of ${sizeText(total)}`,
        ...(total ? [`${Math.floor((done / total) * 100)} %`] : []),
        ...(rate === undefined ? [] : [`${sizeText(rate)}/s`]),
        ...(left === undefined || !Number.isFinite(left) ? [] : [`${duration(left)} left`]),
      ];
      if (!isTerminal) return write(`${parts.join(" · ")}\n`);
      write(`\r\u001b[K${parts.join(" · ")}`);
      open = true;
    },
    say: (sentence) => {
      close();
      write(isJson ? `${JSON.stringify({ say: sentence })}\n` : `${printable(sentence)}\n`);
    },
    end: close,
  };
}
