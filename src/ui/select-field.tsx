import { useTools } from "../kernel/tools.ts";
import { Field, type FieldProps, described, fieldId } from "./field.tsx";

/** One of several values, each with its words. `detail` is a second line where the control has room for one (radios, checkboxes). */
export interface Option {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
}

/** One of many. Starts with an empty choice, so that nothing is chosen by accident. */
export function SelectField({
  value = "",
  options,
  empty,
  ...props
}: FieldProps & {
  readonly value?: string | undefined;
  readonly options: readonly Option[];
  /** What the empty choice says where choosing nothing is an answer. */
  readonly empty?: string;
}) {
  const { t } = useTools();
  const { name, id = fieldId(name) } = props;
  return (
    <Field {...props}>
      <select id={id} name={name} {...described(props)}>
        <option value="">{empty ?? t("ui.choose")}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}
