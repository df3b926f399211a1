import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { Facts } from "../ui/facts.tsx";
import { type Filter, Worklist } from "../ui/worklist.tsx";
import { CATEGORIES, MEASURE_CODES } from "../law/slice.ts";
import { BOXES, type Filters, listHref, queryOf, STATES } from "./filters.ts";
import { requestColumns, toneOf, UrgencyTag } from "./columns.tsx";
import { URGENCIES } from "./request.ts";
import { type ListFound, type Listing, requestList } from "./views.ts";

const ASIDE = ["mine", "late", "warned", "standing", "assigned", "translating", "conditions"] as const;

function useFilters({ filters }: ListFound): Filter[] {
  const { t, node } = useTools();
  const toggled = (name: keyof Filters, value: string, label: string) => {
    const active = String(filters[name] ?? "") === value;
    return { label, active, href: listHref(filters, { [name]: active ? undefined : value }) };
  };
  const group = (name: keyof Filters, label: string, values: readonly string[], words: (value: string) => string) => ({
    label,
    options: values.map((value) => toggled(name, value, words(value))),
  });
  const boxes = BOXES.filter((box) => node.kind === "state" || box === "incoming" || box === "to-answer");
  return [
    {
      label: t("requests.box"),
      options: [
        { label: t("requests.any"), href: listHref(filters, { box: undefined }), active: filters.box === undefined },
        ...boxes.map((box) => toggled("box", box, t(`requests.box.${box}`))),
      ],
    },
    { label: t("requests.aside"), options: ASIDE.map((each) => toggled(each, "true", t(`requests.aside.${each}`))) },
    group("urgency", t("field.request.urgency"), URGENCIES, (each) => t(`option.urgency.${each}`)),
    { ...group("measure", t("field.request.measure"), MEASURE_CODES, (each) => t(`measure.${each}`)), collapsed: true },
    { ...group("state", t("request.state"), STATES, (each) => t(`state.${each}`)), collapsed: true },
    {
      ...group("category", t("field.request.category"), CATEGORIES, (each) => t(`option.category.${each}`)),
      collapsed: true,
    },
  ];
}

/** The reader’s own views, and the way to keep this one. */
function useSaved({ saved, filters }: ListFound) {
  const { t, may } = useTools();
  const query = queryOf(filters);
  const kept = saved.map((each) => ({
    label: each.name,
    href: each.filters ? `/requests?${each.filters}` : "/requests",
    active: each.filters === query,
  }));
  const current = saved.find((each) => each.filters === query);
  if (current)
    return [...kept, { label: t("inbox.saved.drop"), href: `/saved-views/${current.id}/drop`, active: false }];
  if (query === "" || !may("saved-view.save")) return kept;
  const href = `/saved-views/new?list=requests&filters=${encodeURIComponent(query)}`;
  return [...kept, { label: t("inbox.saved.keep"), href, active: false }];
}

/** What is done to many at once, in the order of the buttons: what this reader could do at all. */
const BULK = ["submit", "send", "acknowledge", "remind", "assign"] as const;

/** Keys that lead from a request in the queue to its decision. */
const DECIDING = [
  ["a", "authorise"],
  ["d", "deny"],
  ["r", "return"],
] as const;

/** How far the requests of one bundle are. */
function BundleProgress({ progress }: { readonly progress: ListFound["progress"] }) {
  const { t } = useTools();
  if (progress.length === 0) return null;
  const all = progress.reduce((sum, { count }) => sum + count, 0);
  return (
    <section>
      <h2>{t("requests.bundle", { count: all })}</h2>
      <Facts rows={progress.map(({ state, count }) => [t(`state.${state}`), String(count)])} />
    </section>
  );
}

/** What runs out next, and how long that is; what has warned says so. */
function NextClock({ row: { due_at, due_rule, warned_minutes } }: { readonly row: Listing }) {
  const { t, now, locale } = useTools();
  if (!due_at || !due_rule) return null;
  const isOver = Temporal.Instant.compare(due_at, now) < 0;
  return (
    <>
      {durationInWords(due_at.epochMilliseconds - now.epochMilliseconds, locale)}{" "}
      {(isOver || warned_minutes !== null) && (
        <Tag tone={isOver ? "late" : "waits"}>
          {t(isOver ? "requests.clock-late" : "requests.clock-warned", { clock: t(`clock.${due_rule}`) })}
        </Tag>
      )}
    </>
  );
}

const isLate = ({ due_at }: Listing, now: Temporal.Instant): boolean =>
  due_at !== null && Temporal.Instant.compare(due_at, now) < 0;

/** Requests that the reader may see, the newest first. */
export const requestsPage = page({
  path: "/requests",
  view: requestList,
  render: (list) => <RequestsPage list={list} />,
});

function RequestsPage({ list }: { readonly list: ListFound }) {
  const { t, url, now, may } = useTools();
  const { items, next, filters, progress } = list;
  const { box, q } = filters;
  const query = queryOf(filters);
  const columns = requestColumns(t);
  const acts = BULK.filter((verb) => may(`request.${verb}`));
  return (
    <DeskPage title={box ? t(`requests.box.${box}`) : t("requests.all")} lead={t("requests.lead")} subject="request">
      <BundleProgress progress={progress} />
      <Worklist<Listing>
        caption={t("requests.all")}
        filters={useFilters(list)}
        saved={useSaved(list)}
        search={{
          name: "q",
          value: q ?? "",
          label: t("requests.search"),
          keep: Object.fromEntries([...new URLSearchParams(query)].filter(([name]) => name !== "q")),
        }}
        rows={items}
        id={({ id }) => id}
        called={({ number }) => number}
        href={({ id }) => `/requests/${id}`}
        tone={(row) => (isLate(row, now) ? "late" : row.warned_minutes !== null ? "waits" : undefined)}
        columns={[
          columns.number,
          columns.measure,
          columns.peer,
          { key: "offence", label: t("field.request.offence"), cell: ({ offence }) => offence },
          {
            key: "state",
            label: t("request.state"),
            cell: ({ state, urgency, terms_state: terms, assigned_name: office }) => (
              <>
                <UrgencyTag urgency={urgency} /> <Tag tone={toneOf(state)}>{t(`state.${state}`)}</Tag>
                {terms === "proposed" && (
                  <>
                    {" "}
                    <Tag tone="waits">{t("requests.aside.conditions")}</Tag>
                  </>
                )}
                {office !== null && <span class="small quiet"> {office}</span>}
              </>
            ),
          },
          {
            key: "due",
            label: t("requests.next-clock"),
            cell: (row) => <NextClock row={row} />,
          },
          columns.created,
        ]}
        {...(box === "to-decide"
          ? { actKeys: DECIDING.map(([key, act]) => ({ key, act, label: t(`act.request.${act}`) })) }
          : {})}
        exports={["csv", "json"].map((format) => ({
          label: format.toUpperCase(),
          href: `/api/v1/requests/export?${[query, `format=${format}`].filter((part) => part !== "").join("&")}`,
        }))}
        {...(acts.length > 0
          ? {
              bulk: {
                action: "/requests/many",
                method: "get" as const,
                acts: acts.map((verb) => ({ name: "act", value: verb, label: t(`act.request.${verb}`) })),
              },
            }
          : {})}
        {...(next ? { next: withCursor(url, next) } : {})}
        empty={<EmptyState title={t("requests.none")}>{t("requests.none.hint")}</EmptyState>}
      />
    </DeskPage>
  );
}

/** The address of the page after this one. */
function withCursor(url: string, cursor: string): string {
  const [path = "", query = ""] = url.split("?");
  const search = new URLSearchParams(query);
  search.set("cursor", cursor);
  return `${path}?${search}`;
}
