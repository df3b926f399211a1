import { subject } from "../kernel/subject.ts";

/** How often: on working days, every day, on Mondays. */
export const EVERY = ["weekday", "day", "week"] as const;
export type Every = (typeof EVERY)[number];

/** An officer's wish to be written to about what waits. */
export interface DigestRow {
  readonly id: string;
  readonly account: string;
  readonly every: Every;
  readonly hour: number;
  readonly address: Buffer;
  readonly told_on: Temporal.PlainDate | null;
  readonly created_at: Temporal.Instant;
}
export const digestSubject = subject<DigestRow>()({
  name: "digest",
  plural: "digests",
  table: "digest",
  attributes: { account: "String" },
});

/** Under which name the address is sealed. */
export const addressPlace = (id: string): string => `digest:${id}:address`;

const SATURDAY = 6;

/**
 * True where a digest is due at `now`, as hours and days run in the officer's office: once on each of its days, late rather than never
 * on that day.
 */
export function isDue(
  { every, hour, told_on: told }: Pick<DigestRow, "every" | "hour" | "told_on">,
  now: Temporal.Instant,
  zone: string,
): boolean {
  const here = now.toZonedDateTimeISO(zone);
  if (here.hour < hour) return false;
  if (told !== null && Temporal.PlainDate.compare(told, here.toPlainDate()) >= 0) return false;
  if (every === "week") return here.dayOfWeek === 1;
  return every === "day" || here.dayOfWeek < SATURDAY;
}
