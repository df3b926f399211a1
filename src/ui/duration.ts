const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A length of time in words, the two largest units that matter: "3 days, 4 hours", "12 minutes". Negative lengths get a minus
 * sign: what is due in "−2 hours" is late by two.
 */
export function durationInWords(milliseconds: number, locale: string): string {
  const length = Math.abs(milliseconds);
  const days = Math.floor(length / DAY);
  const hours = Math.floor((length % DAY) / HOUR);
  const minutes = Math.floor((length % HOUR) / MINUTE);
  const seconds = Math.floor((length % MINUTE) / 1_000);
  const parts =
    days > 0
      ? { days, ...(hours > 0 && days < 10 ? { hours } : {}) }
      : hours > 0
        ? { hours, ...(minutes > 0 ? { minutes } : {}) }
        : minutes > 0
          ? { minutes }
          : { seconds };
  const words = new Intl.DurationFormat(locale, { style: "long" }).format(parts);
  return milliseconds < 0
    ? `−${words || "0"}`
    : words || new Intl.DurationFormat(locale, { style: "long", secondsDisplay: "always" }).format({ seconds: 0 });
}
