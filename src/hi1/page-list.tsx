import { page } from "../kernel/page.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { nameWords, TONES } from "./pages.tsx";
import { type EndpointLine, endpointList } from "./views.ts";

/** Every provider that speaks the standard. */
export const endpointsPage = page({
  path: "/hi1-endpoints",
  view: endpointList,
  render: ({ items }, { t, url }) => (
    <DeskPage
      title={t("hi1.title")}
      lead={t("hi1.lead")}
      trail={[{ href: "/correspondents", label: t("correspondents.title") }]}
    >
      <Worklist<EndpointLine>
        caption={t("hi1.title")}
        search={{
          name: "q",
          value: new URLSearchParams(url.split("?")[1] ?? "").get("q") ?? "",
          label: t("hi1.search"),
        }}
        rows={items}
        id={({ id }) => id}
        href={({ id }) => `/hi1-endpoints/${id}`}
        columns={[
          { key: "name", label: t("points.name"), primary: true, cell: ({ name, peer }) => `${name} (${peer})` },
          { key: "address", label: t("hi1.address"), cell: ({ url: address }) => <bdi dir="ltr">{address}</bdi> },
          { key: "names", label: t("hi1.names"), cell: (each) => <bdi dir="ltr">{nameWords(each)}</bdi> },
          {
            key: "state",
            label: t("board.state"),
            cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>,
          },
        ]}
        empty={<EmptyState title={t("hi1.nobody")}>{t("hi1.nobody.hint")}</EmptyState>}
      />
    </DeskPage>
  ),
});
