import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { type CaseList, caseList, type ListInput } from "./views.ts";

/** The worklist of cases, the newest first. */
export const casesPage = page({ path: "/cases", view: caseList, render: (list) => <CasesPage list={list} /> });

function listHref(
  { cursor: _, limit: __, ...filters }: ListInput,
  change: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== false) query.set(name, String(value));
  const text = query.toString();
  return text ? `/cases?${text}` : "/cases";
}

const STATES = ["open", "referred", "charged", "adjudicated", "closed"] as const;
function CasesPage({ list: { items, next, counts, filters } }: { readonly list: CaseList }) {
  const { t, now, may } = useTools();
  const opening = may("case.open") ? { href: "/cases/new", label: t("act.case.open") } : undefined;
  const { state, mine, q, cursor } = filters;
  const isLate = (due: Temporal.Instant | null) => due !== null && Temporal.Instant.compare(due, now) < 0;
  return (
    <DeskPage title={t("cases.title")} lead={t("cases.lead")} action={opening}>
      <Worklist
        caption={t("cases.title")}
        filters={[
          {
            label: t("cases.col.state"),
            options: [
              {
                label: t("cases.chip.all"),
                href: listHref(filters, { state: undefined, mine: undefined }),
                active: !state && !mine,
              },
              {
                label: t("cases.chip.mine"),
                href: listHref(filters, { mine: mine ? undefined : "true" }),
                active: mine === true,
                count: counts["mine"],
              },
              ...STATES.map((each) => ({
                label: t(`cases.chip.${each}`),
                href: listHref(filters, { state: each === state ? undefined : each }),
                active: each === state,
                count: counts[each],
              })),
            ],
          },
        ]}
        search={{
          name: "q",
          value: q ?? "",
          label: t("cases.search"),
          keep: { ...(state ? { state } : {}), ...(mine ? { mine: "true" } : {}) },
        }}
        rows={items}
        id={({ number }) => number}
        href={({ id }) => `/cases/${id}`}
        tone={({ due_at }) => (isLate(due_at) ? "late" : undefined)}
        columns={[
          {
            key: "case",
            label: t("cases.col.case"),
            primary: true,
            cell: ({ number, title }) => (
              <>
                <span class="code-small">{number}</span> {title}
              </>
            ),
          },
          {
            key: "priority",
            label: t("cases.priority"),
            cell: ({ priority }) => <Tag tone={priority <= 1 ? "waits" : "plain"}>{`P${priority}`}</Tag>,
          },
          { key: "state", label: t("cases.col.state"), cell: (row) => t(`state.${row.state}`) },
          { key: "reports", label: t("cases.col.reports"), end: true, cell: ({ reports }) => reports },
          { key: "due", label: t("cases.col.due"), cell: ({ due_at }) => (due_at ? <When at={due_at} /> : "") },
          { key: "lead", label: t("cases.col.lead"), cell: ({ lead_name }) => lead_name ?? "" },
          {
            key: "opened",
            label: t("cases.col.opened"),
            cell: ({ opened_at }) => <When at={opened_at} precision="day" />,
          },
        ]}
        empty={
          <EmptyState title={t("cases.empty")} {...(opening ? { act: opening } : {})}>
            {t("cases.empty.hint")}
          </EmptyState>
        }
        {...(next ? { next: listHref(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: listHref(filters, {}) } : {})}
      />
    </DeskPage>
  );
}
