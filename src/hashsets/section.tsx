import { itemSubject } from "../evidence/slice.ts";
import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Notice } from "../ui/notice.tsx";
import { CategoryTag } from "./page-matches.tsx";
import { NAMES } from "./page-sets.tsx";
import { type Known, knownOf } from "./views.ts";

/** On an item's page: whether it is a known file, and of whom. */
export const knownFiles: Section = {
  on: itemSubject.name,
  order: 20,
  read: knownOf,
  render: (known: Known | undefined) => (known ? <KnownFiles known={known} /> : null),
};

function KnownFiles({ known: { item, locked, office, isViewer, matches, checked, sets } }: { readonly known: Known }) {
  const { t } = useTools();
  if (sets === 0 && matches.length === 0 && item.viewing_office === null) return null;
  const whose = office === null ? t("known.locked.nobody") : t("known.locked.words", { office });
  return (
    <>
      <h2>{t("known.title")}</h2>
      {item.viewing_office !== null && (
        <Notice tone="sealed" title={t("known.locked")}>
          <p>{whose}</p>
          {isViewer && item.state === "kept" && (
            <p>
              <a class="button plain" href={`/items/${item.id}/view`}>
                {t("act.item.view")}
              </a>
            </p>
          )}
        </Notice>
      )}
      {matches.length > 0 && (
        <ul>
          {matches.map(({ set_id, set_name, source, category, kind, distance }) => (
            <li key={`${set_id} ${kind}`}>
              <CategoryTag category={category} /> {t("known.of", { set: set_name, source })}{" "}
              <span class="small quiet">
                {distance === null ? NAMES[kind] : t("matches.near", { kind: NAMES[kind], distance })}
              </span>
            </li>
          ))}
        </ul>
      )}
      {matches.length === 0 && !locked && item.viewing_office === null && (
        <p class="quiet">{t(checked ? "known.none" : "known.waits", { count: sets })}</p>
      )}
    </>
  );
}
