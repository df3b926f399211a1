import { amountIn } from "../kernel/money.ts";
import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { monthIn } from "../statistics/slice.ts";
import { DeskPage } from "../ui/desk-page.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Figure } from "../ui/figure.tsx";
import { Table } from "../ui/table.tsx";
import { When } from "../ui/when.tsx";
import { BRIEF_LANGUAGES } from "./brief.ts";
import { briefList, type BriefList } from "./views.ts";

const LANGUAGE_NAMES = { en: "English", fr: "Français", ar: "العربية" } as const;

/** The briefs, month by month, the draft of the month that runs, and how the numbers went. */
export const briefsPage = page({ path: "/briefs", view: briefList, render: (list) => <BriefsPage list={list} /> });

/** One file in each language. */
function Files({ address, month }: { readonly address: (language: string) => string; readonly month: string }) {
  return (
    <>
      {BRIEF_LANGUAGES.map((language, at) => (
        <>
          {at > 0 && " · "}
          <a key={language} href={address(language)} hreflang={language}>
            {LANGUAGE_NAMES[language]}
            <span class="hidden"> {month}</span>
          </a>
        </>
      ))}
    </>
  );
}

function BriefsPage({ list: { items, preview } }: { readonly list: BriefList }) {
  const { t, locale, now, zone } = useTools();
  const running = monthIn(now.toZonedDateTimeISO(zone).toPlainDate().toPlainYearMonth().toString(), locale);
  return (
    <DeskPage title={t("strategy.briefs")} lead={t("strategy.briefs.lead")}>
      {preview && (
        <p>
          {t("strategy.briefs.draft", { month: running })}{" "}
          <Files address={(language) => `/api/v1/brief-draft?language=${language}`} month={running} />
        </p>
      )}
      <Table
        caption={t("strategy.briefs")}
        rows={items}
        id={({ id }) => id}
        columns={[
          {
            key: "month",
            label: t("strategy.briefs.month"),
            primary: true,
            cell: ({ month }) => monthIn(month, locale),
          },
          { key: "made", label: t("strategy.briefs.made"), cell: ({ made_at }) => <When at={made_at} /> },
          {
            key: "files",
            label: t("strategy.briefs.files"),
            cell: ({ id, month }) => (
              <Files
                address={(language) => `/api/v1/briefs/${id}/document?language=${language}`}
                month={monthIn(month, locale)}
              />
            ),
          },
        ]}
        empty={<EmptyState title={t("strategy.briefs.empty")}>{t("strategy.briefs.empty.hint")}</EmptyState>}
      />
      {items.length > 1 && <Trend items={items} />}
    </DeskPage>
  );
}

/** What the briefs said, one beside the other. */
function Trend({ items }: { readonly items: BriefList["items"] }) {
  const { t, locale } = useTools();
  const ordered = items.toReversed();
  const count = (value: number | null) => (value === null ? "•" : value.toLocaleString(locale));
  const share = ({ owed, inTime }: (typeof items)[number]["facts"]["answers"]) =>
    owed === 0 ? "–" : (inTime / owed).toLocaleString(locale, { style: "percent" });
  const lost = ({ losses, currency }: (typeof items)[number]["facts"]) => {
    const sum = losses.find((each) => each.currency === currency)?.sum.now ?? null;
    return sum === null ? "•" : amountIn({ minor: sum, currency }, locale);
  };
  const drawn = ordered.flatMap(({ month, facts }) =>
    facts.total.now === null ? [] : [{ month, value: facts.total.now }],
  );
  return (
    <section>
      <h2>{t("strategy.trend")}</h2>
      <Figure
        title={t("strategy.trend")}
        titled={false}
        note={t("strategy.trend.note")}
        draw={({ barY, ruleY }) => ({
          height: 200,
          x: {
            label: null,
            tickFormat: (month: string) =>
              Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 }).toLocaleString(locale, { month: "short" }),
          },
          y: { label: null, grid: true, ticks: 4 },
          marks: [barY(drawn, { x: "month", y: "value", fill: "var(--act)", insetLeft: 4, insetRight: 4 }), ruleY([0])],
        })}
        table={{
          columns: [
            { label: t("strategy.briefs.month") },
            { label: t("strategy.col.reports"), end: true },
            { label: t("strategy.col.sum"), end: true },
            { label: t("strategy.col.in-time"), end: true },
            { label: t("strategy.col.unanswered"), end: true },
          ],
          rows: ordered.map(({ month, facts }) => [
            monthIn(month, locale),
            count(facts.total.now),
            lost(facts),
            share(facts.answers),
            count(facts.answers.unanswered),
          ]),
        }}
        open
      />
    </section>
  );
}
