import type { ComponentChildren } from "preact";
import { type Field, fieldsOf } from "../kernel/fields.ts";
import { typed } from "../kernel/form.ts";
import type { ActForm } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { useActTitle } from "../ui/act-form.tsx";
import { Radios } from "../ui/choice-field.tsx";
import { DeskPage } from "../ui/desk-page.tsx";
import { Group } from "../ui/group-field.tsx";
import { HiddenField } from "../ui/hidden-field.tsx";
import { SchemaFields } from "../ui/schema-fields.tsx";
import { ASKED, type Kind, KINDS } from "./acquisition-kinds.ts";
import { acquisitionSchema } from "./item.ts";

/** The kind that was chosen; `undefined` where none was yet. */
export const kindOf = ({ values }: Pick<ActForm, "values">): Kind | undefined =>
  KINDS.find((each) => each === typed(values, "acquisition.kind"));

/** Whether anything was said of how it was acquired: then the form is shown again as it was. */
export const isBegun = ({ values }: Pick<ActForm, "values">): boolean => values["acquisition"] !== undefined;

/** Between the file and what is to be said of it: what it is, so that only the facts of that kind are asked. */
export function KindChoice({
  form,
  before,
  hidden,
}: {
  readonly form: ActForm;
  readonly before: ComponentChildren;
  /** What the next page must be given again. */
  readonly hidden: Readonly<Record<string, string>>;
}) {
  const { t } = useTools();
  return (
    <DeskPage {...useActTitle(form)} lead={t("lead.item.kind")}>
      {before}
      <form method="get" action={form.action}>
        {Object.entries(hidden).map(([name, value]) => (
          <HiddenField key={name} name={name} value={value} />
        ))}
        <Radios
          name="acquisition.kind"
          label={t("field.item.kind")}
          required
          value=""
          options={KINDS.map((value) => ({ value, label: t(`option.kind.${value}`) }))}
        />
        <p class="buttons">
          <button type="submit">{t("items.kind.go")}</button>
        </p>
      </form>
    </DeskPage>
  );
}

/** The acquisition facts of one kind, in its order, those that must be said marked; in place of all that there are. */
export function KindFacts({
  form,
  kind,
  again,
}: {
  readonly form: ActForm;
  readonly kind: Kind;
  readonly again: string;
}) {
  const { t, has } = useTools();
  const { must, may, methods } = ASKED[kind];
  const all = new Map(fieldsOf(acquisitionSchema).map((field) => [field.name, field]));
  const fields = [...must, ...may].flatMap((name): Field[] => {
    const field = all.get(name);
    if (!field) return [];
    return [
      {
        ...field,
        required: must.includes(name),
        ...(name === "method" ? { options: methods, control: methods.length > 5 ? "select" : "radios" } : {}),
      },
    ];
  });
  const labels = Object.fromEntries(
    fields.flatMap(({ name }) =>
      has(`label.${name}.${kind}`) ? [[`acquisition.${name}`, t(`label.${name}.${kind}`)]] : [],
    ),
  );
  // Where the label says more, the general hint would say it again.
  const hints = Object.fromEntries(Object.keys(labels).map((path) => [path, ""]));
  return (
    <Group name="acquisition" label={t("field.item.acquisition")}>
      <p>
        {t(`option.kind.${kind}`)}. <a href={again}>{t("items.kind.change")}</a>
      </p>
      <HiddenField name="acquisition.kind" value={kind} />
      <SchemaFields
        fields={fields}
        drawing={{ subject: "item", values: form.values, errors: form.errors, labels, hints }}
        prefix="acquisition"
      />
    </Group>
  );
}
