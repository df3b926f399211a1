import { typed } from "../kernel/form.ts";
import { useTools } from "../kernel/tools.ts";
import { Radios } from "../ui/choice-field.tsx";
import { FileField } from "../ui/file-field.tsx";
import { Notice } from "../ui/notice.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { TextareaField } from "../ui/textarea-field.tsx";
import { AGE_BANDS, DESCRIPTION_MAX, FILE_BYTES_MAX, FOR_WHOM } from "../reports/slice.ts";
import { addressOf } from "./address.ts";
import { foundIn, takesFiles } from "./draft.ts";
import { Call, inWords, type Showing, StepForm, useWrong } from "./showing.tsx";

/** Whom it happened to, how old they are, where they live: each may be left out. */
export function Whom({ answers: { whom }, errors, values, here }: Showing) {
  const { t, locale } = useTools();
  const unsaid = t("portal.whom.unsaid");
  const was = whom && (whom.who === "" ? "unsaid" : whom.who);
  return (
    <>
      <Radios
        name="whom"
        heading
        label={t("portal.whom.title")}
        error={useWrong(errors)("whom")}
        value={values ? typed(values, "whom") : was}
        options={[
          ...FOR_WHOM.map((who) => ({ value: who as string, label: t(`portal.whom.${who}`) })),
          { value: "unsaid", label: unsaid },
        ]}
      />
      <SelectField
        name="age"
        required={false}
        empty={unsaid}
        label={t("portal.whom.age")}
        value={values ? typed(values, "age") : whom?.age}
        options={AGE_BANDS.map((age) => ({ value: age, label: t(`portal.age.${age}`) }))}
      />
      {here.districts.length > 0 && (
        <SelectField
          name="district"
          required={false}
          empty={unsaid}
          label={t("portal.whom.district")}
          value={values ? typed(values, "district") : whom?.district}
          options={here.districts.map(({ code, name }) => ({ value: code, label: inWords(name, locale) }))}
        />
      )}
    </>
  );
}

/** The reporter's own words. */
export function WordsAsked({ answers, errors, values }: Showing) {
  const { t } = useTools();
  return (
    <TextareaField
      name="description"
      heading
      label={t("portal.words.title")}
      hint={t("portal.words.hint", { maximum: DESCRIPTION_MAX })}
      rows={9}
      maxLength={DESCRIPTION_MAX}
      value={values ? typed(values, "description") : answers.description}
      error={useWrong(errors)("description")}
    />
  );
}

/** What was found in the words, to be ticked off. */
export function Found({ answers, errors, values, here }: Showing) {
  const { t } = useTools();
  const found = foundIn(answers, here.country);
  return (
    <>
      {found.length === 0 ? (
        <p>{t("portal.found.none")}</p>
      ) : (
        <fieldset>
          <legend class="hint">{t("portal.found.hint")}</legend>
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
                <bdi>{value}</bdi>
                <span>{t(`report.type.${type}`)}</span>
              </label>
            </div>
          ))}
        </fieldset>
      )}
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

const MEGABYTE = 1_024 ** 2;

/** Files one after the other; where none may be sent, why, whom to ask, and a box for the address. */
export function Files(showing: Showing) {
  const { t, locale } = useTools();
  const { answers, errors, values, here, step } = showing;
  const wrong = useWrong(errors);
  const next = <button type="submit">{t("portal.next")}</button>;
  if (!takesFiles(answers))
    return (
      <>
        <Notice tone="late" title={t("portal.files.never")}>
          <p>{t("portal.files.never.why")}</p>
          <p>{t("portal.files.never.call")}</p>
          <p>
            <Call number={here.numbers.child ?? here.numbers.police} big />
          </p>
        </Notice>
        <StepForm step={step} buttons={next}>
          <TextareaField
            name="links"
            required={false}
            rows={4}
            label={t("portal.files.links")}
            hint={t("portal.files.links.hint")}
            value={values ? typed(values, "links") : answers.links}
            error={wrong("links")}
          />
        </StepForm>
      </>
    );
  const files = answers.files ?? [];
  const size = (bytes: number) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 }).format(
      Math.ceil(bytes / 1_024),
    );
  return (
    <>
      <p class="hint">{t("portal.files.hint")}</p>
      {files.length > 0 && (
        <form method="post" action={addressOf(step)}>
          <HiddenField name="n" value={String(files.length)} />
          <ol class="rows">
            {files.map(({ name, size: bytes, blob }, index) => (
              <li key={blob}>
                <span>
                  <bdi>{name}</bdi> <span class="quiet">{size(bytes)}</span>
                </span>
                <button class="bare" name="do" value={`drop-${index}`}>
                  {t("portal.drop")}
                  <span class="hidden"> {name}</span>
                </button>
              </li>
            ))}
          </ol>
        </form>
      )}
      <form method="post" action={addressOf(step)} encType="multipart/form-data" class="adding">
        <FileField
          name="file"
          required={false}
          label={t(files.length > 0 ? "portal.files.another" : "portal.files.one")}
          hint={t("portal.files.limit", { megabytes: FILE_BYTES_MAX / MEGABYTE })}
          error={wrong("file")}
        />
        <button type="submit" class="plain">
          {t("portal.files.add")}
        </button>
      </form>
      <StepForm step={step} buttons={next}>
        {null}
      </StepForm>
    </>
  );
}
