import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Table } from "../ui/table.tsx";
import { durationInWords } from "../ui/duration.ts";
import { aheadInWords, clockColumns, deskView, type RaisedClock, type RunningClock } from "../clocks/slice.ts";

/** The desk's first page: what waits, and which clocks run out next. */
export const homePage = page({
  path: "/",
  view: deskView,
  render: ({ clocks, warnings }, { t, actor }) => (
    <DeskPage title={t("home.title")} kicker={actor ? `${actor.name}, ${actor.office.name}` : undefined}>
      <section>
        <h2>{t("home.waiting")}</h2>
        <Waiting />
      </section>
      {warnings.length > 0 && (
        <section>
          <h2>{t("home.warnings")}</h2>
          <Warnings items={warnings} />
        </section>
      )}
      <section>
        <div class="section-head">
          <h2>{t("home.clocks")}</h2>
          <a href="/clocks">{t("clocks.navigation")}</a>
        </div>
        <Clocks items={clocks} />
      </section>
    </DeskPage>
  ),
});

function Waiting() {
  const { t, navigation } = useTools();
  const lists = navigation.filter(({ count }) => count !== undefined && count > 0);
  return (
    <Table
      caption={t("home.waiting")}
      rows={lists}
      id={({ href }) => href}
      href={({ href }) => href}
      columns={[
        { key: "list", label: t("home.worklist"), primary: true, cell: ({ label }) => label },
        {
          key: "count",
          label: t("home.count"),
          end: true,
          cell: ({ count, more }) => (more ? t("ui.or-more", { count: count ?? 0 }) : count),
        },
      ]}
      empty={<EmptyState title={t("home.nothing")} />}
    />
  );
}

/** Clocks that have warned; the head of an office sees those that were brought before them. */
function Warnings({ items }: { readonly items: readonly RaisedClock[] }) {
  const { t } = useTools();
  const columns = clockColumns(t, (clock: RaisedClock) => clock);
  return (
    <Table
      caption={t("home.warnings")}
      rows={items}
      id={({ id, rule }) => `${id} ${rule}`}
      href={({ plural, id }) => `/${plural}/${id}`}
      tone={() => "waits"}
      columns={[
        columns.thing,
        columns.rule,
        columns.moment("due", t("home.clock.due"), ({ due_at }) => due_at),
        {
          key: "warned",
          label: t("home.warned"),
          cell: ({ ahead_minutes, escalates }) =>
            t(escalates ? "clocks.warned-head" : "clocks.warned", { ahead: aheadInWords(ahead_minutes, t) }),
        },
      ]}
      empty={null}
    />
  );
}

function Clocks({ items }: { readonly items: readonly RunningClock[] }) {
  const { t, now, locale } = useTools();
  const columns = clockColumns(t, (clock: RunningClock) => clock);
  return (
    <Table
      caption={t("home.clocks")}
      rows={items}
      id={({ id, rule }) => `${id} ${rule}`}
      href={({ plural, id }) => `/${plural}/${id}`}
      tone={({ due_at }) => (Temporal.Instant.compare(due_at, now) < 0 ? "late" : undefined)}
      columns={[
        columns.thing,
        columns.rule,
        columns.moment("due", t("home.clock.due"), ({ due_at }) => due_at),
        {
          key: "left",
          label: t("home.clock.left"),
          end: true,
          cell: ({ due_at }) => durationInWords(due_at.epochMilliseconds - now.epochMilliseconds, locale),
        },
      ]}
      empty={<EmptyState title={t("home.no-clocks")} />}
    />
  );
}
