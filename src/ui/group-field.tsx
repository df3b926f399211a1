import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { Field, type FieldProps, fieldId } from "./field.tsx";
import { Island } from "./island.tsx";

/** Fields that belong together under one name. */
export function Group({ children, ...props }: FieldProps & { readonly children: ComponentChildren }) {
  return (
    <Field {...props} control="group">
      <div class="group">{children}</div>
    </Field>
  );
}

/**
 * The same fields again and again. `row(index)` draws the fields of one row, named `<name>.<index>.…`.
 *
 * Without JavaScript there is always one empty row more than is filled (empty rows are dropped when the form arrives), and
 * saving a form with a mistake brings the next; the island adds rows at once.
 */
export function Repeat({
  rows,
  max = 100,
  row,
  ...props
}: FieldProps & {
  /** How many rows are filled. */
  readonly rows: number;
  readonly max?: number | undefined;
  readonly row: (index: number) => ComponentChildren;
}) {
  const { t } = useTools();
  const shown = Math.min(rows + 1, max);
  const id = props.id ?? fieldId(props.name);
  return (
    <Field {...props} id={id} control="group">
      <div class="repeat" data-repeat={props.name} data-max={max}>
        {Array.from({ length: shown }, (_, index) => (
          <fieldset class="repeat-row" key={index}>
            <legend class="small quiet">{t("ui.row", { number: index + 1 })}</legend>
            {row(index)}
          </fieldset>
        ))}
        <button type="button" class="plain" data-add hidden>
          {t("ui.add-row")}
        </button>
      </div>
      <Island name="repeat" />
    </Field>
  );
}
