import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { Facts } from "../ui/facts.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { AHEAD_DAYS, type Keeping, keepingView, type RequestItem } from "./views.ts";

/** What is kept how long, what is erased next, what was erased, and what people have asked. */
export const keepingPage = page({
  path: "/retentions",
  view: keepingView,
  render: (keeping) => <KeepingPage keeping={keeping} />,
});

function KeepingPage({ keeping }: { readonly keeping: Keeping }) {
  const { t, may, locale } = useTools();
  const { counts, rules } = keeping;
  const recording = may("data-request.record")
    ? { href: "/data-requests/new", label: t("act.data-request.record") }
    : undefined;
  const number = (count: number | undefined) => (count ?? 0).toLocaleString(locale);
  return (
    <DeskPage title={t("privacy.title")} lead={t("privacy.lead")} action={recording}>
      <Facts
        rows={[
          [t("privacy.running"), number(counts["running"])],
          [t("privacy.suspended"), number(counts["suspended"])],
          [t("privacy.kept"), number(counts["kept"])],
          [t("privacy.erased"), number(counts["erased"])],
        ]}
      />
      {may("data-request.read") && <Requests rows={keeping.requests} />}
      <section>
        <h2>{t("privacy.due", { days: AHEAD_DAYS })}</h2>
        <Clocks caption={t("privacy.due", { days: AHEAD_DAYS })} rows={keeping.due} at="due_at" />
      </section>
      {keeping.kept.length > 0 && (
        <section>
          <h2>{t("privacy.kept")}</h2>
          <Clocks caption={t("privacy.kept")} rows={keeping.kept} at="due_at" />
        </section>
      )}
      <section>
        <h2>{t("privacy.erased")}</h2>
        <p class="quiet small">{t("privacy.erased.hint")}</p>
        <Clocks caption={t("privacy.erased")} rows={keeping.erased} at="erased_at" />
      </section>
      <section>
        <h2>{t("privacy.rules")}</h2>
        <Rules rules={rules} />
      </section>
    </DeskPage>
  );
}

/** The pack's rows, the first that fits counts. */
function Rules({ rules }: { readonly rules: Keeping["rules"] }) {
  const { t } = useTools();
  return (
    <Table
      caption={t("privacy.rules")}
      rows={rules.map((rule, at) => ({ ...rule, at }))}
      id={({ at }) => String(at)}
      columns={[
        {
          key: "what",
          label: t("privacy.rule.what"),
          primary: true,
          cell: ({ categories, at }) =>
            categories === null
              ? t(at === 0 ? "privacy.rule.all" : "privacy.rule.others")
              : categories.map((each) => t(`option.category.${each}`)).join("; "),
        },
        {
          key: "days",
          label: t("privacy.rule.days"),
          end: true,
          whole: true,
          cell: ({ days }) => t("privacy.days", { days }),
        },
        { key: "source", label: t("privacy.rule.source"), cell: ({ source }) => source },
      ]}
      empty={<p class="quiet">{t("privacy.rules.none")}</p>}
    />
  );
}

function Clocks({
  caption,
  rows,
  at,
}: {
  readonly caption: string;
  readonly rows: Keeping["due"];
  readonly at: "due_at" | "erased_at";
}) {
  const { t } = useTools();
  return (
    <Table
      caption={caption}
      rows={rows}
      id={({ id }) => id}
      href={({ id }) => `/retentions/${id}`}
      columns={[
        {
          key: "report",
          label: t("privacy.report"),
          primary: true,
          cell: ({ reference }) => <span class="code-small">{reference}</span>,
        },
        { key: "category", label: t("privacy.category"), cell: ({ category }) => t(`option.category.${category}`) },
        {
          key: "at",
          label: t(`privacy.col.${at}`),
          whole: true,
          cell: (row) => {
            const moment = row[at];
            return moment === null ? "" : <When at={moment} precision="day" />;
          },
        },
        {
          key: "why",
          label: t("privacy.why"),
          cell: ({ state, source, kept_by: by, erased_by: end }) =>
            state === "erased"
              ? t(`privacy.by.${end ?? "clock"}`)
              : state === "kept"
                ? t("privacy.kept-by", { by: by ?? "" })
                : source,
        },
      ]}
      empty={<p class="quiet">{t("privacy.none")}</p>}
    />
  );
}

function Requests({ rows }: { readonly rows: readonly RequestItem[] }) {
  const { t, now } = useTools();
  const isLate = ({ state, due_at: due }: RequestItem) => state === "lodged" && Temporal.Instant.compare(due, now) < 0;
  return (
    <section>
      <h2>{t("privacy.requests")}</h2>
      <Table
        caption={t("privacy.requests")}
        rows={rows}
        id={({ number }) => number}
        href={({ id }) => `/data-requests/${id}`}
        tone={(row) => (isLate(row) ? "late" : row.state === "lodged" ? "waits" : undefined)}
        columns={[
          {
            key: "number",
            label: t("privacy.request"),
            primary: true,
            cell: ({ number }) => <span class="code-small">{number}</span>,
          },
          { key: "kind", label: t("privacy.kind"), cell: ({ kind }) => t(`option.kind.${kind}`) },
          {
            key: "state",
            label: t("privacy.state"),
            cell: (row) => (
              <Tag tone={isLate(row) ? "late" : row.state === "lodged" ? "waits" : "plain"}>
                {isLate(row) ? t("privacy.late") : t(`data-request.state.${row.state}`)}
              </Tag>
            ),
          },
          {
            key: "due",
            label: t("privacy.until"),
            whole: true,
            cell: ({ due_at }) => <When at={due_at} precision="day" />,
          },
          {
            key: "report",
            label: t("privacy.report"),
            cell: ({ reference }) => <span class="code-small">{reference}</span>,
          },
        ]}
        empty={<p class="quiet">{t("privacy.requests.none")}</p>}
      />
    </section>
  );
}
