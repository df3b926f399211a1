import { itemSubject } from "../evidence/slice.ts";
import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { type Opening, openingsOf } from "./views.ts";

/** On an item's page: the way back to what the reader has opened, while it lasts. */
export const itemOpenings: Section = {
  on: itemSubject.name,
  order: 10,
  read: openingsOf,
  render: (openings: readonly Opening[]) => (openings.length === 0 ? null : <Openings openings={openings} />),
};

function Openings({ openings }: { readonly openings: readonly Opening[] }) {
  const { t, locale, zone } = useTools();
  const time = (at: Temporal.Instant) =>
    at.toZonedDateTimeISO(zone).toPlainTime().toLocaleString(locale, { hour: "2-digit", minute: "2-digit" });
  return (
    <>
      <h2>{t("previews.open")}</h2>
      <ul>
        {openings.map(({ id, item, expires_at }) => (
          <li key={id}>
            <a href={`/items/${item}/previews/${id}`}>{t("previews.again", { until: time(expires_at) })}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
