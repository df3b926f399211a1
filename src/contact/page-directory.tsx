import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import type { ContactPoint } from "../exchange/slice.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { momentOf, placeOf, When } from "../ui/when.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { directoryView } from "./views.ts";

/** Whom one reaches how, in which languages, and what time it is there. */
export const directoryPage = page({
  path: "/contact-points",
  view: directoryView,
  render: ({ items, q, kind }, tools) => {
    const { t, url } = tools;
    const search = new URLSearchParams(url.split("?")[1] ?? "");
    const open = search.get("open") ?? "";
    const href = (filters: Record<string, string>) => {
      const kept = Object.entries({ q, kind: kind ?? "", open, ...filters }).filter(([, value]) => value !== "");
      return `/contact-points${kept.length > 0 ? `?${new URLSearchParams(kept)}` : ""}`;
    };
    const keep = Object.fromEntries(Object.entries({ kind: kind ?? "", open }).filter(([, value]) => value !== ""));
    return (
      <DeskPage title={t("points.title")} lead={t("points.lead")} trail={[{ href: "/board", label: t("board.title") }]}>
        <Worklist<ContactPoint>
          caption={t("points.title")}
          search={{ name: "q", value: q, label: t("points.search"), keep }}
          filters={[
            {
              label: t("points.kind"),
              options: [
                { label: t("requests.any"), href: href({ kind: "" }), active: kind === undefined },
                ...(["state", "provider"] as const).map((each) => ({
                  label: t(`points.kind.${each}`),
                  href: href({ kind: each }),
                  active: kind === each,
                })),
              ],
            },
            {
              label: t("contact.hours"),
              options: [
                { label: t("requests.any"), href: href({ open: "" }), active: open === "" },
                { label: t("contact.open"), href: href({ open: "yes" }), active: open === "yes" },
              ],
            },
          ]}
          rows={items}
          id={({ code }) => code}
          href={({ id, byMail }) => `/${byMail ? "correspondents" : "peers"}/${id}`}
          columns={columns(tools, false)}
          empty={<EmptyState title={t("points.none")}>{t("points.none.hint")}</EmptyState>}
        />
      </DeskPage>
    );
  },
});

/** Peers with their time and, on the board, how the line to each stands. */
export function PeerTable({ peers, wires }: { readonly peers: readonly ContactPoint[]; readonly wires: boolean }) {
  const tools = useTools();
  return (
    <Table<ContactPoint>
      caption={tools.t("board.peers")}
      rows={peers}
      id={({ code }) => code}
      href={({ id, byMail }) => `/${byMail ? "correspondents" : "peers"}/${id}`}
      tone={({ alarms, backlog }) => (alarms > 0 ? "late" : backlog > 0 ? "waits" : undefined)}
      columns={columns(tools, wires)}
      empty={<p class="quiet">{tools.t("points.none")}</p>}
    />
  );
}

const columns = (tools: ReturnType<typeof useTools>, wires: boolean) => {
  const { t, locale, now } = tools;
  const names = new Intl.DisplayNames([locale], { type: "language" });
  return [
    {
      key: "name",
      label: t("points.name"),
      primary: true,
      cell: ({ name, code, byMail }: ContactPoint) =>
        byMail ? `${name} (${code}), ${t("points.by-mail")}` : `${name} (${code})`,
    },
    {
      key: "time",
      label: t("contact.local"),
      whole: true,
      cell: ({ zone }: ContactPoint) =>
        zone ? `${momentOf(now, { locale, zone, now }, "time")} ${placeOf(zone)}` : t("contact.none"),
    },
    {
      key: "open",
      label: t("contact.hours"),
      cell: ({ open, hours }: ContactPoint) =>
        open === null ? (
          (hours ?? t("contact.none"))
        ) : (
          <Tag tone={open ? "good" : "waits"}>{t(open ? "contact.open" : "contact.closed")}</Tag>
        ),
    },
    {
      key: "voice",
      label: t("contact.voice"),
      whole: true,
      cell: ({ voice }: ContactPoint) =>
        voice ? (
          <a href={`tel:${voice.replaceAll(/[^\d+]/g, "")}`}>
            <bdi dir="ltr">{voice}</bdi>
          </a>
        ) : (
          t("contact.none")
        ),
    },
    ...(wires
      ? [
          {
            key: "wire",
            label: t("board.wire"),
            cell: ({ backlog, alarms, waitingSince }: ContactPoint) =>
              alarms > 0 ? (
                <Tag tone="late">{t("board.wire.alarm", { alarms })}</Tag>
              ) : backlog > 0 ? (
                <>
                  <Tag tone="waits">{t("board.wire.waits", { backlog })}</Tag>{" "}
                  {waitingSince && <When at={waitingSince} />}
                </>
              ) : (
                <Tag tone="good">{t("board.wire.good")}</Tag>
              ),
          },
          {
            key: "heard",
            label: t("board.heard"),
            cell: ({ heardAt }: ContactPoint) => (heardAt ? <When at={heardAt} /> : t("board.heard.never")),
          },
        ]
      : [
          {
            key: "languages",
            label: t("contact.languages"),
            cell: ({ languages }: ContactPoint) => languages.map((each) => names.of(each) ?? each).join(", "),
          },
          { key: "escalation", label: t("contact.escalation"), cell: ({ escalation }: ContactPoint) => escalation },
        ]),
  ];
};
