import { type Tools, useTools } from "../kernel/tools.ts";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import type { State } from "./request.ts";
import type { Listing } from "./views.ts";

const WAITING: readonly State[] = ["submitted", "ordered", "authorised", "clarification", "delivered"];
const BAD: readonly State[] = ["denied", "refused", "lapsed"];
const GOOD: readonly State[] = ["executed"];

/** What a state's colour says: waits for somebody here, went wrong, done. */
export const toneOf = (state: State): Tone =>
  WAITING.includes(state) ? "waits" : BAD.includes(state) ? "late" : GOOD.includes(state) ? "good" : "plain";

/** How urgent it is, in a word; nothing where it is routine. */
export function UrgencyTag({ urgency }: { readonly urgency: string }) {
  const { t } = useTools();
  if (urgency === "routine") return null;
  return <Tag tone="late">{t(urgency === "emergency" ? "emergency.button" : "option.urgency.urgent")}</Tag>;
}

/** The columns that every list of requests shows alike; a list takes those that it needs. */
export const requestColumns = (t: Tools["t"]) => ({
  number: {
    key: "number",
    label: t("requests.number"),
    primary: true,
    cell: ({ number }: Pick<Listing, "number">) => <span class="nowrap">{number}</span>,
  },
  measure: {
    key: "measure",
    label: t("field.request.measure"),
    cell: ({ measure }: { readonly measure: string }) => `${measure} ${t(`measure.${measure}`)}`,
  },
  peer: {
    key: "peer",
    label: t("requests.with"),
    whole: true,
    cell: ({ peer_name: peer, side }: Pick<Listing, "peer_name" | "side">) =>
      t(side === "sender" ? "requests.to" : "requests.from", { peer }),
  },
  state: {
    key: "state",
    label: t("request.state"),
    cell: ({ state }: Pick<Listing, "state">) => <Tag tone={toneOf(state)}>{t(`state.${state}`)}</Tag>,
  },
  created: {
    key: "created",
    label: t("requests.drafted"),
    cell: ({ created_at }: Pick<Listing, "created_at">) => <When at={created_at} />,
  },
});
