import { page } from "../kernel/page.ts";
import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { PUBLIC } from "./dictionary.ts";
import { monthIn, OneFigure } from "./figure-public.tsx";
import {
  type Published,
  type PublicFigure,
  publicFigure,
  type PublicFront,
  publicFront,
  ruleValues,
} from "./views-public.ts";

const STYLES = ["portal-figures.css"];
const FILES = "/api/v1/public/statistics";

/** The front page of the figures: what there is, and how nobody is told of. */
export const publicFrontPage = page({
  path: "/statistics",
  role: "portal",
  view: publicFront,
  render: (front, { t, locale }) => (
    <PortalPage title={t("statistics.public.title")} styles={STYLES} back="/">
      <p class="lead">{t("statistics.public.lead")}</p>
      {front.releases.length === 0 ? (
        <p>{t("statistics.public.empty")}</p>
      ) : (
        <>
          <p>{t("statistics.public.newest", { month: monthIn(front.releases[0]?.month ?? "", locale) })}</p>
          <ul>
            {PUBLIC.map(({ id }) => (
              <li key={id}>
                <a href={`/statistics/${id}`}>{t(`statistics.public.${id}`)}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      <Protection releases={front.releases} />
      <Terms licence={front.licence} release={front.releases[0]} />
    </PortalPage>
  ),
});

function Protection({ releases: [newest] }: Pick<PublicFront, "releases">) {
  const { t } = useTools();
  return (
    <section>
      <h2>{t("statistics.public.protection")}</h2>
      {newest && <p>{t("statistics.public.protection.counts", ruleValues(newest))}</p>}
      <p>{t("statistics.public.protection.zeros")}</p>
      {newest && <p>{t("statistics.public.protection.amounts", ruleValues(newest))}</p>}
      <p>{t("statistics.public.protection.frozen")}</p>
      <p>
        <a href="/statistics/dictionary">{t("statistics.public.dictionary")}</a>
      </p>
      <p>
        <a href="/ledger">{t("ledger.public.title")}</a>
      </p>
    </section>
  );
}

function Terms({
  licence,
  release,
}: Pick<PublicFront, "licence"> & { readonly release: Published | undefined | null }) {
  const { t, locale, node } = useTools();
  return (
    <p class="source">
      {t("statistics.public.source", { name: node.name })}{" "}
      {release && (
        <>
          {t("statistics.public.as-of", {
            day: release.drafted_at
              .toZonedDateTimeISO(release.zone)
              .toPlainDate()
              .toLocaleString(locale, { dateStyle: "long" }),
          })}{" "}
        </>
      )}
      {t("statistics.public.licence")} <a href={licence.url}>{licence.name}</a>
    </p>
  );
}

/** What every column of the files means. */
export const dictionaryPage = page({
  path: "/statistics/dictionary",
  role: "portal",
  view: publicFront,
  render: ({ dictionary, licence, releases }, { t }) => (
    <PortalPage title={t("statistics.public.dictionary")} styles={STYLES} back="/statistics">
      <p class="lead">{t("statistics.public.dictionary.lead")}</p>
      {dictionary.map(({ name, title, definition, unit, source, suppression, period, zone }) => (
        <section key={name} id={name}>
          <h2>{title}</h2>
          <Facts
            rows={[
              [t("statistics.public.dictionary.name"), <code>{name}</code>],
              [t("statistics.public.dictionary.definition"), definition],
              [t("statistics.public.dictionary.unit"), unit],
              [t("statistics.public.dictionary.source"), <code>{source}</code>],
              [t("statistics.public.dictionary.suppression"), suppression],
              [t("statistics.public.dictionary.period"), `${period} ${zone}`],
            ]}
          />
        </section>
      ))}
      <p>
        <a href={`${FILES}/dictionary.csv`}>CSV</a>, <a href={`${FILES}/dictionary.json`}>JSON</a>
      </p>
      <Terms licence={licence} release={releases[0]} />
    </PortalPage>
  ),
});

/** One figure: its plot, its table, its files. */
export const publicFigurePage = page({
  path: "/statistics/:indicator",
  role: "portal",
  view: publicFigure,
  render: (found, { t, locale }) => {
    const { indicator, release, releases, licence } = found;
    const query = release && release !== releases[0] ? `?month=${release.month}` : "";
    const isMonthly = indicator.over === "month";
    return (
      <PortalPage title={t(`statistics.public.${indicator.id}`)} styles={STYLES} back="/statistics">
        {release ? (
          <>
            {isMonthly && <p class="lead">{monthIn(release.month, locale)}</p>}
            <OneFigure found={found} />
            {isMonthly && <Months {...found} />}
          </>
        ) : (
          <p>{t("statistics.public.empty")}</p>
        )}
        <p>
          {t("statistics.download")} <a href={`${FILES}/${indicator.id}.csv${isMonthly ? query : ""}`}>CSV</a>,{" "}
          <a href={`${FILES}/${indicator.id}.json${isMonthly ? query : ""}`}>JSON</a>.{" "}
          <a href="/statistics/dictionary">{t("statistics.public.dictionary")}</a>
        </p>
        <Terms licence={licence} release={release} />
      </PortalPage>
    );
  },
});

const MONTHS_LINKED = 12;
function Months({ indicator, release, releases }: PublicFigure) {
  const { t, locale } = useTools();
  if (releases.length < 2) return null;
  return (
    <nav aria-label={t("statistics.public.months")}>
      <h2>{t("statistics.public.months")}</h2>
      <ul class="months">
        {releases.slice(0, MONTHS_LINKED).map(({ month }) => (
          <li key={month}>
            {month === release?.month ? (
              <span aria-current="page">{monthIn(month, locale)}</span>
            ) : (
              <a href={`/statistics/${indicator.id}?month=${month}`}>{monthIn(month, locale)}</a>
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}
