import { typed } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import { Checkbox, Radios } from "../ui/choice-field.tsx";
import { DateField, TimeField } from "../ui/date-field.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { addressOf } from "./address.ts";
import { currenciesOf, type PAYMENT_FIELDS, WHENS } from "./payment.ts";
import { AllPaid, Paid, type Showing, StepForm, useWrong } from "./showing.tsx";

/** What was paid: each payment as it was read, with a button that takes it away, and the fields of one more. */
export function Payments(showing: Showing) {
  const { t } = useTools();
  const { step, answers, here, values, errors } = showing;
  const payments = answers.payments ?? [];
  const wrong = useWrong(errors);
  const was = (name: (typeof PAYMENT_FIELDS)[number]) => (values ? typed(values, name) : undefined);
  const text = (name: "to" | "through" | "reference") => (
    <TextField
      name={name}
      autocomplete="off"
      spellcheck={false}
      label={t(`portal.payment.${name}`)}
      value={was(name)}
      error={wrong(name)}
    />
  );
  return (
    <>
      <p class="hint">{t(payments.length > 0 ? "portal.payment.more" : `portal.${step}.hint`)}</p>
      {payments.length > 0 && (
        <form method="post" action={addressOf(step)}>
          <HiddenField name="n" value={String(payments.length)} />
          <ol class="rows">
            {payments.map((payment, index) => (
              <li key={index}>
                <span>
                  <Paid payment={payment} />
                </span>
                <button class="bare" name="do" value={`drop-${index}`}>
                  {t("portal.drop")}
                  <span class="hidden"> {t("portal.payment.number", { number: index + 1 })}</span>
                </button>
              </li>
            ))}
          </ol>
        </form>
      )}
      <StepForm
        step={step}
        rows={payments.length}
        buttons={
          <>
            <button type="submit">{t("portal.next")}</button>
            <button type="submit" name="do" value="more" class="plain">
              {t("portal.payment.add")}
            </button>
          </>
        }
      >
        {text("to")}
        {text("through")}
        <TextField
          name="amount"
          type="number"
          autocomplete="off"
          label={t("portal.payment.amount")}
          value={was("amount")}
          error={wrong("amount")}
        />
        <Currency own={here.currency} value={was("currency")} />
        {step === "payment" && (
          <Radios
            name="when"
            label={t("portal.payment.when")}
            value={was("when")}
            options={WHENS.map((value) => ({ value, label: t(`portal.payment.${value}`) }))}
          />
        )}
        <OnDay was={was} wrong={wrong} isEarly={step === "payment"} />
        {text("reference")}
      </StepForm>
    </>
  );
}

/** Money of the country, of the world, and what is no state's. */
function Currency({ own, value }: { readonly own: string; readonly value: string | undefined }) {
  const { t, locale } = useTools();
  const names = new Intl.DisplayNames([locale], { type: "currency" });
  const nameOf = (code: string) => {
    const name = code.length === 3 ? names.of(code) : undefined;
    return name === undefined || name === code ? code : `${code} – ${name}`;
  };
  return (
    <SelectField
      name="currency"
      label={t("portal.payment.currency")}
      value={value || own}
      options={currenciesOf(own).map((code) => ({ value: code, label: nameOf(code) }))}
    />
  );
}

function OnDay({
  was,
  wrong,
  isEarly,
}: {
  readonly was: (name: "date" | "time") => string | undefined;
  readonly wrong: (name: string) => string | undefined;
  readonly isEarly: boolean;
}) {
  const { t, now, zone } = useTools();
  return (
    <>
      <DateField
        name="date"
        label={t(isEarly ? "portal.payment.date.or" : "portal.payment.date")}
        max={now.toZonedDateTimeISO(zone).toPlainDate().toString()}
        value={was("date")}
        error={wrong("date")}
      />
      <TimeField name="time" label={t("portal.payment.time")} value={was("time")} error={wrong("time")} />
    </>
  );
}

/** The payment is a report already: to be sent now, or with more told. */
export function Enough({ answers, errors, values }: Showing) {
  const { t } = useTools();
  const wrong = useWrong(errors);
  const { payments = [], who } = answers;
  const was = (name: "phone" | "email") => (values ? typed(values, name) : who?.[name]);
  return (
    <>
      <p>{t("portal.enough.read")}</p>
      <AllPaid payments={payments} />
      <p>{t("portal.enough.lead")}</p>
      <TextField
        name="phone"
        type="tel"
        required={false}
        label={t("portal.enough.phone")}
        hint={t("portal.enough.phone.hint")}
        autocomplete="tel"
        value={was("phone")}
        error={wrong("phone")}
      />
      <TextField
        name="email"
        type="email"
        required={false}
        label={t("portal.who.email")}
        autocomplete="email"
        value={was("email")}
        error={wrong("email")}
      />
      <Checkbox name="share" label={t("portal.consent.share")} checked={who?.share ?? false} />
    </>
  );
}
