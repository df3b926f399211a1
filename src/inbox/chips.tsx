import { useTools } from "../kernel/tools.ts";
import { CHANNELS, CODES } from "../reports/slice.ts";
import type { Filter } from "../ui/worklist.tsx";
import { listHref } from "./filters.ts";
import { COUNT_MAX, type ReportList } from "./views-list.ts";

const STATES = ["received", "triaged", "assigned", "in-case", "closed"] as const;
const ASIDE = ["late", "unopened", "money", "child"] as const;

/** The chips of the list. Those of many values (category, district, channel, language) are asked behind one that opens them. */
export function useChips({ filters, counts, districts }: ReportList): Filter[] {
  const { t, locale, locales } = useTools();
  // A bounded count is told as such: "500" would be read as exactly that many.
  const counted = (name: string, words: string) => {
    const count = counts[name];
    if (count === undefined) return { label: words };
    return count >= COUNT_MAX ? { label: `${words} ${COUNT_MAX}+` } : { label: words, count };
  };
  const toggled = (name: string, value: string) => {
    const active = String(filters[name as keyof typeof filters] ?? "") === value;
    return { href: listHref(filters, { [name]: active ? undefined : value }), active };
  };
  const languages = new Intl.DisplayNames([locale], { type: "language" });
  const none = { state: undefined, mine: undefined, late: undefined, unopened: undefined };
  const open = !filters.state && !filters.mine && !filters.late && !filters.unopened;
  const group = (name: string, label: string, options: readonly { value: string; label: string }[]): Filter => ({
    label,
    options: options.map(({ value, label: words }) => ({ label: words, ...toggled(name, value) })),
    collapsed: true,
  });
  return [
    {
      label: t("reports.col.state"),
      options: [
        { ...counted("open", t("reports.chip.open")), href: listHref(filters, none), active: open },
        { ...counted("mine", t("reports.chip.mine")), ...toggled("mine", "true") },
        ...ASIDE.map((each) => ({ ...counted(each, t(`reports.chip.${each}`)), ...toggled(each, "true") })),
        ...STATES.map((each) => ({ ...counted(each, t(`reports.chip.${each}`)), ...toggled("state", each) })),
      ],
    },
    {
      label: t("reports.col.priority"),
      options: [0, 1, 2, 3, 4].map((each) => ({
        ...counted(`p${each}`, `P${each}`),
        ...toggled("priority", String(each)),
      })),
    },
    group(
      "category",
      t("reports.col.category"),
      CODES.map((value) => ({ value, label: t(`option.category.${value}`) })),
    ),
    group(
      "district",
      t("inbox.district"),
      districts.map(({ code, name }) => ({ value: code, label: name })),
    ),
    group(
      "channel",
      t("reports.channel"),
      CHANNELS.map((value) => ({ value, label: t(`report.channel.${value}`) })),
    ),
    group(
      "language",
      t("reports.language"),
      locales.map((value) => ({ value, label: languages.of(value) ?? value })),
    ),
  ].filter(({ options }) => options.length > 0);
}
