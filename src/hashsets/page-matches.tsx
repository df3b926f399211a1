import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Notice } from "../ui/notice.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { CATEGORIES, type Category, KINDS } from "./hash-set.ts";
import { NAMES } from "./page-sets.tsx";
import { type MatchFilters, matchList, type MatchList } from "./views.ts";

export const matchesPage = page({ path: "/matches", view: matchList, render: (list) => <MatchesPage list={list} /> });

function hrefOf(
  { category, set, kind }: MatchFilters,
  change: Readonly<Record<string, string | undefined>>,
  path = "/matches",
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ category, set, kind, ...change }))
    if (value !== undefined) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

const TONES: Readonly<Record<Category, Tone>> = {
  "known-good": "good",
  "known-bad": "late",
  "child-abuse": "sealed",
  terrorism: "late",
  other: "plain",
};
/** What a known file is, in words and colour. */
export function CategoryTag({ category }: { readonly category: Category }) {
  const { t } = useTools();
  return <Tag tone={TONES[category]}>{t(`option.category.${category}`)}</Tag>;
}

function MatchesPage({ list: { items, next, counts, filters } }: { readonly list: MatchList }) {
  const { t } = useTools();
  const hidden = counts["child-abuse"] > 0 && !items.some(({ category }) => category === "child-abuse");
  return (
    <DeskPage title={t("matches.title")} lead={t("matches.lead")}>
      {hidden && (filters.category === undefined || filters.category === "child-abuse") && (
        <Notice tone="sealed" title={t("matches.hidden", { count: counts["child-abuse"] })}>
          {t("matches.hidden.words")}
        </Notice>
      )}
      <Worklist
        caption={t("matches.title")}
        filters={[
          {
            label: t("field.hash-set.category"),
            options: [
              { label: t("hashsets.all"), href: hrefOf(filters, { category: undefined }), active: !filters.category },
              ...CATEGORIES.map((each) => ({
                label: t(`option.category.${each}`),
                href: hrefOf(filters, { category: each === filters.category ? undefined : each }),
                active: each === filters.category,
                count: counts[each],
              })),
            ],
          },
          {
            label: t("matches.kind"),
            options: KINDS.map((each) => ({
              label: NAMES[each],
              href: hrefOf(filters, { kind: each === filters.kind ? undefined : each }),
              active: each === filters.kind,
            })),
          },
        ]}
        rows={items}
        id={({ item, set_id, kind }) => `${item} ${set_id} ${kind}`}
        href={({ item }) => `/items/${item}`}
        columns={[
          {
            key: "item",
            label: t("matches.item"),
            primary: true,
            cell: ({ number }) => <span class="code-small">{number}</span>,
          },
          {
            key: "category",
            label: t("field.hash-set.category"),
            cell: ({ category }) => <CategoryTag category={category} />,
          },
          {
            key: "set",
            label: t("matches.set"),
            cell: ({ set_name, source }) => (
              <>
                {set_name} <span class="small quiet">{source}</span>
              </>
            ),
          },
          {
            key: "kind",
            label: t("matches.kind"),
            whole: true,
            cell: ({ kind, distance }) =>
              distance === null ? NAMES[kind] : t("matches.near", { kind: NAMES[kind], distance }),
          },
          { key: "at", label: t("matches.at"), whole: true, cell: ({ at }) => <When at={at} /> },
        ]}
        exports={[{ label: "CSV", href: hrefOf(filters, {}, "/api/v1/matches.csv") }]}
        empty={<EmptyState title={t("matches.none")}>{t("matches.none.hint")}</EmptyState>}
        {...(next ? { next: hrefOf(filters, { cursor: next }) } : {})}
        {...(filters.cursor ? { first: hrefOf(filters, {}) } : {})}
      />
    </DeskPage>
  );
}
