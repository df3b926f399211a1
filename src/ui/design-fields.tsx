import { useTools } from "../kernel/tools.ts";
import { Checkbox, Checkboxes, Radios } from "./choice-field.tsx";
import { DateField, DateTimeField, TimeField } from "./date-field.tsx";
import { ErrorSummary } from "./error-summary.tsx";
import { FileField } from "./file-field.tsx";
import { Group, Repeat } from "./group-field.tsx";
import { HiddenField } from "./hidden-field.tsx";
import { MoneyField } from "./money-field.tsx";
import { SelectField } from "./select-field.tsx";
import { StepUp } from "./step-up.tsx";
import { TextField } from "./text-field.tsx";
import { TextareaField } from "./textarea-field.tsx";
import { Upload } from "./upload.tsx";

/** Fields of every kind, as asked and as come back with mistakes. */
export function DesignFields() {
  const { t } = useTools();
  return (
    <>
      <section>
        <h2>{t("ui.design.fields")}</h2>
        <div class="columns">
          <form class="form" action="#sent">
            <Asked />
          </form>
          <form class="form" action="#sent">
            <Mistaken />
          </form>
        </div>
      </section>
    </>
  );
}

function Asked() {
  const { t } = useTools();
  const label = (name: string) => t(`ui.design.field.${name}`);
  const options = ["a", "b", "c"].map((value) => ({
    value,
    label: t(`ui.design.option.${value}`),
    ...(value === "b" ? { detail: t("ui.design.hint") } : {}),
  }));
  return (
    <>
      <HiddenField name="_key" value="1" />
      <TextField name="name" label={label("name")} autocomplete="off" />
      <TextField name="mail" type="email" label={label("mail")} hint={t("ui.design.hint")} required={false} />
      <TextField name="amount" type="number" label={label("number")} />
      <TextField name="code" type="code" label={label("code")} />
      <TextareaField
        name="facts"
        label={label("facts")}
        hint={t("ui.design.hint")}
        rows={4}
        value={t("ui.design.long")}
      />
      <SelectField name="measure" label={label("measure")} options={options} />
      <Radios name="category" label={label("category")} options={options} value="b" />
      <Checkboxes name="grounds" label={label("grounds")} options={options} value={["a", "c"]} />
      <Checkbox name="agree" label={label("agree")} hint={t("ui.design.hint")} />
      <AskedMore />
    </>
  );
}

function AskedMore() {
  const { t } = useTools();
  const label = (name: string) => t(`ui.design.field.${name}`);
  return (
    <>
      <DateField name="day" label={label("day")} value="2026-12-03" />
      <DateTimeField name="moment" label={label("moment")} />
      <TimeField name="time" label={label("time")} required={false} />
      <MoneyField
        name="lost"
        label={label("lost")}
        currencies={["MUR", "EUR", "USD"]}
        amount="12500.50"
        currency="MUR"
      />
      <FileField name="file" label={label("file")} multiple />
      <Group name="authority" label={label("authority")}>
        <TextField name="authority.name" label={label("name")} />
        <DateField name="authority.day" label={label("day")} />
      </Group>
      <Repeat
        name="data"
        label={label("data")}
        rows={1}
        max={5}
        row={(index) => (
          <TextField
            name={`data.${index}.custodian`}
            label={label("custodian")}
            value={index === 0 ? "Meridian" : ""}
          />
        )}
      />
      <Upload
        name="evidence"
        label={label("evidence")}
        files={[
          { name: "chat-2026-11-12.eml", size: 1_400_000, received: 1_400_000 },
          { name: "IMG_20261112_0914.jpg", size: 4_200_000, received: 2_700_000 },
        ]}
      />
      <StepUp />
      <p class="buttons">
        <button>{t("ui.design.act.send")}</button>
        <button class="plain">{t("ui.design.save")}</button>
        <button class="grave">{t("ui.design.act.withdraw")}</button>
      </p>
    </>
  );
}

function Mistaken() {
  const { t } = useTools();
  const error = t("ui.design.error");
  const label = (name: string) => t(`ui.design.field.${name}`);
  const options = ["a", "b"].map((value) => ({ value, label: t(`ui.design.option.${value}`) }));
  return (
    <>
      <ErrorSummary
        mistakes={[
          { name: "e-name", message: error },
          { name: "e-category", message: t("ui.design.error.choose") },
          { message: t("ui.design.error.whole") },
        ]}
      />
      <TextField
        name="e-name"
        label={label("mail")}
        type="email"
        value="amina@example"
        error={error}
        hint={t("ui.design.hint")}
      />
      <TextareaField name="e-facts" label={label("facts")} value="…" rows={2} error={error} />
      <SelectField name="e-measure" label={label("measure")} options={options} error={t("ui.design.error.choose")} />
      <Radios name="e-category" label={label("category")} options={options} error={t("ui.design.error.choose")} />
      <Checkbox name="e-agree" label={label("agree")} error={t("ui.design.error.choose")} />
      <DateField name="e-day" label={label("day")} error={error} />
      <MoneyField name="e-lost" label={label("lost")} currencies={["MUR"]} amount="12,500.50.3" error={error} />
      <FileField name="e-file" label={label("file")} error={error} />
      <Upload
        name="e-evidence"
        label={label("evidence")}
        files={[{ name: "film.mp4", size: 9_900_000_000, received: 100_000, error }]}
      />
      <StepUp name="e-proof" error={error} />
    </>
  );
}
