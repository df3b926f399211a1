import type { FieldError } from "../kernel/errors.ts";
import { decimalOf, decimalsOf, readAmount } from "../kernel/money.ts";
import type { Payment } from "./draft.ts";

/** When money left, as people say it, and how many hours ago that is taken to be. */
const WHEN = { now: 1, day: 24, days: 60 } as const;
export const WHENS = ["now", "day", "days"] as const;

/** Money that is no state's: its amounts are texts. */
const ASSETS = ["USDT", "BTC", "ETH"];
const WORLD = ["USD", "EUR", "GBP", "AED", "CNY", "INR", "ZAR"];

/** The currencies to choose from, the country's own first. */
export const currenciesOf = (own: string): string[] => [...new Set([own, ...WORLD, ...ASSETS])];

/** Where and when a payment is told. */
export interface Telling {
  /** ISO 4217: of amounts that name none. */
  readonly currency: string;
  /** IANA time zone on whose clock days and hours are meant. */
  readonly zone: string;
  readonly now: Temporal.Instant;
}

/** The fields of one payment, as their form names them. */
export const PAYMENT_FIELDS = ["amount", "currency", "to", "through", "reference", "when", "date", "time"] as const;
type PaymentForm = Readonly<Record<(typeof PAYMENT_FIELDS)[number], string>>;

const FIELD_MAX = 200;

/** Reads one payment: it, nothing where no field is filled in, or what is wrong. Never throws. */
export function readPayment(
  form: PaymentForm,
  telling: Telling,
): { readonly payment: Payment | null } | { readonly errors: readonly FieldError[] } {
  const { to, through, reference } = form;
  if (PAYMENT_FIELDS.every((name) => name === "currency" || form[name] === "")) return { payment: null };
  const errors: FieldError[] = Object.entries({ to, through, reference })
    .filter(([, value]) => value.length > FIELD_MAX)
    .map(([path]) => ({ path, key: "field-too-long", values: { maximum: FIELD_MAX } }));
  const money = form.amount === "" ? { amount: "", currency: "" } : amountFrom(form, telling.currency);
  if (!money) errors.push({ path: "amount", key: "amount-unreadable" });
  const at = momentFrom(form, telling);
  if (typeof at === "object") errors.push(at);
  if (!money || typeof at === "object" || errors.length > 0) return { errors };
  return { payment: { ...money, to, through, reference, at } };
}

/** The amount as a plain decimal. What the writer types into the amount goes before the currency chosen beside it. */
function amountFrom({ amount, currency }: PaymentForm, own: string): Pick<Payment, "amount" | "currency"> | undefined {
  const asset =
    ASSETS.find((each) => new RegExp(`\\b${each}\\b`, "i").test(amount)) ?? ASSETS.find((each) => each === currency);
  if (asset) {
    const number = amount.replaceAll(/[A-Za-z\s]/g, "");
    return /^\d{1,15}(?:[.,]\d{1,18})?$/.test(number)
      ? { amount: number.replace(",", "."), currency: asset }
      : undefined;
  }
  const read = readAmount(amount, decimalsOf(currency) === undefined ? own : currency);
  return read && { amount: decimalOf(read), currency: read.currency };
}

/** When it left: as typed, or as far back as was chosen; empty where nobody said. */
function momentFrom({ when, date, time }: PaymentForm, { zone, now }: Telling): string | FieldError {
  if (date === "" && time === "") {
    const hours = WHENS.find((each) => each === when);
    return hours ? now.subtract({ hours: WHEN[hours] }).toString({ smallestUnit: "second" }) : "";
  }
  const day = date === "" ? now.toZonedDateTimeISO(zone).toPlainDate().toString() : date;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return { path: "date", key: "day-unreadable" };
  if (time !== "" && !/^\d{1,2}:\d{2}$/.test(time)) return { path: "time", key: "time-unreadable" };
  try {
    const at = Temporal.PlainDateTime.from(`${day}T${(time || "00:00").padStart(5, "0")}`)
      .toZonedDateTime(zone)
      .toInstant();
    if (Temporal.Instant.compare(at, now) > 0) return { path: time === "" ? "date" : "time", key: "moment-to-come" };
    return at.toString({ smallestUnit: "second" });
  } catch {
    return { path: time === "" ? "date" : "time", key: time === "" ? "day-unreadable" : "time-unreadable" };
  }
}
