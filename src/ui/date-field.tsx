import { useTools } from "../kernel/tools.ts";
import { placeOf } from "./when.tsx";
import { Field, type FieldProps, described, fieldId } from "./field.tsx";

interface Bounds {
  readonly value?: string | undefined;
  readonly min?: string | undefined;
  readonly max?: string | undefined;
}

/** A calendar day, `2026-12-03`. */
export function DateField({ value = "", min, max, ...props }: FieldProps & Bounds) {
  const { name, id = fieldId(name) } = props;
  return (
    <Field {...props}>
      <input
        type="date"
        id={id}
        name={name}
        value={value}
        class="short"
        {...(min ? { min } : {})}
        {...(max ? { max } : {})}
        {...described(props)}
      />
    </Field>
  );
}

/** A moment on the clock of the reader's office, `2026-12-03T16:00`; the hint says whose clock it is. */
export function DateTimeField({ value = "", min, max, ...props }: FieldProps & Bounds) {
  const { t, zone } = useTools();
  const { name, id = fieldId(name), hint = t("ui.on-clock-of", { place: placeOf(zone) }) } = props;
  return (
    <Field {...props} hint={hint}>
      <input
        type="datetime-local"
        id={id}
        name={name}
        value={value}
        class="short"
        {...(min ? { min } : {})}
        {...(max ? { max } : {})}
        {...described({ ...props, hint })}
      />
    </Field>
  );
}

/** A time of day, `16:00`. */
export function TimeField({ value = "", ...props }: FieldProps & Pick<Bounds, "value">) {
  const { name, id = fieldId(name) } = props;
  return (
    <Field {...props}>
      <input type="time" id={id} name={name} value={value} class="short" {...described(props)} />
    </Field>
  );
}
