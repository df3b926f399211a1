import type { Section } from "../kernel/page.ts";
import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Hash } from "../ui/hash.tsx";
import { Notice } from "../ui/notice.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { STATES } from "./item.ts";
import { KINDS, type ItemLine, itemList, type ItemList, itemsOfCase, type ListInput, queryOf } from "./views.ts";

const listHref = (filters: ListInput, change: Partial<Record<keyof ListInput, string | undefined>>): string => {
  const query = queryOf({ ...filters, cursor: undefined, ...change } as Readonly<Record<string, unknown>>);
  return query ? `/items?${query}` : "/items";
};

/** The exhibits that the reader may see, the newest first. */
export const itemsPage = page({ path: "/items", view: itemList, render: (list) => <ItemsPage list={list} /> });

/** Chips that are on or off: what waits for the reader, and what needs somebody. */
const FLAGS = ["mine", "coming", "second", "held", "due", "late", "altered"] as const;

function ItemsPage({ list: { items, next, filters, altered, offices } }: { readonly list: ItemList }) {
  const { t, may } = useTools();
  const { state, kind, office, q, cursor } = filters;
  const lodging = may("item.lodge") ? { href: "/items/new", label: t("act.item.lodge") } : undefined;
  const query = queryOf({ ...filters, cursor: undefined });
  const none = !state && !kind && !office && FLAGS.every((flag) => filters[flag] !== true);
  const { q: _, ...keep } = Object.fromEntries(new URLSearchParams(query));
  return (
    <DeskPage title={t("items.title")} lead={t("items.lead")} action={lodging}>
      {altered > 0 && (
        <Notice tone="late">
          <a href="/items?altered=true">{t("items.altered.some", { count: altered })}</a>
        </Notice>
      )}
      <Worklist
        caption={t("items.title")}
        filters={[
          {
            label: t("items.filter.shown"),
            options: [
              { label: t("items.chip.all"), href: "/items", active: none },
              ...FLAGS.map((flag) => ({
                label: t(`items.chip.${flag}`),
                href: listHref(filters, { [flag]: filters[flag] ? undefined : "true" }),
                active: filters[flag] === true,
              })),
            ],
          },
          {
            label: t("items.col.state"),
            collapsed: true,
            options: STATES.map((each) => ({
              label: t(`state.${each}`),
              href: listHref(filters, { state: each === state ? undefined : each }),
              active: each === state,
            })),
          },
          {
            label: t("items.filter.kind"),
            collapsed: true,
            options: KINDS.map((each) => ({
              label: t(`items.kind.${each}`),
              href: listHref(filters, { kind: each === kind ? undefined : each }),
              active: each === kind,
            })),
          },
          {
            label: t("items.filter.office"),
            collapsed: true,
            options: offices.map(({ id, name }) => ({
              label: name,
              href: listHref(filters, { office: id === office ? undefined : id }),
              active: id === office,
            })),
          },
        ]}
        search={{ name: "q", value: q ?? "", label: t("items.search"), keep }}
        rows={items}
        id={({ number }) => number}
        href={({ id }) => `/items/${id}`}
        tone={({ altered_at }) => (altered_at === null ? undefined : "late")}
        columns={useColumns()}
        empty={
          <EmptyState title={t("items.empty")} {...(lodging ? { act: lodging } : {})}>
            {t("items.empty.hint")}
          </EmptyState>
        }
        exports={["csv", "json"].map((format) => ({
          label: format.toUpperCase(),
          href: `/api/v1/items/export?${[query, `format=${format}`].filter((part) => part !== "").join("&")}`,
        }))}
        {...(may("item.transfer") || may("item.hold")
          ? {
              bulk: {
                action: "/items/many",
                method: "get" as const,
                acts: (["transfer", "hold"] as const)
                  .filter((verb) => may(`item.${verb}`))
                  .map((verb) => ({ name: "act", value: verb, label: t(`act.item.${verb}`) })),
              },
            }
          : {})}
        {...(next ? { next: listHref(filters, { cursor: next }) } : {})}
        {...(cursor ? { first: listHref(filters, {}) } : {})}
      />
    </DeskPage>
  );
}

/** The columns of every list of items. */
export function useColumns() {
  const { t, locale } = useTools();
  return [
    {
      key: "item",
      label: t("items.col.item"),
      primary: true,
      cell: ({ number, description }: ItemLine) => (
        <>
          <span class="code-small">{number}</span> {description}
        </>
      ),
    },
    {
      key: "state",
      label: t("items.col.state"),
      cell: ({ state, held, altered_at: altered }: ItemLine) => (
        <>
          {t(`state.${state}`)}
          {held && (
            <>
              {" "}
              <Tag tone="waits">{t("items.held")}</Tag>
            </>
          )}
          {altered !== null && (
            <>
              {" "}
              <Tag tone="late">{t("items.chip.altered")}</Tag>
            </>
          )}
        </>
      ),
    },
    {
      key: "file",
      label: t("items.file"),
      cell: ({ name, bytes }: ItemLine) => (
        <>
          {name} <span class="small quiet">{sizeInWords(bytes, locale)}</span>
        </>
      ),
    },
    {
      key: "digest",
      label: t("items.digest"),
      cell: ({ digest }: ItemLine) => <Hash value={digest} label="SHA-256" short />,
    },
    {
      key: "who",
      label: t("items.custodian"),
      cell: ({ custodian_name, office_name }: ItemLine) => custodian_name ?? office_name,
    },
    {
      key: "acquired",
      label: t("items.acquired"),
      cell: ({ acquired_at }: ItemLine) => <When at={acquired_at} precision="day" />,
    },
  ];
}

/** The exhibits of a case, on its page. */
export const caseItems: Section = {
  on: "case",
  order: 30,
  read: (reader, id) => itemsOfCase(reader, id),
  render: (lines: readonly ItemLine[], _tools, id) => <CaseItems lines={lines} id={id} />,
};

function CaseItems({ lines, id }: { readonly lines: readonly ItemLine[]; readonly id: string }) {
  const { t, may } = useTools();
  const columns = useColumns();
  return (
    <>
      <h2>
        {t("items.title")} <span class="count">{lines.length}</span>
      </h2>
      <Table
        caption={t("items.title")}
        rows={lines}
        id={({ number }) => number}
        href={(line) => `/items/${line.id}`}
        columns={columns}
        empty={<p class="quiet">{t("items.case.none")}</p>}
      />
      <p class="buttons">
        {may("item.acquire") && (
          <a class="button plain" href={`/cases/${id}/items/new`}>
            {t("act.item.acquire")}
          </a>
        )}{" "}
        {lines.length > 0 && may("item.export") && (
          <a class="button plain" href={`/items/package?case=${id}`}>
            {t("items.set.title")}
          </a>
        )}
      </p>
    </>
  );
}
