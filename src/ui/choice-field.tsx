import { Field, type FieldProps, fieldId } from "./field.tsx";
import type { Option } from "./select-field.tsx";

type Choices = FieldProps & { readonly options: readonly Option[] };

/** One of a few, all in sight. */
export function Radios({ value, options, ...props }: Choices & { readonly value?: string | undefined }) {
  return (
    <Field {...props} control="group">
      {options.map((option, index) => (
        <Choice
          key={option.value}
          type="radio"
          name={props.name}
          option={option}
          index={index}
          checked={option.value === value}
        />
      ))}
    </Field>
  );
}

/** Any number of a few. */
export function Checkboxes({
  value = [],
  options,
  ...props
}: Choices & { readonly value?: readonly string[] | undefined }) {
  return (
    <Field {...props} control="group">
      {options.map((option, index) => (
        <Choice
          key={option.value}
          type="checkbox"
          name={props.name}
          option={option}
          index={index}
          checked={value.includes(option.value)}
        />
      ))}
    </Field>
  );
}

/** Yes or no, as one sentence that the reader agrees to. Sends `true`, or nothing. */
export function Checkbox({
  name,
  id = fieldId(name),
  label,
  hint,
  error,
  checked = false,
}: Omit<FieldProps, "required" | "heading"> & { readonly checked?: boolean | undefined }) {
  const by = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter((each) => each !== "").join(" ");
  return (
    <div class={error ? "field wrong" : "field"}>
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      <div class="choice">
        <input
          type="checkbox"
          id={id}
          name={name}
          value="true"
          checked={checked}
          {...(by ? { "aria-describedby": by } : {})}
          {...(error ? { "aria-invalid": "true" as const } : {})}
        />
        <label for={id}>
          {label}
          {hint && <span id={`${id}-hint`}>{hint}</span>}
        </label>
      </div>
    </div>
  );
}

function Choice({
  type,
  name,
  option,
  index,
  checked,
}: {
  readonly type: "radio" | "checkbox";
  readonly name: string;
  readonly option: Option;
  readonly index: number;
  readonly checked: boolean;
}) {
  const own = `${fieldId(name)}-${index}`;
  return (
    <div class="choice">
      <input type={type} id={own} name={name} value={option.value} checked={checked} />
      <label for={own}>
        {option.label}
        {option.detail && <span>{option.detail}</span>}
      </label>
    </div>
  );
}
