import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";

/** What every field is given. `name` may be nested (`data.0.category`); `error` is a sentence, already in the reader's language. */
export interface FieldProps {
  readonly name: string;
  /** Default: from the name, so that an error summary finds it. */
  readonly id?: string | undefined;
  readonly label: ComponentChildren;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  /** Fields that may stay empty say so. Default: required. */
  readonly required?: boolean | undefined;
  /** Makes the label the heading of the page: on the portal a page asks one question. */
  readonly heading?: boolean | undefined;
}

/** The id of the control with this name, and what an error summary links to. */
export const fieldId = (name: string): string => `f-${name.replaceAll(/[^\w-]/g, "-")}`;

/** Attributes that tie a control to its hint and its error. */
export function described({
  name,
  id = fieldId(name),
  hint,
  error,
}: Pick<FieldProps, "name" | "id" | "hint" | "error">) {
  const by = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter((each) => each !== "").join(" ");
  return { ...(by ? { "aria-describedby": by } : {}), ...(error ? { "aria-invalid": "true" as const } : {}) };
}

/** Label, hint, error and control, in the order in which they are read. */
export function Field({
  control,
  children,
  ...props
}: FieldProps & {
  /** A `group` of controls is a fieldset with a legend; one control has a label. */
  readonly control?: "one" | "group";
  readonly children: ComponentChildren;
}) {
  const { name, id = fieldId(name), label, error, required = true, heading = false } = props;
  const words = (
    <>
      {label}
      {!required && <Optional />}
    </>
  );
  if (control === "group")
    return (
      <div class={error ? "field wrong" : "field"}>
        <fieldset id={id} {...described(props)} tabindex={-1}>
          <legend>{heading ? <h1>{words}</h1> : words}</legend>
          <Remarks {...props} />
          {children}
        </fieldset>
      </div>
    );
  return (
    <div class={error ? "field wrong" : "field"}>
      {heading ? (
        <h1>
          <label for={id}>{words}</label>
        </h1>
      ) : (
        <label for={id}>{words}</label>
      )}
      <Remarks {...props} />
      {children}
    </div>
  );
}

function Optional() {
  return <span class="optional"> {useTools().t("ui.optional")}</span>;
}

function Remarks({ name, id = fieldId(name), hint, error }: Pick<FieldProps, "name" | "id" | "hint" | "error">) {
  const { t } = useTools();
  return (
    <>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          <span class="hidden">{t("ui.error-prefix")}</span>
          {error}
        </p>
      )}
    </>
  );
}
