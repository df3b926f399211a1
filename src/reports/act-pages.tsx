import type { ActForm, ActPage } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { ActFormPage } from "../ui/act-form.tsx";
import type { ReportRow } from "./report.ts";
import { colleaguesOf } from "./views.ts";

/** Triage starts from what the report says already; nothing typed is replaced. */
const triage: ActPage = {
  act: "report.triage",
  render: (form: ActForm<ReportRow>) => <TriagePage form={form} />,
};

function TriagePage({ form }: { readonly form: ActForm<ReportRow> }) {
  const { t } = useTools();
  const { category, priority, offences } = form.row;
  const values = { category, priority: String(priority), offences: offences.join("; "), ...form.values };
  return (
    <ActFormPage
      form={{ ...form, values }}
      choices={{
        priority: [0, 1, 2, 3, 4].map((each) => ({ value: String(each), label: t(`option.priority.${each}`) })),
      }}
    />
  );
}

/** Assigning chooses among the officers of the reader's office. */
const assign: ActPage = {
  act: "report.assign",
  prepare: ({ reader }) => colleaguesOf(reader),
  render: (form: ActForm<ReportRow>, _tools, colleagues: readonly { value: string; label: string }[]) => (
    <ActFormPage form={form} choices={{ account: colleagues }} />
  ),
};

export const reportActPages: readonly ActPage[] = [triage, assign];
