import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type EmptyingRow, emptyingSubject, PATTERNS } from "./inbox.ts";
import { emptying, type Quarantine, type QuarantineGroup, quarantineView } from "./views-quarantine.ts";

/** What waits outside of the worklist, by what it has in common: each pattern is let go, or closed as junk, in two clicks. */
export const quarantinePage = page({
  path: "/quarantine",
  view: quarantineView,
  render: (found) => <QuarantinePage found={found} />,
});

/** One order: how far it has come, and the way to take it back. */
export const emptyingPage = page({
  path: "/emptyings/:id",
  view: emptying,
  render: (order) => <EmptyingPage order={order} />,
});

function QuarantinePage({ found }: { readonly found: Quarantine }) {
  const { t } = useTools();
  const { by, groups, total, most, orders } = found;
  return (
    <DeskPage
      title={t("quarantine.title")}
      lead={t(total >= most ? "quarantine.lead.many" : "quarantine.lead", { count: total })}
      trail={[{ label: t("reports.title"), href: "/reports" }]}
      subject="quarantine"
    >
      <div class="worklist-tools">
        <div class="filter" role="group" aria-label={t("quarantine.by")}>
          <span class="filter-label">{t("quarantine.by")}</span>
          {PATTERNS.map((each) => (
            <a
              key={each}
              class="chip"
              href={`/quarantine?by=${each}`}
              {...(each === by ? { "aria-current": "true" } : {})}
            >
              {t(`quarantine.by.${each}`)}
            </a>
          ))}
        </div>
      </div>
      {groups.length === 0 ? (
        <EmptyState title={t("quarantine.empty")}>{t("quarantine.empty.hint")}</EmptyState>
      ) : (
        <Groups found={found} />
      )}
      {orders.length > 0 && <Orders orders={orders} />}
    </DeskPage>
  );
}

function Groups({ found: { by, groups } }: { readonly found: Quarantine }) {
  const { t, locale } = useTools();
  const number = new Intl.NumberFormat(locale);
  return (
    <Table
      caption={t("quarantine.title")}
      rows={groups}
      id={({ key }) => key}
      columns={[
        {
          key: "what",
          label: t(`quarantine.by.${by}`),
          primary: true,
          cell: (group) => <Common group={group} by={by} />,
        },
        { key: "n", label: t("quarantine.n"), end: true, cell: ({ n }) => number.format(n) },
        {
          key: "when",
          label: t("quarantine.when"),
          cell: ({ first, last }) => (
            <>
              <When at={first} /> – <When at={last} />
            </>
          ),
        },
        {
          key: "channels",
          label: t("reports.channel"),
          cell: ({ channels }) => channels.map((each) => t(`report.channel.${each}`)).join(", "),
        },
        { key: "acts", label: t("quarantine.acts"), cell: (group) => <Verdicts group={group} by={by} /> },
      ]}
    />
  );
}

/** What they have in common, in words, and one of them to look at. */
function Common({
  group: { key, excerpt, id, reference },
  by,
}: {
  readonly group: QuarantineGroup;
  readonly by: string;
}) {
  const { t } = useTools();
  return (
    <>
      {by === "observable" && <span class="code-small breaks">{key}</span>}
      {by === "channel" && t(`report.channel.${key}`)}
      {by === "hour" && <When at={Temporal.Instant.from(key)} />}
      <span class={by === "wording" ? "said-short" : "small quiet folded said-short"} dir="auto">
        {excerpt}
      </span>
      <a class="small folded" href={`/reports/${id}`}>
        {t("quarantine.example", { reference })}
      </a>
    </>
  );
}

/** Two links, each to a page that asks once more. What has no common wording is worked on by itself. */
function Verdicts({ group: { key }, by }: { readonly group: QuarantineGroup; readonly by: string }) {
  const { t, may } = useTools();
  if (key === "" || !may("emptying.order")) return null;
  const href = (verdict: string) => `/emptyings/new?by=${by}&key=${encodeURIComponent(key)}&verdict=${verdict}`;
  return (
    <span class="nowrap">
      <a href={href("release")}>{t("option.verdict.release")}</a>
      <br />
      <a href={href("junk")}>{t("option.verdict.junk")}</a>
    </span>
  );
}

function Orders({ orders }: { readonly orders: readonly EmptyingRow[] }) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("quarantine.orders")}</h2>
      <Table
        caption={t("quarantine.orders")}
        rows={orders}
        id={({ id }) => id}
        href={({ id }) => `/emptyings/${id}`}
        columns={[
          {
            key: "what",
            label: t("quarantine.order"),
            primary: true,
            cell: ({ by, verdict }) => `${t(`option.verdict.${verdict}`)} (${t(`quarantine.by.${by}`)})`,
          },
          { key: "state", label: t("reports.col.state"), cell: ({ state }) => t(`state.${state}`) },
          { key: "done", label: t("quarantine.n"), end: true, cell: ({ done }) => String(done) },
          { key: "at", label: t("quarantine.when"), cell: ({ at }) => <When at={at} /> },
        ]}
      />
    </section>
  );
}

function EmptyingPage({ order }: { readonly order: EmptyingRow }) {
  const { t, acts } = useTools();
  const { by, verdict, state, done, refused, at, id } = order;
  const undo = acts(emptyingSubject, order as EmptyingRow & Record<string, unknown>).find(
    ({ act, allowed }) => act.verb === "undo" && allowed,
  );
  const running = state === "running" || state === "undoing";
  return (
    <DeskPage
      title={t(`option.verdict.${verdict}`)}
      tags={<Tag tone={running ? "waits" : "plain"}>{t(`state.${state}`)}</Tag>}
      trail={[
        { label: t("reports.title"), href: "/reports" },
        { label: t("quarantine.title"), href: "/quarantine" },
      ]}
      subject="emptying"
    >
      <p>{t("quarantine.progress", { by: t(`quarantine.by.${by}`), done, refused })}</p>
      <p class="quiet">
        <When at={at} precision="long" />
      </p>
      <p class="buttons">
        {undo && (
          <a class="button plain" href={undo.href}>
            {t("act.emptying.undo")}
          </a>
        )}
        {running && <a href={`/emptyings/${id}`}>{t("ui.again")}</a>}
        <a href="/quarantine">{t("quarantine.title")}</a>
      </p>
    </DeskPage>
  );
}
