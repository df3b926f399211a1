import { useTools } from "../kernel/tools.ts";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

/** When the first answer is owed: in words, and late in colour as well. */
export function Due({
  row: { respond_by, responded_at, late },
}: {
  readonly row: {
    readonly respond_by: Temporal.Instant | null;
    readonly responded_at: Temporal.Instant | null;
    readonly late: boolean;
  };
}) {
  const { t } = useTools();
  if (responded_at) return <span class="quiet">{t("reports.answered")}</span>;
  if (!respond_by) return <span class="quiet">{t("reports.none-owed")}</span>;
  return (
    <>
      {late && <Tag tone="late">{t("reports.late")}</Tag>} <When at={respond_by} />
    </>
  );
}
