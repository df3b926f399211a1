/** An amount of money of a state: a whole number of the currency's smallest units, never a fraction. */
export interface Amount {
  /** Safe integer, not negative. */
  readonly minor: number;
  /** ISO 4217, `MUR`. */
  readonly currency: string;
}

const known = new Map<string, number | undefined>();
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));

/** Decimal places of a currency, `undefined` where there is no such currency. @source ISO 4217 */
export function decimalsOf(currency: string): number | undefined {
  if (!known.has(currency))
    known.set(
      currency,
      CURRENCIES.has(currency)
        ? new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits
        : undefined,
    );
  return known.get(currency);
}

/** Digits that people type besides 0 to 9: Arabic-Indic, Persian. */
const ZEROS = [0x06_60, 0x06_f0];
const westernDigits = (text: string): string =>
  text.replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = ZEROS.find((each) => code >= each && code < each + 10) ?? code;
    return String(code - zero);
  });

/**
 * Reads an amount as people type it: `41 300`, `41,300.50`, `41.300,50`, `Rs 41,300`, `USD 500`. A code of a currency in the text
 * goes before `currency`. `undefined` where it is no single amount, or is too large to be one.
 *
 * One separator with three digits behind it parts thousands; with fewer it is the decimal sign. Nobody types three decimals of money
 * by hand, save for currencies that have three.
 */
export function readAmount(typed: string, currency: string): Amount | undefined {
  const text = westernDigits(typed.normalize("NFKC")).replaceAll("\u066b", ".").replaceAll("\u066c", ",").trim();
  const named = /(?<![A-Za-z])([A-Za-z]{3})(?![A-Za-z])/.exec(text)?.[1]?.toUpperCase();
  const own = named !== undefined && decimalsOf(named) !== undefined ? named : currency;
  const decimals = decimalsOf(own);
  const [number, ...others] = text.match(/\d(?:[\d.,'\u2019 \u00a0]*\d)?/g) ?? [];
  if (number === undefined || others.length > 0 || decimals === undefined || /-\s*\d/.test(text)) return undefined;
  const plain = number.replaceAll(/['\u2019 \u00a0]/g, "");
  if (!FORM.test(plain)) return undefined;
  const at = decimalAt(plain, decimals);
  const whole = (at === undefined ? plain : plain.slice(0, at)).replaceAll(/[.,]/g, "");
  const part = at === undefined ? "" : plain.slice(at + 1);
  if (part.length > decimals && /[1-9]/.test(part.slice(decimals))) return undefined;
  const minor = Number(whole + part.slice(0, decimals).padEnd(decimals, "0"));
  return Number.isSafeInteger(minor) ? { minor, currency: own } : undefined;
}

/** Digits alone, with a decimal sign, or in groups of three (the first ones of two where lakhs are counted) and then a decimal sign of the other kind. */
const FORM = /^(?:\d+(?:[.,]\d*)?|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?|\d{1,3}(?:\.\d{2,3})*\.\d{3}(?:,\d*)?)$/;

/** Where the decimal sign stands; `undefined` where there is none. */
function decimalAt(plain: string, decimals: number): number | undefined {
  const marks = [...plain.matchAll(/[.,]/g)];
  const last = marks.at(-1);
  if (!last) return undefined;
  const kinds = new Set(marks.map(([mark]) => mark));
  if (kinds.size === 2) return marks.filter(([mark]) => mark === last[0]).length === 1 ? last.index : undefined;
  if (marks.length > 1) return undefined;
  const behind = plain.length - last.index - 1;
  return behind !== 3 || decimals === 3 ? last.index : undefined;
}

/** The amount as a plain decimal with a full stop, `41300.50`: for files and programs. */
export function decimalOf({ minor, currency }: Amount): string {
  const decimals = decimalsOf(currency) ?? 2;
  const digits = String(minor).padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The amount in words of a language, `Rs 41,300.50`. The decimal goes in as text, so that no digit is lost. */
export const amountIn = (amount: Amount, locale: string): string =>
  new Intl.NumberFormat(locale, { style: "currency", currency: amount.currency }).format(
    decimalOf(amount) as Intl.StringNumericLiteral,
  );
