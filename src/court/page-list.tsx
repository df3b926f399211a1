import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { Standing } from "./card.tsx";
import { type ExhibitLine, exhibitList, type ExhibitList, type ListInput } from "./views.ts";

const STATES = ["tendered", "listed", "admitted", "excluded", "withdrawn"] as const;

function hrefOf(
  { cursor: _, limit: __, ...filters }: ListInput,
  change: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== "") query.set(name, value);
  const text = query.toString();
  return text ? `/exhibits?${text}` : "/exhibits";
}

/** Exhibits of all cases: what waits for a ruling, and what was ruled. */
export const exhibitsPage = page({ path: "/exhibits", view: exhibitList, render: (list) => <Exhibits list={list} /> });

function Exhibits({ list: { items, next, counts, filters } }: { readonly list: ExhibitList }) {
  const { t } = useTools();
  const { state, q, cursor } = filters;
  return (
    <DeskPage title={t("exhibits.title")} lead={t("exhibits.lead")}>
      <Worklist<ExhibitLine>
        caption={t("exhibits.title")}
        filters={[
          {
            label: t("cases.col.state"),
            options: [
              { label: t("exhibits.chip.all"), href: hrefOf(filters, { state: undefined }), active: !state },
              ...STATES.map((each) => ({
                label: t(`exhibit.state.${each}`),
                href: hrefOf(filters, { state: each === state ? undefined : each }),
                active: each === state,
                count: counts[each],
              })),
            ],
          },
        ]}
        search={{ name: "q", value: q ?? "", label: t("exhibits.search"), keep: { ...(state ? { state } : {}) } }}
        rows={items}
        id={({ id }) => id}
        href={({ id }) => `/exhibits/${id}`}
        tone={(row) => (row.state === "tendered" ? "waits" : undefined)}
        columns={[
          {
            key: "mark",
            label: t("exhibits.col.mark"),
            primary: true,
            cell: ({ mark, title }) => (
              <>
                <span class="court-mark">{mark}</span> <span dir="auto">{title}</span>
              </>
            ),
          },
          {
            key: "case",
            label: t("exhibits.col.case"),
            cell: ({ case_number, case_title }) => (
              <>
                <span class="code-small nowrap">{case_number}</span> {case_title}
              </>
            ),
          },
          { key: "party", label: t("field.exhibit.party"), cell: ({ party }) => t(`option.party.${party}`) },
          { key: "state", label: t("cases.col.state"), cell: (row) => <Standing state={row.state} /> },
          {
            key: "at",
            label: t("exhibits.col.since"),
            cell: ({ decided_at, tendered_at, listed_at }) => (
              <When at={decided_at ?? tendered_at ?? listed_at} precision="day" />
            ),
          },
        ]}
        empty={<EmptyState title={t("exhibits.empty")}>{t("exhibits.empty.hint")}</EmptyState>}
        {...(next ? { next: hrefOf(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: hrefOf(filters, {}) } : {})}
      />
    </DeskPage>
  );
}
