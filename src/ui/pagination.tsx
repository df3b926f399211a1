import { useTools } from "../kernel/tools.ts";

/** Leads on through a list by cursor: a list that grows has no page numbers to trust. */
export function Pagination({
  next,
  first,
}: {
  readonly next?: string | undefined;
  readonly first?: string | undefined;
}) {
  const { t } = useTools();
  if (!next && !first) return null;
  return (
    <nav class="pagination" aria-label={t("ui.pagination")}>
      {first && (
        <a href={first} rel="first">
          {t("ui.first-page")}
        </a>
      )}
      {next && (
        <a href={next} rel="next">
          {t("ui.next-page")}
        </a>
      )}
    </nav>
  );
}
