import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { CHIPS, type HoldList, holdList, type ListInput } from "./views.ts";
import { Asked, By, Standing, Sum, To } from "./words.tsx";

/** All notices that money be held, with their clocks. */
export const holdsPage = page({ path: "/holds", view: holdList, render: (list) => <HoldsPage list={list} /> });

const hrefOf = (filters: ListInput, change: Readonly<Record<string, string | undefined>>): string => {
  const query = new URLSearchParams();
  const { chip } = filters;
  for (const [name, value] of Object.entries({ chip, ...change })) if (value !== undefined) query.set(name, value);
  const text = query.toString();
  return text ? `/holds?${text}` : "/holds";
};

function HoldsPage({ list: { items, next, counts, filters } }: { readonly list: HoldList }) {
  const { t, now } = useTools();
  const { chip, cursor } = filters;
  const isLate = (due: Temporal.Instant | null) => due !== null && Temporal.Instant.compare(due, now) < 0;
  return (
    <DeskPage title={t("holds.title")} lead={t("holds.lead")}>
      <Worklist
        caption={t("holds.title")}
        filters={[
          {
            label: t("holds.col.state"),
            options: [
              { label: t("holds.chip.open"), href: hrefOf(filters, { chip: undefined }), active: !chip },
              ...CHIPS.map((each) => ({
                label: t(`holds.chip.${each}`),
                href: hrefOf(filters, { chip: each === chip ? undefined : each }),
                active: each === chip,
                count: counts[each],
              })),
            ],
          },
        ]}
        rows={items}
        id={({ number }) => number}
        href={({ id }) => `/holds/${id}`}
        tone={({ due_at, warned_at }) => (isLate(due_at) ? "late" : warned_at ? "waits" : undefined)}
        columns={[
          {
            key: "hold",
            label: t("holds.col.notice"),
            primary: true,
            cell: ({ number }) => <span class="code-small">{number}</span>,
          },
          { key: "to", label: t("holds.col.to"), cell: (row) => <To row={row} /> },
          { key: "amount", label: t("holds.amount"), end: true, whole: true, cell: (row) => <Asked row={row} /> },
          { key: "state", label: t("holds.col.state"), cell: ({ state }) => <Standing state={state} /> },
          {
            key: "held",
            label: t("holds.held"),
            end: true,
            whole: true,
            cell: ({ held_minor: minor, currency }) => <Sum minor={minor} currency={currency} />,
          },
          { key: "by", label: t("holds.col.by"), whole: true, cell: (row) => <By row={row} /> },
          {
            key: "report",
            label: t("holds.report"),
            cell: ({ reference }) => <span class="code-small">{reference}</span>,
          },
        ]}
        empty={<EmptyState title={t("holds.empty")}>{t("holds.empty.hint")}</EmptyState>}
        {...(next ? { next: hrefOf(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: hrefOf(filters, {}) } : {})}
      />
    </DeskPage>
  );
}
