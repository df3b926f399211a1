import { useTools } from "../kernel/tools.ts";
import { Field, type FieldProps, fieldId } from "./field.tsx";

/** An amount and its currency, sent as `<name>.amount` (text, as typed) and `<name>.currency`. */
export function MoneyField({
  amount = "",
  currency = "",
  currencies,
  ...props
}: FieldProps & {
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
  /** ISO 4217 codes, the country's own first. */
  readonly currencies: readonly string[];
}) {
  const { t, locale } = useTools();
  const id = props.id ?? fieldId(props.name);
  const names = new Intl.DisplayNames([locale], { type: "currency" });
  return (
    <Field {...props} id={id} control="group">
      <div class="money">
        <input
          id={`${id}-amount`}
          name={`${props.name}.amount`}
          value={amount}
          inputmode="decimal"
          autocomplete="off"
          aria-label={t("ui.amount")}
        />
        <select id={`${id}-currency`} name={`${props.name}.currency`} aria-label={t("ui.currency")}>
          {currencies.map((code) => (
            <option
              key={code}
              value={code}
              selected={code === currency}
            >{`${code} – ${names.of(code) ?? code}`}</option>
          ))}
        </select>
      </div>
    </Field>
  );
}
