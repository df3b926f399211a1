import { useTools } from "../kernel/tools.ts";
import { fieldId } from "./field.tsx";

/** One thing to put right: the field's name, and the sentence. Without a name it concerns the whole form. */
export interface Mistake {
  readonly name?: string | undefined;
  readonly message: string;
}

/** What needs to be put right, first on the page, each a link to its field. Nothing where nothing is wrong. */
export function ErrorSummary({ mistakes, title }: { readonly mistakes: readonly Mistake[]; readonly title?: string }) {
  const { t } = useTools();
  if (mistakes.length === 0) return null;
  return (
    <div class="summary" role="alert" tabindex={-1} aria-labelledby="summary-title">
      <h2 id="summary-title">{title ?? t("ui.error-title", { count: mistakes.length })}</h2>
      <ul>
        {mistakes.map(({ name, message }, index) => (
          <li key={index}>{name ? <a href={`#${fieldId(name)}`}>{message}</a> : message}</li>
        ))}
      </ul>
    </div>
  );
}
