import { itemSubject } from "../evidence/slice.ts";
import type { Section } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Notice } from "../ui/notice.tsx";
import { When } from "../ui/when.tsx";
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

function KnownFiles({
  known: { item, locked, office, contested, isViewer, matches, checked, sets },
}: {
  readonly known: Known;
}) {
  const { t } = useTools();
  if (sets === 0 && matches.length === 0 && item.viewing_office === null) return null;
  const whose = office === null ? t("known.locked.nobody") : t("known.locked.words", { office });
  return (
    <>
      <h2>{t("known.title")}</h2>
      {item.viewing_office !== null && (
        <Notice tone="sealed" title={t("known.locked")}>
          <p>{whose}</p>
          {isViewer && <ViewersActs item={item} contested={contested} />}
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

/** What a named viewer may do with a locked item: open it, say that the match was wrong, or judge what another viewer said of it. */
function ViewersActs({ item, contested }: Pick<Known, "item" | "contested">) {
  const { t } = useTools();
  const link = (verb: string) => (
    <a class="button plain" href={`/items/${item.id}/${verb}`}>
      {t(`act.item.${verb}`)}
    </a>
  );
  return (
    <>
      {contested && item.contested_at && (
        <p>
          {t(contested.own ? "known.contested.own" : "known.contested", { who: contested.by })}{" "}
          <When at={item.contested_at} />
        </p>
      )}
      <p class="buttons">
        {item.state === "kept" && link("view")}
        {contested === null && link("contest")}
        {contested && !contested.own && (
          <>
            {link("unlock")} {link("uphold")}
          </>
        )}
      </p>
    </>
  );
}
