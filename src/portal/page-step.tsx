import type { ComponentChildren } from "preact";
import type { FieldError } from "../kernel/errors.ts";
import { type FormValues, typed } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import { Radios } from "../ui/choice-field.tsx";
import { ErrorSummary } from "../ui/error-summary.tsx";
import { Facts } from "../ui/facts.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { type Answers, foundIn, keptOf, stepBefore, type StepName, stepsFor } from "./draft.ts";
import type { Numbers } from "./numbers.ts";
import { DESCRIPTION_MAX, TILES } from "../reports/slice.ts";

/** What one page of the form is drawn from. `values` is what was typed, where something was wrong with it. */
export interface Showing {
  readonly step: StepName;
  readonly answers: Answers;
  readonly errors: readonly FieldError[];
  readonly values?: FormValues | undefined;
  readonly country: string;
  readonly numbers: Numbers;
}

/** One page of the form: one question, one button. */
export function StepPage(showing: Showing) {
  const { t } = useTools();
  const { step, answers, errors } = showing;
  const steps = stepsFor(answers);
  const before = stepBefore(answers, step);
  const titled = step === "help" || step === "transfer" || step === "found" || step === "check";
  return (
    <PortalPage
      title={t(`portal.${step}.title`)}
      heading={titled ? t(`portal.${step}.title`) : null}
      wrong={errors.length > 0}
      step={{ now: steps.indexOf(step) + 1, of: steps.length }}
      back={before ? `/report/${before}` : "/"}
    >
      <ErrorSummary
        mistakes={errors.map(({ path, key, values }) => ({ name: path, message: t(`refusal.${key}`, values) }))}
      />
      <form method="post" action={`/report/${step}`} noValidate>
        <Question {...showing} />
        <p class="buttons">
          <button type="submit">{t(step === "check" ? "portal.check.send" : "portal.next")}</button>
        </p>
      </form>
    </PortalPage>
  );
}

function Question(showing: Showing): ComponentChildren {
  switch (showing.step) {
    case "danger":
    case "child":
    case "money":
      return <YesNo {...showing} name={showing.step} />;
    case "help":
      return <Help {...showing} />;
    case "transfer":
      return <Transfer {...showing} />;
    case "what":
      return <What {...showing} />;
    case "kind":
      return <Kind {...showing} />;
    case "words":
      return <Words {...showing} />;
    case "found":
      return <Found {...showing} />;
    case "who":
      return <Who {...showing} />;
    case "check":
      return <Check {...showing} />;
  }
}

/** The sentence for what is wrong with a field. */
function useWrong(errors: readonly FieldError[]): (name: string) => string | undefined {
  const { t } = useTools();
  return (name) => {
    const error = errors.find(({ path }) => path === name);
    return error ? t(`refusal.${error.key}`, error.values) : undefined;
  };
}

function YesNo({ name, answers, errors }: Showing & { readonly name: "danger" | "child" | "money" }) {
  const { t, has } = useTools();
  const hint = `portal.${name}.hint`;
  return (
    <Radios
      name={name}
      heading
      label={t(`portal.${name}.title`)}
      hint={has(hint) ? t(hint) : undefined}
      error={useWrong(errors)(name)}
      value={answers[name]}
      options={[
        { value: "yes", label: t("portal.yes") },
        { value: "no", label: t("portal.no") },
      ]}
    />
  );
}

function Help({ answers, numbers }: Showing) {
  const { t } = useTools();
  return (
    <>
      {answers.danger === "yes" && <p>{t("portal.help.danger", { number: numbers.police })}</p>}
      {answers.child === "yes" && <p>{t("portal.help.child", { number: numbers.child ?? numbers.police })}</p>}
      {answers.money === "yes" && <p>{t("portal.help.money")}</p>}
      <p>{t("portal.help.then")}</p>
    </>
  );
}

function Transfer({ answers: { transfer }, errors, values }: Showing) {
  const { t } = useTools();
  const wrong = useWrong(errors);
  const field = (name: "amount" | "to" | "through" | "reference") => (
    <TextField
      name={name}
      required={false}
      label={t(`portal.transfer.${name}`)}
      value={values ? typed(values, name) : transfer?.[name]}
      error={wrong(name)}
    />
  );
  return (
    <>
      <p class="hint">{t("portal.transfer.hint")}</p>
      {field("amount")}
      <Radios
        name="when"
        required={false}
        label={t("portal.transfer.when")}
        value={values ? typed(values, "when") : transfer?.when}
        options={(["now", "day", "days"] as const).map((value) => ({ value, label: t(`portal.transfer.${value}`) }))}
      />
      {field("to")}
      {field("through")}
      {field("reference")}
    </>
  );
}

function What({ answers, errors }: Showing) {
  const { t } = useTools();
  return (
    <Radios
      name="tile"
      heading
      label={t("portal.what.title")}
      hint={t("portal.what.hint")}
      error={useWrong(errors)("tile")}
      value={answers.tile}
      options={TILES.map(({ tile }) => ({ value: tile, label: t(`portal.tile.${tile}`) }))}
    />
  );
}

function Kind({ answers, errors }: Showing) {
  const { t } = useTools();
  const codes = TILES.find(({ tile }) => tile === answers.tile)?.codes ?? [];
  return (
    <Radios
      name="category"
      heading
      label={t("portal.kind.title")}
      error={useWrong(errors)("category")}
      value={answers.category}
      options={codes.map((code) => ({ value: code, label: t(`option.category.${code}`) }))}
    />
  );
}

function Words({ answers, errors, values }: Showing) {
  const { t } = useTools();
  return (
    <TextareaField
      name="description"
      heading
      label={t("portal.words.title")}
      hint={t("portal.words.hint")}
      rows={9}
      maxLength={DESCRIPTION_MAX}
      value={values ? typed(values, "description") : answers.description}
      error={useWrong(errors)("description")}
    />
  );
}

function Found({ answers, errors, values, country }: Showing) {
  const { t } = useTools();
  const found = foundIn(answers, country);
  return (
    <>
      {found.length === 0 ? <p>{t("portal.found.none")}</p> : <p class="hint">{t("portal.found.hint")}</p>}
      {found.map(({ key, value, type }, index) => (
        <div class="choice" key={key}>
          <input
            type="checkbox"
            id={`keep-${index}`}
            name="keep"
            value={key}
            checked={!answers.found?.dropped.includes(key)}
          />
          <label for={`keep-${index}`}>
            {value}
            <span>{t(`report.type.${type}`)}</span>
          </label>
        </div>
      ))}
      <TextareaField
        name="more"
        required={false}
        rows={3}
        label={t("portal.found.more")}
        value={values ? typed(values, "more") : answers.found?.more}
        error={useWrong(errors)("more")}
      />
    </>
  );
}

function Who({ answers: { who }, errors, values }: Showing) {
  const { t } = useTools();
  const wrong = useWrong(errors);
  const was = (name: "choice" | "name" | "email" | "phone") => (values ? typed(values, name) : who?.[name]);
  return (
    <>
      <Radios
        name="choice"
        heading
        label={t("portal.who.title")}
        hint={t("portal.who.hint")}
        error={wrong("choice")}
        value={was("choice")}
        options={[
          { value: "anonymous", label: t("portal.who.anonymous") },
          { value: "contact", label: t("portal.who.contact") },
        ]}
      />
      <TextField
        name="name"
        required={false}
        label={t("portal.who.name")}
        autocomplete="name"
        value={was("name")}
        error={wrong("name")}
      />
      <TextField
        name="phone"
        type="tel"
        required={false}
        label={t("portal.who.phone")}
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
    </>
  );
}

function Check({ answers, country }: Showing) {
  const { t } = useTools();
  const change = (step: StepName) => ({ href: `/report/${step}`, label: t("portal.check.change") });
  const yes = (name: "danger" | "child" | "money") =>
    [t(`portal.check.${name}`), t(answers[name] === "yes" ? "portal.yes" : "portal.no"), change(name)] as const;
  const { transfer, who, category, tile } = answers;
  const paid = transfer
    ? [
        transfer.amount,
        transfer.when ? t(`portal.transfer.${transfer.when}`) : "",
        transfer.to,
        transfer.through,
        transfer.reference,
      ]
        .filter((each) => each !== "")
        .join(", ")
    : "";
  return (
    <Facts
      rows={[
        yes("danger"),
        yes("child"),
        yes("money"),
        answers.money === "yes" && [t("portal.check.transfer"), paid || "–", change("transfer")],
        [
          t("portal.check.what"),
          t(category && category !== "X9" ? `option.category.${category}` : `portal.tile.${tile ?? "unsure"}`),
          change("what"),
        ],
        [t("portal.check.words"), <span class="said">{answers.description}</span>, change("words")],
        [t("portal.check.found"), <Kept answers={answers} country={country} />, change("found")],
        [
          t("portal.check.contact"),
          who?.choice === "contact"
            ? [who.name, who.phone, who.email].filter((each) => each !== "").join(", ")
            : t("portal.check.anonymous"),
          change("who"),
        ],
      ]}
    />
  );
}

function Kept({ answers, country }: Pick<Showing, "answers" | "country">) {
  const kept = keptOf(answers, country);
  return kept.length === 0 ? (
    <>–</>
  ) : (
    <ul class="plain-list">
      {kept.map(({ key, value }) => (
        <li key={key}>{value}</li>
      ))}
    </ul>
  );
}
