import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";

/** Says that it is done, with the one thing to keep (a number, a code), and what happens next. */
export function Confirmation({
  title,
  keep,
  children,
}: {
  readonly title: ComponentChildren;
  readonly keep?: { readonly label: ComponentChildren; readonly value: ComponentChildren };
  readonly children?: ComponentChildren;
}) {
  const { t } = useTools();
  return (
    <div class="confirmation" role="status">
      <p class="confirmation-title">
        <Mark />
        {title}
      </p>
      {keep && (
        <p class="confirmation-keep">
          <span>{keep.label}</span> <b>{keep.value}</b>
        </p>
      )}
      {children && (
        <>
          <h2>{t("ui.next")}</h2>
          {children}
        </>
      )}
    </div>
  );
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M4 13l5 5L20 6" fill="none" stroke="currentColor" stroke-width="3" />
    </svg>
  );
}
