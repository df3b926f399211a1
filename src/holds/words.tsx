import { decimalOf } from "../kernel/money.ts";
import { useTools } from "../kernel/tools.ts";
import { Money } from "../ui/money.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { askedInWords } from "./notice.ts";
import type { HoldItem } from "./views.ts";

/** An amount in minor units; a dash where there is none. */
export function Sum({ minor, currency }: { readonly minor: number | null; readonly currency: string }) {
  if (minor === null) return <span class="quiet">–</span>;
  return <Money amount={decimalOf({ minor, currency })} currency={currency} />;
}

/** What is asked for: an amount, or all that came by the transfer. */
export function Asked({ row }: { readonly row: Pick<HoldItem, "amount_minor" | "currency"> }) {
  const { t, locale } = useTools();
  return <span class="amount">{askedInWords(row, locale, t)}</span>;
}

const TONES: Readonly<Record<string, Tone>> = {
  drafted: "waits",
  approved: "waits",
  held: "good",
  extended: "good",
  refused: "late",
  over: "late",
};
/** Where a notice stands; the colour says whether somebody must act, or that it went well. */
export function Standing({ state }: { readonly state: string }) {
  const { t } = useTools();
  return <Tag tone={TONES[state] ?? "plain"}>{t(`hold.state.${state}`)}</Tag>;
}

/** To whom it goes; a mark where nobody has chosen yet. */
export function To({ row }: { readonly row: Pick<HoldItem, "institution" | "institution_name"> }) {
  const { t } = useTools();
  if (row.institution === null) return <Tag tone="waits">{t("holds.choose-institution")}</Tag>;
  return <>{row.institution_name ?? row.institution}</>;
}

/** By when: the end of the hold, or of the hours in which money can still be found. */
export function By({ row }: { readonly row: Pick<HoldItem, "due_at" | "warned_at"> }) {
  const { t, now } = useTools();
  if (!row.due_at) return <span class="quiet">–</span>;
  const isOver = Temporal.Instant.compare(row.due_at, now) < 0;
  return (
    <>
      {isOver ? <Tag tone="late">{t("holds.late")}</Tag> : row.warned_at && <Tag tone="waits">{t("holds.soon")}</Tag>}{" "}
      <When at={row.due_at} />
    </>
  );
}
