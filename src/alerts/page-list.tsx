import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { type State, wordsFor } from "./alert.ts";
import { alertList } from "./views.ts";

type Found = NonNullable<Awaited<ReturnType<typeof alertList.read>>>;

/** What colour says of a state: what waits, what the public is warned of. */
export const toneOf = (state: State): Tone =>
  state === "proposed"
    ? "waits"
    : state === "published" || state === "updated"
      ? "good"
      : state === "cancelled"
        ? "late"
        : "plain";

/** The desk's warnings, what changed last first. */
export const alertsPage = page({ path: "/alerts", view: alertList, render: (list) => <AlertsDeskPage list={list} /> });

const SHOWN = ["proposed", "draft", "live", "ended"] as const;
function AlertsDeskPage({ list: { items, next, counts, filters } }: { readonly list: Found }) {
  const { t, may, locale } = useTools();
  const drafting = may("alert.draft") ? { href: "/alerts/new", label: t("act.alert.draft") } : undefined;
  const { show, cursor } = filters;
  const href = (change: Record<string, string | undefined>): string => {
    const query = new URLSearchParams(
      Object.entries({ show, ...change }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    return query.size === 0 ? "/alerts" : `/alerts?${query.toString()}`;
  };
  return (
    <DeskPage title={t("alerts.desk.title")} lead={t("alerts.desk.lead")} action={drafting} subject="alert">
      <Worklist
        caption={t("alerts.desk.title")}
        filters={[
          {
            label: t("alerts.desk.state"),
            options: [
              { label: t("alerts.desk.all"), href: href({ show: undefined }), active: show === undefined },
              ...SHOWN.map((each) => ({
                label: t(`alerts.desk.show.${each}`),
                href: href({ show: each === show ? undefined : each }),
                active: each === show,
                count: counts[each],
              })),
            ],
          },
        ]}
        rows={items}
        id={({ number }) => number}
        href={({ id }) => `/alerts/${id}`}
        tone={({ waits }) => (waits ? "waits" : undefined)}
        columns={[
          {
            key: "alert",
            label: t("thing.alert"),
            primary: true,
            cell: ({ number, content }) => (
              <>
                <span class="code-small">{number}</span> {wordsFor(content, locale)?.words.title}
              </>
            ),
          },
          {
            key: "state",
            label: t("alerts.desk.state"),
            cell: ({ state, waits }) => (
              <>
                <Tag tone={toneOf(state)}>{t(`state.${state}`)}</Tag>
                {waits && state !== "proposed" && (
                  <>
                    {" "}
                    <Tag tone="waits">{t("alerts.desk.pending")}</Tag>
                  </>
                )}
              </>
            ),
          },
          { key: "category", label: t("alerts.about"), cell: ({ category }) => t(`option.category.${category}`) },
          {
            key: "languages",
            label: t("alerts.desk.languages"),
            cell: ({ languages }) => languages.map((each) => t(`alerts.language.${each}`)).join(", "),
          },
          { key: "drafted", label: t("alerts.desk.drafted"), cell: ({ drafted_by_name }) => drafted_by_name },
          {
            key: "published",
            label: t("alerts.desk.published"),
            cell: ({ published_by_name }) => published_by_name ?? "",
          },
          { key: "changed", label: t("alerts.changed"), cell: ({ changed_at }) => <When at={changed_at} /> },
        ]}
        empty={
          <EmptyState title={t("alerts.desk.empty")} {...(drafting ? { act: drafting } : {})}>
            {t("alerts.desk.empty.hint")}
          </EmptyState>
        }
        {...(next ? { next: href({ cursor: next }) } : {})}
        {...(cursor ? { first: href({}) } : {})}
      />
    </DeskPage>
  );
}
