import { page } from "../kernel/page.ts";
import type { Tools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { durationInWords } from "../ui/duration.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { MEASURE_CODES } from "../law/slice.ts";
import type { State } from "./request.ts";
import { BOXES, type Listing, requestList } from "./views.ts";

const WAITING: readonly State[] = ["submitted", "authorised", "clarification", "delivered"];
const BAD: readonly State[] = ["denied", "refused", "lapsed"];
const GOOD: readonly State[] = ["executed"];

/** What a state's colour says: waits for somebody here, went wrong, done. */
export const toneOf = (state: State): Tone =>
  WAITING.includes(state) ? "waits" : BAD.includes(state) ? "late" : GOOD.includes(state) ? "good" : "plain";

/** The address of this list with one filter changed; the cursor starts anew. */
function withFilter(url: string, name: string, value: string | undefined): string {
  const [path = "", query = ""] = url.split("?");
  const search = new URLSearchParams(query);
  search.delete("cursor");
  search.delete(name);
  if (value !== undefined) search.set(name, value);
  return search.size > 0 ? `${path}?${search}` : path;
}

function filtersOf({ t, url }: Tools) {
  const search = new URLSearchParams(url.split("?")[1] ?? "");
  const filter = (name: string, label: string, values: readonly string[], words: (value: string) => string) => ({
    label,
    options: [
      { label: t("requests.any"), href: withFilter(url, name, undefined), active: !search.has(name) },
      ...values.map((value) => ({
        label: words(value),
        href: withFilter(url, name, value),
        active: search.get(name) === value,
      })),
    ],
  });
  return [
    filter("box", t("requests.box"), BOXES, (box) => t(`requests.box.${box}`)),
    filter("measure", t("field.request.measure"), MEASURE_CODES, (measure) => t(`measure.${measure}`)),
  ];
}

const isLate = ({ due_at }: Listing, now: Temporal.Instant): boolean =>
  due_at !== null && Temporal.Instant.compare(due_at, now) < 0;

/** Requests that the reader may see, the newest first. */
export const requestsPage = page({
  path: "/requests",
  view: requestList,
  render: ({ items, next }, tools) => {
    const { t, url, now, locale } = tools;
    const search = new URLSearchParams(url.split("?")[1] ?? "");
    const box = BOXES.find((each) => each === search.get("box"));
    return (
      <DeskPage title={box ? t(`requests.box.${box}`) : t("requests.all")} lead={t("requests.lead")}>
        <Worklist<Listing>
          caption={t("requests.all")}
          filters={filtersOf(tools)}
          search={{
            name: "q",
            value: search.get("q") ?? "",
            label: t("requests.search"),
            keep: Object.fromEntries([...search].filter(([name]) => name !== "q" && name !== "cursor")),
          }}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/requests/${id}`}
          tone={(row) => (isLate(row, now) ? "late" : undefined)}
          columns={[
            {
              key: "number",
              label: t("requests.number"),
              primary: true,
              cell: ({ number }) => <span class="nowrap">{number}</span>,
            },
            {
              key: "measure",
              label: t("field.request.measure"),
              cell: ({ measure }) => `${measure} ${t(`measure.${measure}`)}`,
            },
            {
              key: "peer",
              label: t("requests.with"),
              whole: true,
              cell: ({ peer_name: peer, side }) => t(side === "sender" ? "requests.to" : "requests.from", { peer }),
            },
            { key: "offence", label: t("field.request.offence"), cell: ({ offence }) => offence },
            {
              key: "state",
              label: t("request.state"),
              cell: ({ state }) => <Tag tone={toneOf(state)}>{t(`state.${state}`)}</Tag>,
            },
            {
              key: "due",
              label: t("requests.next-clock"),
              cell: ({ due_at }) =>
                due_at ? durationInWords(due_at.epochMilliseconds - now.epochMilliseconds, locale) : null,
            },
            { key: "created", label: t("requests.drafted"), cell: ({ created_at }) => <When at={created_at} /> },
          ]}
          {...(next ? { next: withFilter(url, "cursor", next) } : {})}
          empty={<EmptyState title={t("requests.none")}>{t("requests.none.hint")}</EmptyState>}
        />
      </DeskPage>
    );
  },
});
