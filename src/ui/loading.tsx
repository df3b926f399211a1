import { useTools } from "../kernel/tools.ts";

/** Stands where something is still on its way. Pages come whole from the server, so only islands show it. */
export function Loading({ label }: { readonly label?: string }) {
  const { t } = useTools();
  return (
    <p class="loading" role="status">
      <span aria-hidden="true" />
      {label ?? t("ui.loading")}
    </p>
  );
}
