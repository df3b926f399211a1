import { useTools } from "../kernel/tools.ts";

/** A page above this one. */
export interface Crumb {
  readonly label: string;
  readonly href: string;
}

/** The pages above this one, from the outermost. The page itself is not in it: its heading says it. */
export function Breadcrumb({ trail }: { readonly trail: readonly Crumb[] }) {
  const { t } = useTools();
  return (
    <nav class="breadcrumb" aria-label={t("ui.breadcrumb")}>
      <ol>
        {trail.map(({ label, href }) => (
          <li key={href}>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
