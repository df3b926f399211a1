import type { Facts } from "./brief.ts";
import { changeOf } from "./change.ts";

/** A proposal that follows from the figures by a stated rule. Its words are `strategy.advice.<rule>`, the rule’s `strategy.rule.<rule>`. */
export interface Recommendation {
  readonly rule: "unanswered" | "late" | "unopened" | "warn" | "losses" | "readers" | "peers";
  readonly values: Readonly<Record<string, string | number>>;
}

/** Percent of owed first answers that may be late before it is said. */
const LATE_PERCENT = 10;
/** Percent by which the sum of losses must have grown. */
const LOSS_PERCENT = 20;
const ADVICE_MAX = 4;

const percentOf = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((100 * part) / whole));

/** What the figures ask for, the most pressing first, at most four. Nothing is said that no figure bears out. */
export function recommendations({
  answers,
  missing,
  categories,
  warned,
  losses,
  threshold,
  currency,
}: Facts): Recommendation[] {
  const found: (Recommendation | undefined)[] = [
    answers.unanswered > 0
      ? { rule: "unanswered", values: { reports: answers.unanswered, owed: answers.owed } }
      : undefined,
    missing.unopened > 0 ? { rule: "unopened", values: { reports: missing.unopened } } : undefined,
    percentOf(answers.late, answers.owed) > LATE_PERCENT
      ? { rule: "late", values: { percent: percentOf(answers.late, answers.owed), limit: LATE_PERCENT } }
      : undefined,
    ...categories
      .filter((each) => changeOf(each) === "clearly-more" && !warned.includes(each.category))
      .slice(0, 1)
      .map(({ category, now, before }) => ({
        rule: "warn" as const,
        values: { category, now: now ?? 0, before: before ?? 0 },
      })),
    ...losses.flatMap(({ currency: of, sum: { now, before } }) =>
      of === currency &&
      now !== null &&
      before !== null &&
      before > 0 &&
      percentOf(now - before, before) >= LOSS_PERCENT
        ? [{ rule: "losses" as const, values: { percent: percentOf(now - before, before), limit: LOSS_PERCENT } }]
        : [],
    ),
    ...missing.languages
      .filter(({ reports }) => reports !== null && reports >= threshold)
      .slice(0, 1)
      .map(({ language, reports }) => ({ rule: "readers" as const, values: { language, reports: reports ?? 0 } })),
    ...missing.peers
      .slice(0, 1)
      .map((name) => ({ rule: "peers" as const, values: { name, count: missing.peers.length } })),
  ];
  return found.filter((each) => each !== undefined).slice(0, ADVICE_MAX);
}
