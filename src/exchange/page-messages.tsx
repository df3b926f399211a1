import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { exchanged, type Exchanged } from "./views.ts";
import { outcomeWords } from "./words.ts";

/** Messages between two nodes: which way, which act, and what became of it. */
export function Messages({ messages }: { readonly messages: readonly Exchanged[] }) {
  const tools = useTools();
  const { t, has } = tools;
  const actWords = (act: string) => (has(`act.${act}`) ? t(`act.${act}`) : act);
  return (
    <Table
      caption={t("exchange.messages")}
      rows={messages}
      id={({ id }) => id}
      tone={({ problem, distrusted }) => (problem || distrusted ? "late" : undefined)}
      empty={<p class="quiet">{t("exchange.messages.none")}</p>}
      columns={[
        {
          key: "direction",
          label: t("exchange.column.direction"),
          cell: ({ direction }) => t(`exchange.direction.${direction}`),
        },
        { key: "number", label: t("exchange.column.number"), end: true, cell: ({ seq }) => seq },
        {
          key: "act",
          label: t("exchange.column.act"),
          primary: true,
          cell: ({ act, subjectId, open }) =>
            open ? <a href={`/requests/${subjectId}`}>{actWords(act)}</a> : actWords(act),
        },
        { key: "at", label: t("exchange.column.at"), cell: ({ at }) => <When at={at} /> },
        {
          key: "outcome",
          label: t("exchange.column.outcome"),
          cell: (message) =>
            message.distrusted ? (
              <>
                {outcomeWords(tools, message)} <Tag tone="late">{t("exchange.distrusted")}</Tag>
              </>
            ) : (
              outcomeWords(tools, message)
            ),
        },
      ]}
    />
  );
}

/** On the page of a request: what went to the other node and came from it, whether it arrived, and why not. */
export const requestSection: Section = {
  on: "request",
  order: 80,
  read: (reader, id) => exchanged(reader, { kind: "request", id }),
  render: (found: never, { t }) =>
    (found as readonly Exchanged[]).length === 0 ? null : (
      <>
        <h2>{t("exchange.section")}</h2>
        <Messages messages={found} />
      </>
    ),
};
