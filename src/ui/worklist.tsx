import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";
import { EmptyState } from "./empty-state.tsx";
import { HiddenField } from "./hidden-field.tsx";
import { Island } from "./island.tsx";
import { Pagination } from "./pagination.tsx";
import { Table, type TableProps } from "./table.tsx";

/** Choices of one filter; each is a link, so a view of the list has an address that can be kept and sent. */
export interface Filter {
  readonly label: string;
  readonly options: readonly {
    readonly label: string;
    readonly href: string;
    readonly active: boolean;
    readonly count?: number | undefined;
  }[];
  /** Shown behind its label until something of it is chosen: for many values. */
  readonly collapsed?: boolean;
}
/** Acts on the rows that are ticked. The form posts `ids` and the button's own name and value. */
interface Bulk {
  readonly action: string;
  /** `get` where the acts lead to a form with an address of its own. Default `post`. */
  readonly method?: "get" | "post";
  readonly acts: readonly { readonly name: string; readonly value: string; readonly label: string }[];
  /** What else the form must carry (idempotency key). */
  readonly hidden?: Readonly<Record<string, string>>;
}

/** A search box. `keep` are the other parameters of the address, which it must not lose. */
interface Search {
  readonly name: string;
  readonly value: string;
  readonly label: string;
  readonly keep?: Readonly<Record<string, string>>;
}

/** A list that tells what has come while it is open. */
interface Live {
  /** Where a program asks for news: answers when there are some. */
  readonly news: string;
  /** Moment of what is shown. */
  readonly at: Temporal.Instant;
  /** The same list, read anew: for readers without JavaScript. */
  readonly again: string;
}

/** What Worklist is drawn from. */
export type WorklistProps<Row> = Omit<TableProps<Row>, "before"> & {
  /** What a row is called where its id is not for people. */
  readonly called?: (row: Row) => string;
  readonly filters?: readonly Filter[];
  readonly search?: Search | undefined;
  /** Views that this office keeps. */
  readonly saved?: Filter["options"];
  readonly bulk?: Bulk;
  readonly exports?: readonly { readonly label: string; readonly href: string }[];
  readonly live?: Live;
  /** Keys that lead from the row in focus to an act of it: `t` to `triage`, with the words for the list of keys. */
  readonly actKeys?: readonly { readonly key: string; readonly act: string; readonly label: string }[];
  readonly next?: string | undefined;
  readonly first?: string | undefined;
  /** How many there are in all, where it is known. */
  readonly total?: number | undefined;
  readonly empty?: ComponentChildren;
};

/**
 * A list that is worked through: filters as chips, search, ticks with acts for many, export, pages.
 * Keys: j and k move, Enter opens, x ticks, / searches, ? tells.
 */
export function Worklist<Row>({
  filters = [],
  search,
  saved = [],
  bulk,
  exports = [],
  live,
  actKeys = [],
  next,
  first,
  total,
  empty,
  called,
  ...table
}: WorklistProps<Row>) {
  const { t } = useTools();
  const list = (
    <Table
      {...table}
      empty={empty ?? <NothingFits />}
      {...(bulk
        ? {
            before: {
              head: <span class="hidden">{t("ui.tick")}</span>,
              cell: (row: Row) => (
                <input
                  type="checkbox"
                  name="ids"
                  value={table.id(row)}
                  aria-label={t("ui.tick-row", { row: (called ?? table.id)(row) })}
                  data-tick
                />
              ),
            },
          }
        : {})}
    />
  );
  return (
    <div
      class="worklist"
      data-worklist
      {...(actKeys.length > 0
        ? { "data-act-keys": JSON.stringify(Object.fromEntries(actKeys.map(({ key, act }) => [key, act]))) }
        : {})}
      {...(live ? { "data-news": live.news, "data-news-at": live.at.toString() } : {})}
    >
      <WorklistTools filters={filters} search={search} saved={saved} />
      {live && <WorklistNews again={live.again} />}
      {bulk && table.rows.length > 0 ? (
        <form method={bulk.method ?? "post"} action={bulk.action}>
          {Object.entries(bulk.hidden ?? {}).map(([name, value]) => (
            <HiddenField key={name} name={name} value={value} />
          ))}
          {list}
          <BulkBar acts={bulk.acts} />
        </form>
      ) : (
        list
      )}
      <WorklistEnd shown={table.rows.length} total={total} exports={exports} />
      <Pagination next={next} first={first} />
      <Keys actKeys={actKeys} />
      <Island name="worklist" />
      {live && <Island name="inbox" />}
    </div>
  );
}

function WorklistTools({
  filters,
  search,
  saved,
}: {
  readonly filters: readonly Filter[];
  readonly search: Search | undefined;
  readonly saved: Filter["options"];
}) {
  const { t, locale } = useTools();
  if (filters.length === 0 && !search && saved.length === 0) return null;
  const number = new Intl.NumberFormat(locale);
  const groups: readonly Filter[] = [
    ...(saved.length > 0 ? [{ label: t("ui.saved"), options: saved }] : []),
    ...filters,
  ];
  const group = ({ label, options, collapsed }: Filter) => (
    <FilterGroup key={label} label={label} options={options} collapsed={collapsed}>
      {options.map(({ label: words, href, active, count }) => (
        <a key={href} class="chip" href={href} {...(active ? { "aria-current": "true" } : {})}>
          {words}
          {count !== undefined && <span class="chip-count"> {number.format(count)}</span>}
        </a>
      ))}
    </FilterGroup>
  );
  return (
    <div class="worklist-tools">
      {search && (
        <form role="search" method="get" class="search">
          {Object.entries(search.keep ?? {}).map(([name, value]) => (
            <HiddenField key={name} name={name} value={value} />
          ))}
          <input
            type="search"
            name={search.name}
            value={search.value}
            aria-label={search.label}
            placeholder={search.label}
            data-search
          />
          <button class="plain">{t("ui.search")}</button>
        </form>
      )}
      {groups.filter(({ collapsed }) => collapsed !== true).map(group)}
      {groups.some(({ collapsed }) => collapsed) && (
        <div class="filters-more">{groups.filter(({ collapsed }) => collapsed).map(group)}</div>
      )}
    </div>
  );
}

/** One row of chips; what has many values opens on demand, and says what of it is chosen. */
function FilterGroup({
  label,
  options,
  collapsed = false,
  children,
}: {
  readonly label: string;
  readonly options: Filter["options"];
  readonly collapsed?: boolean | undefined;
  readonly children: ComponentChildren;
}) {
  const chosen = options.filter(({ active }) => active);
  if (!collapsed)
    return (
      <div class="filter" role="group" aria-label={label}>
        <span class="filter-label">{label}</span>
        {children}
      </div>
    );
  return (
    <details class="filter-more" {...(chosen.length > 0 ? { open: true } : {})}>
      <summary>{label}</summary>
      <div class="filter" role="group" aria-label={label}>
        {children}
      </div>
    </details>
  );
}

function BulkBar({ acts }: Pick<Bulk, "acts">) {
  const { t } = useTools();
  return (
    <div class="bulk">
      <p>{t("ui.bulk")}</p>
      {acts.map(({ name, value, label }) => (
        <button key={value} class="plain" name={name} value={value}>
          {label}
        </button>
      ))}
    </div>
  );
}

function NothingFits() {
  const { t } = useTools();
  return <EmptyState title={t("ui.empty")}>{t("ui.empty-hint")}</EmptyState>;
}

/** How many there are, and how to take them along. */
function WorklistEnd({
  shown,
  total,
  exports,
}: {
  readonly shown: number;
  readonly total: number | undefined;
  readonly exports: readonly { readonly label: string; readonly href: string }[];
}) {
  const { t } = useTools();
  return (
    <div class="worklist-end">
      {total !== undefined && <p class="small quiet">{t("ui.total", { shown, total })}</p>}
      {exports.length > 0 && (
        <p class="small">
          {t("ui.export")}
          {exports.map(({ label, href }) => (
            <>
              {" "}
              <a key={href} href={href} download>
                {label}
              </a>
            </>
          ))}
        </p>
      )}
      <p class="small quiet keys-hint" data-keys-hint={shown > 0 ? "" : undefined} hidden>
        {t("ui.keys-hint")}
      </p>
    </div>
  );
}

/** Says what has come, and how to read the list anew. */
function WorklistNews({ again }: Pick<Live, "again">) {
  const { t } = useTools();
  return (
    <div class="worklist-news">
      <p role="status" hidden data-news-status data-words={t("ui.news")} />
      <noscript>
        <a href={again}>{t("ui.again")}</a>
      </noscript>
    </div>
  );
}

function Keys({ actKeys }: { readonly actKeys: NonNullable<WorklistProps<never>["actKeys"]> }) {
  const { t } = useTools();
  return (
    <dialog class="keys" data-keys aria-labelledby="keys-title">
      <h2 id="keys-title">{t("ui.keys")}</h2>
      <dl class="facts">
        {(["j", "k", "Enter", "x", "/", "?"] as const).map((key) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`ui.key.${key}`)}</dd>
          </div>
        ))}
        {actKeys.map(({ key, label }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button class="plain">{t("ui.close")}</button>
      </form>
    </dialog>
  );
}
