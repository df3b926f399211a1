import { useTools } from "../kernel/tools.ts";
import { CustodyStory } from "../ui/custody.tsx";
import { durationInWords } from "../ui/duration.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Hash } from "../ui/hash.tsx";
import { Table } from "../ui/table.tsx";
import { momentOf, When } from "../ui/when.tsx";
import { CUSTODY_TYPES, type CustodyEvent } from "./custody-event.ts";
import { sealsOf, type SealSpan, type Span, spansOf } from "./custody-spans.ts";
import { type StoryLine, storyOf } from "./custody-story.ts";
import { factRows } from "./custody-words.ts";
import type { ItemFound } from "./views.ts";
import { EVENTS_SHOWN, stretchOf } from "./custody-stretch.ts";

const lengthOf = ({ from, to }: Span, now: Temporal.Instant): number =>
  (to ?? now).epochMilliseconds - from.epochMilliseconds;
const nameOf = ({ who, office }: Pick<Span, "who" | "office">): string =>
  [who, office].filter((part) => part !== "").join(", ");

/** Where it is at this moment, in one sentence. */
export function WhereNow({ item }: { readonly item: ItemFound }) {
  const { t, locale, now } = useTools();
  const last = spansOf(item.custody).at(-1);
  if (!last) return null;
  return (
    <p class="lead-fact">
      {t(`items.now.${last.having}`, { who: nameOf(last), length: durationInWords(lengthOf(last, now), locale) })}
    </p>
  );
}

/** Who had it from when to when, and under which numbers of events it came and went. */
export function Spans({ item }: { readonly item: ItemFound }) {
  const { t, locale, now } = useTools();
  const spans = spansOf(item.custody);
  if (spans.length === 0) return null;
  return (
    <section>
      <h2>{t("items.spans")}</h2>
      <Table
        caption={t("items.spans")}
        rows={spans}
        id={({ began }) => String(began)}
        tone={({ having, to }) => (having === "under-way" && to === null ? "waits" : undefined)}
        columns={[
          {
            key: "who",
            label: t("items.spans.who"),
            primary: true,
            cell: (span) => nameOf(span) || t(`items.having.${span.having}`),
          },
          { key: "how", label: t("items.spans.how"), cell: ({ having }) => t(`items.having.${having}`) },
          { key: "from", label: t("items.spans.from"), cell: ({ from }) => <When at={from} /> },
          { key: "to", label: t("items.spans.to"), cell: ({ to }) => (to ? <When at={to} /> : t("items.spans.now")) },
          {
            key: "length",
            label: t("items.spans.length"),
            cell: (span) => durationInWords(lengthOf(span, now), locale),
          },
          {
            key: "events",
            label: t("items.spans.events"),
            cell: ({ began, ended }) => (
              <>
                <a href={hrefOf(item.id, {}, began)}>{began}</a>
                {ended !== null && (
                  <>
                    {" – "}
                    <a href={hrefOf(item.id, {}, ended)}>{ended}</a>
                  </>
                )}
              </>
            ),
          },
        ]}
      />
    </section>
  );
}

/** Every seal that it bore, with how it ended. */
export function Seals({ events }: { readonly events: readonly CustodyEvent[] }) {
  const { t } = useTools();
  const seals = sealsOf(events);
  if (seals.length === 0) return null;
  return (
    <section>
      <h2>{t("items.seals")}</h2>
      <Table
        caption={t("items.seals")}
        rows={seals}
        id={({ began }) => String(began)}
        columns={[
          {
            key: "number",
            label: t("field.item.seal_number"),
            primary: true,
            cell: ({ number }: SealSpan) => number || t("items.seals.none"),
          },
          { key: "from", label: t("items.spans.from"), cell: ({ from }: SealSpan) => <When at={from} /> },
          {
            key: "to",
            label: t("items.spans.to"),
            cell: ({ to }: SealSpan) => (to ? <When at={to} /> : t("items.seals.intact")),
          },
          {
            key: "ended",
            label: t("items.seals.ended"),
            cell: ({ ended }: SealSpan) => (ended ? t(`items.seals.${ended}`) : ""),
          },
          { key: "photo", label: t("field.item.photo"), cell: ({ photo }: SealSpan) => photo },
        ]}
      />
    </section>
  );
}

const isWanted = (line: StoryLine, { type, who, from, to }: ItemFound["filter"], zone: string): boolean => {
  const day = line.at.toZonedDateTimeISO(zone).toPlainDate();
  return (
    (type === undefined || line.type === type) &&
    (who === undefined || line.event.actor.id === who) &&
    (from === undefined || Temporal.PlainDate.compare(day, Temporal.PlainDate.from(from)) >= 0) &&
    (to === undefined || Temporal.PlainDate.compare(day, Temporal.PlainDate.from(to)) <= 0)
  );
};

/** The story of its custody: sentences, what stands beside each, and what was set right later. */
export function Custody({ item }: { readonly item: ItemFound }) {
  const { t, zone } = useTools();
  const lines = storyOf(item.custody, t);
  const wanted = lines.filter((line) => isWanted(line, item.filter, zone));
  const waiting = item.custody.filter(({ leaf }) => leaf === null).length;
  const { from, to } = stretchOf(wanted, item.filter.event);
  return (
    <section>
      <h2 id="custody">
        {t("items.custody")} <span class="count">{lines.length}</span>
      </h2>
      <p class="quiet">{waiting > 0 ? t("items.custody.waiting", { count: waiting }) : t("items.custody.logged")}</p>
      <Filter item={item} lines={lines} />
      {wanted.length < lines.length && <p>{t("items.custody.shown", { shown: wanted.length, total: lines.length })}</p>}
      <Stretches item={item} lines={wanted} />
      {wanted.length === 0 ? (
        <EmptyState title={t("items.custody.none")}>
          <a href={`/items/${item.id}#custody`}>{t("items.custody.all")}</a>
        </EmptyState>
      ) : (
        <CustodyStory
          lines={wanted.slice(from, to).map((line) => ({
            id: `event-${line.seq}`,
            at: line.happenedAt ?? line.at,
            what: line.sentence,
            who: [line.who, line.role === null ? "" : t(`role.${line.role}`), line.office]
              .filter((part) => part !== "")
              .join(", "),
            unchanged: line.unchanged,
            more: <Beside line={line} />,
            ...(line.digest === null ? {} : { digest: line.digest }),
          }))}
        />
      )}
    </section>
  );
}

/** Where the event stands: on this page, which may have to show another stretch. */
const hrefOf = (id: string, filter: ItemFound["filter"], event: number): string => {
  const { type, who, from, to } = filter;
  const asked = Object.entries({ type, who, from, to }).filter(([, value]) => value !== undefined) as [
    string,
    string,
  ][];
  return `/items/${id}?${new URLSearchParams([...asked, ["event", `${event}`]])}#event-${event}`;
};

/** Leads to the earlier and the later events, where not all are shown. */
function Stretches({
  item: { id, filter },
  lines,
}: {
  readonly item: ItemFound;
  readonly lines: readonly StoryLine[];
}) {
  const { t } = useTools();
  if (lines.length <= EVENTS_SHOWN) return null;
  const { from, to } = stretchOf(lines, filter.event);
  const led = (key: string, at: number) => {
    const line = lines[at];
    return line && <a href={hrefOf(id, filter, line.seq)}>{t(`items.custody.${key}`)}</a>;
  };
  return (
    <nav class="pagination" aria-label={t("items.custody")}>
      <span>{t("items.custody.stretch", { from: from + 1, to, total: lines.length })}</span>
      {from > 0 && led("first", 0)}
      {from > 0 && led("earlier", Math.max(0, from - EVENTS_SHOWN))}
      {to < lines.length && led("later", to)}
      {to < lines.length && led("last", lines.length - 1)}
    </nav>
  );
}

/** By kind of event, person and period: one form, which works without JavaScript. */
function Filter({ item, lines }: { readonly item: ItemFound; readonly lines: readonly StoryLine[] }) {
  const { t } = useTools();
  const { filter } = item;
  if (lines.length < 4) return null;
  const types = CUSTODY_TYPES.filter((type) => lines.some((line) => line.type === type));
  const people = new Map(lines.map((line) => [line.event.actor.id, line.who]));
  return (
    <form method="get" action={`/items/${item.id}#custody`} class="custody-filter">
      <label>
        {t("items.filter.type")}
        <select name="type">
          <option value="">{t("items.chip.all")}</option>
          {types.map((type) => (
            <option key={type} value={type} selected={filter.type === type}>
              {t(`custody.${type}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("items.filter.who")}
        <select name="who">
          <option value="">{t("items.chip.all")}</option>
          {[...people].map(([id, name]) => (
            <option key={id} value={id} selected={filter.who === id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("items.spans.from")}
        <input type="date" name="from" value={filter.from ?? ""} />
      </label>
      <label>
        {t("items.spans.to")}
        <input type="date" name="to" value={filter.to ?? ""} />
      </label>
      <button class="plain">{t("ui.search")}</button>
    </form>
  );
}

/** What stands beside a sentence: remarks, both signatures, corrections, and everything that was recorded. */
function Beside({ line }: { readonly line: StoryLine }) {
  const tools = useTools();
  const { t, has, locale } = tools;
  const rows = factRows(line.event, { t, has, locale, moment: (at) => momentOf(at, tools, "long") });
  return (
    <>
      {line.remarks.map((remark) => (
        <p key={remark} class="custody-remark">
          {remark}
        </p>
      ))}
      {line.corrections.map(({ seq, at, who, text }) => (
        <p key={seq} class="custody-correction">
          <b>{t("items.corrected", { event: seq, who })}</b> <When at={at} />: <span dir="auto">{text}</span>
        </p>
      ))}
      <details class="custody-facts">
        <summary>
          {t("items.event", { seq: line.seq })}
          <span class="hidden"> {line.sentence}</span>
        </summary>
        <dl class="facts">
          {rows.map(({ name, label, value, mono }) => (
            <div key={name}>
              <dt>{label}</dt>
              <dd dir="auto" class={mono ? "code-small breaks" : undefined}>
                {value}
              </dd>
            </div>
          ))}
          {line.happenedAt !== null && (
            <div>
              <dt>{t("items.recorded")}</dt>
              <dd>
                <When at={line.at} precision="long" />
              </dd>
            </div>
          )}
          {line.signatures.map(({ by, entry }, index) => (
            <div key={entry}>
              <dt>
                {t(index === 0 && line.signatures.length > 1 ? "items.signature.first" : "items.signature.second")}
              </dt>
              <dd>
                {by} <Hash value={entry} label="SHA-256" short />
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}
