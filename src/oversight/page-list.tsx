import { page } from "../kernel/page.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { MEASURE_CODES } from "../law/slice.ts";
import { COUNTED_MAX, toneOf } from "../requests/slice.ts";
import { type Box, BOXES, oversightList, type Use } from "./views.ts";

/** Days back that the list can be narrowed to. */
const PERIODS = [30, 90, 365] as const;

/** The address of this list with one filter changed; the cursor starts anew. */
function withFilter(url: string, name: string, value: string | undefined): string {
  const [path = "", query = ""] = url.split("?");
  const search = new URLSearchParams(query);
  search.delete("cursor");
  search.delete(name);
  if (value !== undefined) search.set(name, value);
  return search.size > 0 ? `${path}?${search}` : path;
}

function filtersOf({ t, url }: Tools, counts: Readonly<Record<Box, number>>) {
  const search = new URLSearchParams(url.split("?")[1] ?? "");
  const any = (name: string) => ({
    label: t("requests.any"),
    href: withFilter(url, name, undefined),
    active: !search.has(name),
  });
  const option = (name: string, value: string, label: string, count?: number) => ({
    // What was counted to its end; what is more says so.
    ...(count !== undefined && count >= COUNTED_MAX
      ? { label: `${label} ${t("ui.or-more", { count })}` }
      : { label, count }),
    href: withFilter(url, name, value),
    active: search.get(name) === value,
  });
  return [
    {
      label: t("oversight.box"),
      options: [any("box"), ...BOXES.map((box) => option("box", box, t(`oversight.box.${box}`), counts[box]))],
    },
    {
      label: t("oversight.period"),
      options: [any("days"), ...PERIODS.map((days) => option("days", `${days}`, t("oversight.days", { days })))],
    },
    {
      label: t("field.request.measure"),
      collapsed: true,
      options: [
        // Shut until something of it is chosen.
        ...(search.has("measure") ? [any("measure")] : []),
        ...MEASURE_CODES.map((code) => option("measure", code, `${code} ${t(`measure.${code}`)}`)),
      ],
    },
  ];
}

/** How validation stands: the state in a word, and the moment that counts. */
function Validation({ use }: { readonly use: Use }) {
  const { t, now } = useTools();
  const { validation, validate_by: by, validated_at: at, authority } = use;
  if (!validation)
    return authority.authorisedBy ? (
      <span class="quiet">{t("oversight.authorised-first")}</span>
    ) : (
      <span class="quiet">{t("oversight.undecided")}</span>
    );
  const isOver = by !== null && Temporal.Instant.compare(by, now) < 0;
  return (
    <>
      <Tag tone={validation === "confirmed" ? "good" : validation === "due" && !isOver ? "waits" : "late"}>
        {t(`safeguards.validation.${validation}`)}
      </Tag>{" "}
      {at ? <When at={at} /> : by && <When at={by} />}
    </>
  );
}

function Told({ use }: { readonly use: Use }) {
  const { t, now } = useTools();
  const { notification, notify_by: by, notified_at: at } = use;
  if (!notification) return <span class="quiet">{t("oversight.nothing-due")}</span>;
  const isOver = notification !== "told" && by !== null && Temporal.Instant.compare(by, now) < 0;
  return (
    <>
      <Tag tone={notification === "told" ? "good" : isOver ? "late" : "waits"}>
        {t(`safeguards.notification.${notification}`)}
      </Tag>{" "}
      {at ? <When at={at} /> : by && <When at={by} />}
    </>
  );
}

/** Every use of a power that oversight is to see, the newest first. */
export const oversightPage = page({
  path: "/oversight",
  view: oversightList,
  render: ({ items, next, counts }, tools) => {
    const { t, url } = tools;
    const [, query = ""] = url.split("?");
    const search = new URLSearchParams(query);
    const exported = new URLSearchParams([...search].filter(([name]) => name !== "cursor"));
    const address = (format: string) =>
      `/api/v1/oversight/export?${new URLSearchParams([...exported, ["format", format]])}`;
    return (
      <DeskPage
        title={t("oversight.title")}
        lead={t("oversight.lead")}
        action={{ href: "/oversight/emergencies", label: t("oversight.emergencies") }}
      >
        <Worklist<Use>
          caption={t("oversight.title")}
          filters={filtersOf(tools, counts)}
          search={{
            name: "q",
            value: search.get("q") ?? "",
            label: t("oversight.search"),
            keep: Object.fromEntries([...search].filter(([name]) => name !== "q" && name !== "cursor")),
          }}
          rows={items}
          id={({ id }) => id}
          href={({ id }) => `/requests/${id}`}
          tone={({ halts, validation }) =>
            halts.length > 0 || validation === "lapsed" || validation === "refused" ? "late" : undefined
          }
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
              cell: ({ measure, data_category: category, intrusive }) => (
                <>
                  {measure} {t(`measure.${measure}`)}, {t(`powers.category.${category}`)}
                  {intrusive && (
                    <>
                      {" "}
                      <Tag>{t("oversight.intrusive")}</Tag>
                    </>
                  )}
                </>
              ),
            },
            {
              key: "office",
              label: t("oversight.by"),
              cell: ({ authority, side, peer_name: peer }) => (side === "sender" ? authority.office : peer),
            },
            {
              key: "state",
              label: t("request.state"),
              cell: ({ state, urgency, halts }) => (
                <>
                  <Tag tone={toneOf(state)}>{t(`state.${state}`)}</Tag>{" "}
                  {urgency === "emergency" && <Tag tone="late">{t("oversight.emergency")}</Tag>}{" "}
                  {halts.length > 0 && <Tag tone="late">{t("oversight.halted")}</Tag>}
                </>
              ),
            },
            { key: "validation", label: t("oversight.decision"), cell: (use) => <Validation use={use} /> },
            { key: "told", label: t("safeguards.notification"), cell: (use) => <Told use={use} /> },
            { key: "created", label: t("requests.drafted"), cell: ({ created_at: at }) => <When at={at} /> },
          ]}
          exports={(["csv", "json"] as const).map((format) => ({ label: format.toUpperCase(), href: address(format) }))}
          {...(next ? { next: withFilter(url, "cursor", next) } : {})}
          empty={<EmptyState title={t("oversight.none")}>{t("oversight.none.hint")}</EmptyState>}
        />
      </DeskPage>
    );
  },
});
