import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { reportSubject } from "../reports/slice.ts";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { sizeInWords } from "../ui/upload.tsx";
import { When } from "../ui/when.tsx";
import { type FileSeen, filesOf } from "./views.ts";

/** The files of a report on its page. */
export const reportFiles: Section = {
  on: reportSubject.name,
  order: 30,
  read: filesOf,
  render: (files: readonly FileSeen[]) => (files.length === 0 ? null : <Files files={files} />),
};

function Files({ files }: { readonly files: readonly FileSeen[] }) {
  const { t, locale } = useTools();
  return (
    <>
      <h2>
        {t("attachments.title")} <span class="count">{files.length}</span>
      </h2>
      <Table
        caption={t("attachments.title")}
        rows={files}
        id={({ id }) => id}
        href={({ id, report }) => `/reports/${report}/files/${id}`}
        columns={[
          {
            key: "name",
            label: t("attachments.name"),
            primary: true,
            cell: ({ name }) => <bdi class="breaks">{name}</bdi>,
          },
          { key: "kind", label: t("attachments.kind"), cell: (file) => <Kind file={file} /> },
          {
            key: "size",
            label: t("attachments.size"),
            end: true,
            whole: true,
            cell: ({ size }) => sizeInWords(size, locale),
          },
          { key: "at", label: t("attachments.at"), whole: true, cell: ({ at }) => <When at={at} /> },
        ]}
      />
    </>
  );
}

/** What a file is, and what is odd about it. */
export function Kind({ file: { kind, misnamed, facts } }: { readonly file: FileSeen }) {
  const { t } = useTools();
  const odd = [
    ...(misnamed ? [t("attachments.misnamed")] : []),
    ...(facts?.failed ? [t(`attachments.failed.${facts.failed}`)] : []),
    ...(facts?.mail?.warnings ?? []).map((warning) => t(`attachments.warning.${warning}`)),
    ...(facts?.pdf?.active ?? []).map((each) => t(`attachments.active.${each}`)),
  ];
  return (
    <>
      {t(`attachments.kind.${kind}`)}
      {facts === null && <span class="quiet small"> {t("attachments.waiting")}</span>}
      {odd.map((each) => (
        <span key={each}>
          {" "}
          <Tag tone="late">{each}</Tag>
        </span>
      ))}
    </>
  );
}
