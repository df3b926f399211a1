import { direction } from "../kernel/i18n.ts";
import { asJson, type JsonObject } from "../kernel/json.ts";
import { amountIn, decimalsOf } from "../kernel/money.ts";
import type { Node } from "../kernel/node.ts";
import { drawn } from "../ui/figure.tsx";
import { typeset } from "../ui/typeset.ts";
import { dateLocale } from "../ui/when.tsx";
import { monthIn } from "../statistics/slice.ts";
import type { BriefLanguage, Facts, Pair } from "./brief.ts";
import { changeOf } from "./change.ts";
import { recommendations } from "./recommendation.ts";
import { TEMPLATE } from "./template.ts";

const BLUE = "#1f4e79";
const PALE = "#a9bfd4";
const LATE = "#b3261e";

interface Words {
  readonly t: (key: string, values?: Readonly<Record<string, string | number>>) => string;
  readonly language: BriefLanguage;
  readonly number: (value: number | null) => string;
  readonly draft: boolean;
  readonly listed: (names: readonly string[]) => string;
}

/** The brief as two pages in one language. The same facts give the same bytes. */
export function briefDocument(node: Node, facts: Facts, language: BriefLanguage): Buffer {
  return typeset(TEMPLATE, asJson(saidOf(node, facts, language)), Temporal.Instant.from(facts.asOf));
}

function saidOf(node: Node, facts: Facts, language: BriefLanguage): JsonObject {
  const t = node.translations.translate(language);
  const format = new Intl.NumberFormat(dateLocale(language));
  const lists = new Intl.ListFormat(dateLocale(language));
  const words: Words = {
    t,
    language,
    draft: facts.draft,
    number: (value) => (value === null ? "•" : format.format(value)),
    listed: (names) => lists.format(names),
  };
  const month = monthIn(facts.month, dateLocale(language));
  const before = monthIn(
    Temporal.PlainYearMonth.from(facts.month).subtract({ months: 1 }).toString(),
    dateLocale(language),
  );
  const day = Temporal.Instant.from(facts.asOf)
    .toZonedDateTimeISO(node.config.zone)
    .toPlainDate()
    .toLocaleString(dateLocale(language), { dateStyle: "long" });
  return {
    lang: language,
    title: t("strategy.title"),
    authority: t("strategy.authority", { name: facts.node.name, code: facts.node.code }),
    month,
    draft: facts.draft ? t("strategy.draft") : "",
    lead: leadOf(facts, words, month, before),
    head: {
      happened: t("strategy.col.happened"),
      campaign: t("strategy.col.campaign"),
      act: t("strategy.col.act"),
      before,
      now: month,
      change: t("strategy.col.change"),
    },
    ...grewOf(facts, words),
    ...costOf(facts, words),
    ...doneOf(facts, words),
    ...missingOf(facts, words),
    note: t("strategy.note", { below: facts.threshold - 1 }),
    page: t("document.page", { page: "{page}", pages: "{pages}" }),
    footer: t("strategy.sources", { day, code: facts.node.code }),
  };
}

function leadOf({ total }: Facts, words: Words, month: string, before: string): string {
  const { t, number } = words;
  if (total.now === null) return t("strategy.lead.withheld", { month });
  if (total.before === null) return t("strategy.lead.first", { month, count: total.now });
  return t("strategy.lead", {
    month,
    before,
    count: total.now,
    earlier: number(total.before),
    change: changeIn(total, words),
  });
}

/** The change in words; a month that is not over is not compared with a whole one. */
const changeIn = (pair: Pair, { t, draft }: Words): string => t(`strategy.change.${draft ? "open" : changeOf(pair)}`);

function grewOf({ categories, campaigns, trend }: Facts, words: Words): JsonObject {
  const { t, number } = words;
  const row = (what: string, pair: Pair) => [what, number(pair.before), number(pair.now), changeIn(pair, words)];
  return {
    grew: {
      title: t("strategy.grew"),
      rows: categories.map((each) => row(t(`option.category.${each.category}`), each)),
      none: t("strategy.grew.none"),
      campaignsTitle: t("strategy.campaigns"),
      campaigns: campaigns.map((each) =>
        row(`${each.number} ${each.name ?? t(`option.category.${each.category}`)}`, each),
      ),
    },
    trend: monthBars(
      trend.map(({ month, reports }) => ({ month, value: reports })),
      t("strategy.trend"),
      words,
    ),
  };
}

function costOf({ losses, total, trend, currency }: Facts, words: Words): JsonObject {
  const { t, language, number } = words;
  const money = (minor: number | null, of: string) =>
    minor === null ? "•" : amountIn({ minor, currency: of }, dateLocale(language));
  const amounts = losses.reduce((sum, { reports }) => sum + (reports ?? 0), 0);
  const isWhole = losses.every(({ reports }) => reports !== null) && total.now !== null;
  return {
    cost: {
      title: t("strategy.cost"),
      head: [
        t("strategy.col.currency"),
        t("strategy.col.reports"),
        t("strategy.col.sum-before"),
        t("strategy.col.sum"),
        t("strategy.col.median"),
      ],
      rows: losses.map(({ currency: of, reports, sum, median }) => [
        of,
        number(reports),
        money(sum.before, of),
        money(sum.now, of),
        money(median, of),
      ]),
      none: t("strategy.cost.none"),
      share:
        isWhole && total.now
          ? t("strategy.cost.share", { percent: Math.round((100 * amounts) / total.now) })
          : t("strategy.cost.share.withheld"),
    },
    losses: monthBars(
      trend.map(({ month, loss }) => ({ month, value: loss })),
      t("strategy.loss-trend", { currency }),
      words,
      (minor) =>
        new Intl.NumberFormat(dateLocale(language), { notation: "compact", maximumFractionDigits: 1 }).format(
          Number(minor) / 10 ** (decimalsOf(currency) ?? 2),
        ),
    ),
  };
}

function doneOf({ done, answers }: Facts, words: Words): JsonObject {
  const { t, number } = words;
  const waiting = answers.owed - answers.inTime - answers.late - answers.unanswered;
  const parts = [
    { part: "in-time", value: answers.inTime, colour: BLUE },
    { part: "waiting", value: waiting, colour: PALE },
    { part: "late", value: answers.late, colour: "#d9a441" },
    { part: "unanswered", value: answers.unanswered, colour: LATE },
  ] as const;
  return {
    done: {
      title: t("strategy.done"),
      rows: done.map(({ what, now, before }) => [t(`strategy.done.${what}`), number(before), number(now)]),
      answers: t("strategy.answers", { owed: answers.owed }),
      parts: parts.map(({ part, value, colour }) => ({
        label: t(`strategy.answers.${part}`),
        count: number(value),
        colour,
      })),
      bar: answers.owed === 0 ? "" : partsBar(parts, words),
    },
  };
}

function missingOf(facts: Facts, words: Words): JsonObject {
  const { t, number, language, listed } = words;
  const { missing, answers } = facts;
  const names = new Intl.DisplayNames([language], { type: "language" });
  const lines = [
    t("strategy.missing.unopened", { count: missing.unopened }),
    t("strategy.missing.overdue", { count: missing.overdue }),
    t("strategy.missing.unanswered", { count: answers.unanswered }),
    missing.languages.length === 0
      ? t("strategy.missing.languages.none")
      : t("strategy.missing.languages", {
          list: listed(
            missing.languages.map(({ language: of, reports }) => `${names.of(of) ?? of} (${number(reports)})`),
          ),
        }),
    missing.peers.length === 0
      ? t("strategy.missing.peers.none")
      : t("strategy.missing.peers", { list: listed(missing.peers) }),
  ];
  return {
    missing: { title: t("strategy.missing"), lines },
    advice: {
      title: t("strategy.advice"),
      none: t("strategy.advice.none"),
      items: recommendations(facts).map(({ rule, values }) => {
        const said = {
          ...values,
          ...(rule === "warn" ? { category: t(`option.category.${values["category"] ?? ""}`) } : {}),
          ...(rule === "readers" ? { language: names.of(String(values["language"])) ?? "" } : {}),
        };
        return [t(`strategy.advice.${rule}`, said), t(`strategy.rule.${rule}`, said)];
      }),
    },
  };
}

/** A bar for each month, without words: they are set beside it, in the face and direction of the document. */
function monthBars(
  months: readonly { readonly month: string; readonly value: number | null }[],
  title: string,
  { language, number }: Words,
  inWords: (value: number | null) => string = number,
): JsonObject {
  const order = direction(language) === "rtl" ? months.toReversed() : months;
  const most = Math.max(1, ...months.map(({ value }) => value ?? 0));
  const last = months.at(-1)?.month;
  return {
    title,
    picture: drawn(({ barY, ruleY }) => ({
      width: 600,
      height: 90,
      margin: 0,
      axis: null,
      x: { domain: order.map(({ month }) => month), padding: 0.25 },
      y: { domain: [0, most] },
      marks: [
        barY(
          order.filter(({ value }) => value !== null),
          { x: "month", y: "value", fill: ({ month }: { month: string }) => (month === last ? BLUE : PALE) },
        ),
        ruleY([0], { stroke: "#666" }),
      ],
    })),
    labels: months.map(({ month, value }) => [
      Temporal.PlainYearMonth.from(month)
        .toPlainDate({ day: 1 })
        .toLocaleString(dateLocale(language), { month: "short" }),
      value === null ? "•" : inWords(value),
    ]),
  };
}

/** Parts of a whole as one bar. */
function partsBar(
  parts: readonly { readonly part: string; readonly value: number; readonly colour: string }[],
  { language }: Words,
): string {
  const data = parts.filter(({ value }) => value > 0);
  return drawn(({ barX }) => ({
    width: 600,
    height: 22,
    margin: 0,
    axis: null,
    x: { reverse: direction(language) === "rtl", domain: [0, data.reduce((sum, { value }) => sum + value, 0)] },
    marks: [barX(data, { x: "value", fill: "colour", insetRight: 1 })],
  }));
}
