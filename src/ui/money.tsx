import { useTools } from "../kernel/tools.ts";

/** An amount as decimal text ("1250.00") or in whole units, so that no rounding ever touches it. Crypto-assets keep their own code. */
export function Money({ amount, currency }: { readonly amount: string | bigint; readonly currency: string }) {
  return <span class="amount">{moneyOf(amount, currency, useTools().locale)}</span>;
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** The same as text. What is no decimal number is shown as it stands. */
export function moneyOf(amount: string | bigint, currency: string, locale: string): string {
  const text = String(amount);
  if (!DECIMAL.test(text)) return `${text} ${currency}`;
  const exact = text as Intl.StringNumericLiteral;
  if (CURRENCIES.has(currency))
    return new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "code" }).format(exact);
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 18 }).format(exact)} ${currency}`;
}
