import type { Tools } from "../kernel/tools.ts";
import { When } from "../ui/when.tsx";

/** What every list of clocks shows of one: the thing and its number, the rule, and a moment. A list takes those that it needs. */
interface Shown {
  readonly kind: string;
  readonly number: string;
  readonly rule: string;
}

/** The columns that every list of clocks shows alike; `of` gives a row's clock. */
export const clockColumns = <Row,>(t: Tools["t"], of: (row: Row) => Shown) => ({
  thing: {
    key: "thing",
    label: t("clocks.thing"),
    primary: true,
    cell: (row: Row) => `${t(`thing.${of(row).kind}`)} ${of(row).number}`,
  },
  rule: { key: "rule", label: t("clocks.rule"), cell: (row: Row) => t(`clock.${of(row).rule}`) },
  moment: (key: string, label: string, at: (row: Row) => Temporal.Instant | null) => ({
    key,
    label,
    cell: (row: Row) => {
      const moment = at(row);
      return moment && <When at={moment} />;
    },
  }),
});
