import { useTools } from "../kernel/tools.ts";

/** A zone's place in words: `Indian/Mauritius` is Mauritius, `America/Argentina/Buenos_Aires` is Buenos Aires, `UTC` is UTC. */
export function placeOf(zone: string): string {
  return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

/** The language as dates are said in it here: plain English means the day before the month. */
export const dateLocale = (locale: string): string => (locale === "en" ? "en-GB" : locale);

/** A calendar day, `2026-12-31`, in words: 31 December 2026. What is no such day stays as it is. */
export function dayOf(day: string | Temporal.PlainDate, locale: string): string {
  try {
    return Temporal.PlainDate.from(day).toLocaleString(dateLocale(locale), FORMS.day);
  } catch {
    return String(day);
  }
}

/** How much of a moment is said. `short` leaves out the year where it is the present one. */
export type Precision = "long" | "short" | "day" | "time";

const FORMS: Readonly<Record<Precision, Intl.DateTimeFormatOptions>> = {
  long: {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  },
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { day: "numeric", month: "long", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};

/** A moment in words, on the clock of `zone`. */
export function momentOf(
  at: Temporal.Instant,
  { locale, zone, now }: { readonly locale: string; readonly zone: string; readonly now: Temporal.Instant },
  precision: Precision,
): string {
  const here = at.toZonedDateTimeISO(zone);
  const otherYear = precision === "short" && here.year !== now.toZonedDateTimeISO(zone).year;
  return here.toLocaleString(dateLocale(locale), { ...FORMS[precision], ...(otherYear ? { year: "numeric" } : {}) });
}

/** A moment on the clock of the reader's office, or of `zone`; a calendar day stays that day everywhere. */
export function When({
  at,
  precision = "short",
  zone,
}: {
  readonly at: Temporal.Instant | Temporal.PlainDate;
  readonly precision?: Precision;
  readonly zone?: string;
}) {
  const tools = useTools();
  if (at instanceof Temporal.PlainDate) return <time dateTime={at.toString()}>{dayOf(at, tools.locale)}</time>;
  const words = momentOf(at, { ...tools, zone: zone ?? tools.zone }, precision);
  return (
    <time
      dateTime={at.toString({ smallestUnit: "second" })}
      title={
        precision === "long"
          ? undefined
          : `${momentOf(at, { ...tools, zone: zone ?? tools.zone }, "long")}, ${placeOf(zone ?? tools.zone)}`
      }
    >
      {words}
    </time>
  );
}
