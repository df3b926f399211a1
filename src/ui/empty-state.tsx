import type { ComponentChildren } from "preact";

/** Says that there is nothing, why, and what one can do. */
export function EmptyState({
  title,
  children,
  act,
}: {
  readonly title: ComponentChildren;
  readonly children?: ComponentChildren;
  readonly act?: { readonly href: string; readonly label: string };
}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
      {act && (
        <p>
          <a class="button plain" href={act.href}>
            {act.label}
          </a>
        </p>
      )}
    </div>
  );
}
