import { page } from "../kernel/page.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Tag } from "../ui/tag.tsx";
import { Worklist } from "../ui/worklist.tsx";
import { directoryView } from "./views-help.ts";

/** Who holds the data of an identifier, and how they are asked. */
export const directoryPage = page({
  path: "/directory",
  view: directoryView,
  render: ({ q, items }, { t }) => (
    <DeskPage
      title={t("directory.title")}
      lead={t("directory.lead")}
      trail={[{ href: "/requests", label: t("requests.all") }]}
    >
      <Worklist
        caption={t("directory.title")}
        search={{ name: "q", value: q, label: t("directory.search") }}
        rows={items}
        id={({ name }) => name}
        columns={[
          { key: "name", label: t("directory.name"), primary: true, cell: ({ name }) => name },
          {
            key: "by",
            label: t("directory.by"),
            cell: ({ domains, prefixes, handles }) =>
              [...domains, ...prefixes, ...handles].map((each) => <code key={each}>{each} </code>),
          },
          {
            key: "peer",
            label: t("directory.reached"),
            cell: ({ peer, is_peer, note }) => (
              <>
                {peer !== undefined && <Tag tone={is_peer ? "good" : "plain"}>{peer}</Tag>} {note}
              </>
            ),
          },
          {
            key: "source",
            label: t("directory.source"),
            cell: ({ source, checked }) => (
              <span class="small quiet">
                {source}
                {!checked && ` (${t("directory.unchecked")})`}
              </span>
            ),
          },
        ]}
        empty={<EmptyState title={t("directory.none")}>{t("directory.none.hint")}</EmptyState>}
      />
    </DeskPage>
  ),
});
