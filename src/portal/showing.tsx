import type { ComponentChildren } from "preact";
import type { FieldError } from "../kernel/errors.ts";
import type { FormValues } from "../kernel/form.ts";
import { amountIn, decimalsOf, readAmount } from "../kernel/money.ts";
import { useTools } from "../kernel/tools.ts";
import { HiddenField } from "../ui/hidden-field.tsx";
import { momentOf } from "../ui/when.tsx";
import { addressOf } from "./address.ts";
import type { Answers, Payment, StepName } from "./draft.ts";
import type { Numbers } from "./numbers.ts";

/** A text of the country's pack in its languages. */
export type Words = Readonly<Record<string, string>>;

/** What the country says of itself to the form. */
export interface Here {
  /** ISO 3166-1. */
  readonly country: string;
  /** ISO 4217: of amounts that name none. */
  readonly currency: string;
  readonly numbers: Numbers;
  readonly districts: readonly { readonly code: string; readonly name: Words }[];
  /** The country's own words for codes of the classification. */
  readonly labels: Readonly<Record<string, Words>>;
}

/** What one page of the form is drawn from. `values` is what was typed, where something was wrong with it. */
export interface Showing {
  readonly step: StepName;
  readonly answers: Answers;
  readonly errors: readonly FieldError[];
  readonly values?: FormValues | undefined;
  readonly here: Here;
  /** Until when the draft is kept; `null` before there is one. */
  readonly until: Temporal.Instant | null;
  /** True where there were earlier answers and they are no more. */
  readonly isLost?: boolean;
  /** What the browser works on while the last page is read, so that copies cost their sender something. */
  readonly work?: string | undefined;
}

/** The sentence for what is wrong with a field. */
export function useWrong(errors: readonly FieldError[]): (name: string) => string | undefined {
  const { t } = useTools();
  return (name) => {
    const error = errors.find(({ path }) => path === name);
    return error ? t(`refusal.${error.key}`, error.values) : undefined;
  };
}

/** The form of a question's page, posted to its own address. */
export function StepForm({
  step,
  rows,
  buttons,
  children,
}: {
  readonly step: StepName;
  /** How many rows the page shows, so that a form sent twice has one effect. */
  readonly rows?: number;
  readonly buttons: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <form method="post" action={addressOf(step)} noValidate>
      {rows !== undefined && <HiddenField name="n" value={String(rows)} />}
      {children}
      <p class="buttons">{buttons}</p>
    </form>
  );
}

/** A text of the pack in the reader's language, or in English. */
export const inWords = (words: Words, locale: string): string => words[locale] ?? words["en"] ?? "";

/** What a code of the classification is called here. */
export function useLabel({ labels }: Here): (code: string) => string {
  const { t, locale } = useTools();
  return (code) => {
    const own = labels[code];
    return own ? inWords(own, locale) : t(`option.category.${code}`);
  };
}

/** A telephone number that one touches to call. */
export const Call = ({ number, big = false }: { readonly number: string; readonly big?: boolean }) => (
  <a class={big ? "call" : undefined} href={`tel:${number.replaceAll(/[^\d+]/g, "")}`} dir="ltr">
    {number}
  </a>
);

/** An amount as it was read; money of a state in the words of the language. */
export function shownAmount({ amount, currency }: Pick<Payment, "amount" | "currency">, locale: string): string {
  const read = decimalsOf(currency) === undefined ? undefined : readAmount(amount, currency);
  return read ? amountIn(read, locale) : `${amount} ${currency}`;
}

/** A payment as it was read, one thing after the other. */
export function Paid({ payment }: { readonly payment: Payment }) {
  const { t, locale, zone, now } = useTools();
  const { amount, to, through, reference, at } = payment;
  const parts: ComponentChildren[] = [];
  if (amount) parts.push(<b>{shownAmount(payment, locale)}</b>);
  if (to)
    parts.push(
      <>
        {t("portal.paid.to")} <bdi>{to}</bdi>
      </>,
    );
  if (through)
    parts.push(
      <>
        {t("portal.paid.through")} <bdi>{through}</bdi>
      </>,
    );
  if (at) parts.push(momentOf(Temporal.Instant.from(at), { locale, zone, now }, "short"));
  if (reference)
    parts.push(
      <>
        {t("portal.paid.reference")} <bdi>{reference}</bdi>
      </>,
    );
  return (
    <>
      {parts.map((part, index) => (
        <span key={index} class="part">
          {part}
        </span>
      ))}
    </>
  );
}

/** All payments that were read, a line each. */
export function AllPaid({ payments = [] }: { readonly payments?: readonly Payment[] | undefined }) {
  if (payments.length === 0) return <>–</>;
  return (
    <ol class="rows">
      {payments.map((payment, index) => (
        <li key={index}>
          <span>
            <Paid payment={payment} />
          </span>
        </li>
      ))}
    </ol>
  );
}
