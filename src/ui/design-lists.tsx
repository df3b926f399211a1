import { type Tools, useTools } from "../kernel/tools.ts";
import { EmptyState } from "./empty-state.tsx";
import { Person } from "./person.tsx";
import { Table } from "./table.tsx";
import { Tag, type Tone } from "./tag.tsx";
import { TaskList } from "./task-list.tsx";
import { When } from "./when.tsx";
import { Worklist } from "./worklist.tsx";

const at = (text: string) => Temporal.Instant.from(text);

interface Row {
  readonly number: string;
  readonly subject: string;
  readonly tone: Tone;
  readonly state: string;
  readonly peer: string;
  readonly due: Temporal.Instant | null;
}

/** Lists of all kinds, full and empty. */
export function DesignLists() {
  return (
    <>
      <FirstLists />
      <SecondLists />
    </>
  );
}

function FirstLists() {
  const { t } = useTools();
  return (
    <>
      <section id="reports">
        <h2>{t("ui.design.worklist")}</h2>
        <SampleWorklist />
      </section>
      <section>
        <h2>{t("ui.design.empty")}</h2>
        <Worklist
          caption={t("ui.design.empty")}
          columns={[]}
          rows={[]}
          id={() => ""}
          filters={[
            {
              label: t("ui.design.filter.state"),
              options: [{ label: t("ui.design.filter.all"), href: "#all", active: true }],
            },
          ]}
        />
        <EmptyState title={t("ui.design.nothing")} act={{ href: "#new", label: t("ui.design.act.draft") }}>
          {t("ui.design.nothing.why")}
        </EmptyState>
      </section>
    </>
  );
}

function SecondLists() {
  const { t } = useTools();
  return (
    <>
      <section>
        <h2>{t("ui.design.tasks")}</h2>
        <TaskList
          tasks={[
            { label: t("ui.design.task.facts"), href: "#1", state: "done" },
            {
              label: t("ui.design.task.necessity"),
              hint: t("ui.design.task.necessity.hint"),
              href: "#2",
              state: "to-do",
            },
            { label: t("ui.design.task.authority"), href: "#3", state: "waits" },
            { label: t("ui.design.task.send"), state: "not-yet" },
          ]}
        />
      </section>
      <section>
        <h2>{t("ui.design.table")}</h2>
        <Table
          caption={t("ui.design.table.caption")}
          captionShown
          columns={[
            { key: "m", label: t("ui.design.month"), cell: (row) => row[0], primary: true },
            { key: "s", label: t("ui.design.sent"), cell: (row) => row[1], end: true },
            { key: "d", label: t("ui.design.median"), cell: (row) => row[2], end: true },
          ]}
          rows={
            [
              ["2026-09", "52", "16"],
              ["2026-10", "61", "11"],
              ["2026-11", "1 057", "9"],
            ] as const
          }
          id={(row) => row[0]}
        />
      </section>
    </>
  );
}

function SampleWorklist() {
  const { t } = useTools();
  const rows = sampleRows(t);
  return (
    <Worklist
      caption={t("ui.design.worklist")}
      columns={[
        { key: "number", label: t("ui.design.number"), cell: (row) => row.number, primary: true },
        { key: "subject", label: t("ui.design.subject"), cell: (row) => row.subject },
        {
          key: "peer",
          label: t("ui.design.peer"),
          cell: (row) => <Person name={row.peer} office={t("ui.design.office.peer")} />,
        },
        { key: "state", label: t("ui.design.filter.state"), cell: (row) => <Tag tone={row.tone}>{row.state}</Tag> },
        { key: "due", label: t("ui.lanes.due"), cell: (row) => row.due && <When at={row.due} /> },
      ]}
      rows={rows}
      id={(row) => row.number}
      href={(row) => `#${row.number}`}
      tone={(row) => (row.tone === "late" || row.tone === "waits" ? row.tone : undefined)}
      search={{ name: "q", value: "", label: t("ui.design.search"), keep: { state: "open" } }}
      saved={[{ label: t("ui.design.saved"), href: "#saved", active: false, count: 4 }]}
      filters={[
        {
          label: t("ui.design.filter.state"),
          options: [
            { label: t("ui.design.filter.all"), href: "#all", active: true, count: 1204 },
            { label: t("ui.design.tag.late"), href: "#late", active: false, count: 3 },
            { label: t("ui.design.tag.waits"), href: "#waits", active: false, count: 12 },
          ],
        },
        {
          label: t("ui.design.peer"),
          options: [
            { label: "Belmora", href: "#xb", active: false },
            { label: "Meridian", href: "#xp", active: false },
          ],
        },
      ]}
      bulk={{
        action: "#bulk",
        acts: [
          { name: "act", value: "assign", label: t("ui.design.bulk.assign") },
          { name: "act", value: "close", label: t("ui.design.bulk.close") },
        ],
      }}
      exports={[
        { label: "CSV", href: "#csv" },
        { label: "JSON", href: "#json" },
      ]}
      next="#next"
      first="#first"
      total={1204}
    />
  );
}

function sampleRows(t: Tools["t"]): Row[] {
  return [
    {
      number: "R-2026-0117",
      subject: t("ui.design.row.1"),
      tone: "late",
      state: t("ui.design.tag.late"),
      peer: "Belmora",
      due: at("2026-11-30T20:30:00Z"),
    },
    {
      number: "R-2026-0121",
      subject: t("ui.design.row.2"),
      tone: "waits",
      state: t("ui.design.tag.waits"),
      peer: "Meridian",
      due: at("2026-12-02T07:06:00Z"),
    },
    {
      number: "R-2026-0098",
      subject: t("ui.design.row.3"),
      tone: "sealed",
      state: t("ui.design.tag.sealed"),
      peer: "Belmora",
      due: null,
    },
    {
      number: "R-2026-0124",
      subject: t("ui.design.long"),
      tone: "plain",
      state: t("ui.design.tag.plain"),
      peer: "Belmora",
      due: at("2027-01-12T01:12:00Z"),
    },
    {
      number: "R-2026-0076",
      subject: t("ui.design.row.4"),
      tone: "good",
      state: t("ui.design.tag.good"),
      peer: "Meridian",
      due: null,
    },
  ];
}
