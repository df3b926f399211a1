import type { ComponentChildren } from "preact";
import { direction } from "../kernel/i18n.ts";
import { useTools } from "../kernel/tools.ts";
import { Facts } from "../ui/facts.tsx";
import { Notice } from "../ui/notice.tsx";
import { PortalPage } from "../ui/portal-page.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { When } from "../ui/when.tsx";
import { groupOf, harmless, languagesOf, LIVE, TOPICS, wordsFor } from "./alert.ts";
import type { PublicAlert, Writing } from "./feeds.ts";
import { titled } from "./letters.ts";
import type { PublicFilters } from "./views-public.ts";

/** What the list of warnings is drawn from. */
interface Listing {
  readonly items: readonly PublicAlert[];
  readonly next?: string | undefined;
  readonly filters: PublicFilters;
  readonly districts: readonly { readonly code: string; readonly name: string }[];
  readonly place: Writing["place"];
}

/** Everything that the public is warned of, and what it was warned of before. */
export function AlertsPage({ items, next, filters, districts, place }: Listing) {
  const { t, locale } = useTools();
  const isPast = filters.show === "past";
  const isNarrowed = filters.category !== undefined || filters.district !== undefined;
  return (
    <PortalPage
      title={t(isPast ? "alerts.archive.title" : "alerts.title")}
      leave={false}
      back={isPast ? "/alerts" : "/"}
    >
      <p class="lead">{t(isPast ? "alerts.archive.lead" : "alerts.lead")}</p>
      {items.length === 0 ? (
        <Notice>{t(isNarrowed ? "alerts.none-fit" : isPast ? "alerts.archive.none" : "alerts.none")}</Notice>
      ) : (
        <ul class="thread">
          {items.map((alert) => {
            const shown = wordsFor(alert.content, locale);
            const { districts: where } = alert.content;
            return (
              <li key={alert.id}>
                <a href={`/alerts/${alert.id}`} {...languageOf(shown?.language, locale)}>
                  <b>{titled(t, alert.state, shown?.words.title ?? "")}</b>
                </a>
                <p class="from">
                  <When at={alert.changed_at} precision="day" />
                  {" · "}
                  {t(`advice.${groupOf(alert.content.category)}.title`)}
                  {" · "}
                  {(where.length === 0 ? [undefined] : where).map((code) => place(code, locale)).join(", ")}
                </p>
              </li>
            );
          })}
        </ul>
      )}
      {next && (
        <p>
          <a href={hrefWith(filters, { cursor: next })} rel="next">
            {t("ui.next-page")}
          </a>
        </p>
      )}
      <Narrow filters={filters} districts={districts} open={isNarrowed} />
      <h2>{t("alerts.more")}</h2>
      <ul>
        {!isPast && (
          <li>
            <a href={hrefWith(filters, { show: "past", cursor: undefined })}>{t("alerts.archive.title")}</a>
          </li>
        )}
        <li>
          <a href="/alerts/mail">{t("alerts.by-mail")}</a>
        </li>
        <li>
          <a href="/advice">{t("advice.title")}</a>
        </li>
        <li>
          <a href="/alerts/embed">{t("alerts.embed.title")}</a>
        </li>
        <li>
          <a href="/alerts.atom">Atom</a>, <a href="/alerts.json">JSON</a>
        </li>
      </ul>
    </PortalPage>
  );
}

function hrefWith(filters: PublicFilters, change: Partial<PublicFilters>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...change }))
    if (value !== undefined && value !== "now") query.set(name, value);
  return query.size === 0 ? "/alerts" : `/alerts?${query.toString()}`;
}

/** A title in another language than the page says so, and is read from its own side. */
const languageOf = (language: string | undefined, locale: string) =>
  language === undefined || language === locale ? {} : { lang: language, dir: direction(language) };

function Narrow({ filters, districts, open }: Pick<Listing, "filters" | "districts"> & { readonly open: boolean }) {
  const { t } = useTools();
  return (
    <details open={open}>
      <summary>{t("alerts.narrow")}</summary>
      <form method="get" action="/alerts">
        {filters.show === "past" && <input type="hidden" name="show" value="past" />}
        <SelectField
          name="category"
          label={t("alerts.about")}
          required={false}
          value={filters.category}
          options={TOPICS.map((group) => ({ value: group, label: t(`advice.${group}.title`) }))}
        />
        {districts.length > 0 && (
          <SelectField
            name="district"
            label={t("alerts.where")}
            required={false}
            value={filters.district}
            options={districts.map(({ code, name }) => ({ value: code, label: name }))}
          />
        )}
        <p class="buttons">
          <button class="plain">{t("alerts.narrow.show")}</button>
        </p>
      </form>
    </details>
  );
}

/** One warning, whole. */
export function AlertPage({ alert, place }: { readonly alert: PublicAlert; readonly place: Writing["place"] }) {
  const { t, locale } = useTools();
  const { content, state } = alert;
  const shown = wordsFor(content, locale);
  if (!shown) return null;
  const { words, language } = shown;
  const foreign = languageOf(language, locale);
  const group = groupOf(content.category);
  const areas = content.districts.length === 0 ? [undefined] : content.districts;
  return (
    <PortalPage
      title={titled(t, state, words.title)}
      heading={<span {...foreign}>{words.title}</span>}
      leave={false}
      back="/alerts"
    >
      <Standing alert={alert} />
      {language !== locale && (
        <Notice>
          {t("alerts.other-language")} {languagesOf(content).length > 1 && languagesOf(content).map(nameOf).join(", ")}
        </Notice>
      )}
      <div {...foreign}>
        <p class="said">{words.happens}</p>
        <h2>{t("alerts.recognise")}</h2>
        <p class="said">{words.recognise}</p>
      </div>
      {content.indicators.length > 0 && (
        <>
          <h2>{t("alerts.indicators")}</h2>
          <p class="hint">{t("alerts.indicators.hint")}</p>
          <ul>
            {content.indicators.map((each) => (
              <li key={each.key}>
                <span class="code-small" dir="ltr">
                  {harmless(each)}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>{t("alerts.advice")}</h2>
      <p class="said" {...foreign}>
        {words.advice}
      </p>
      <p>
        <a href={`/advice/${group}`}>{t("alerts.more-advice", { group: t(`advice.${group}.title`) })}</a>
      </p>
      <p class="buttons">
        <a class="button" href="/report">
          {t("alerts.happened")}
        </a>
      </p>
      <Facts
        rows={[
          [t("alerts.about"), t(`option.category.${content.category}`)],
          [t("alerts.where"), areas.map((code) => place(code, locale)).join(", ")],
          [t("alerts.since"), <When at={alert.published_at} precision="day" />],
          alert.version > 1 && [t("alerts.changed"), <When at={alert.changed_at} precision="day" />],
          isLive(alert) && [t("alerts.until"), <When at={alert.expires_at} precision="day" />],
          [t("alerts.number"), <span class="code-small">{alert.number}</span>],
          [
            t("alerts.for-programs"),
            <>
              {/* prettier-ignore */}
              <a href={`/alerts/${alert.id}.cap`}>CAP</a>, <a href={`/alerts/${alert.id}.json`}>JSON</a>
            </>,
          ],
        ]}
      />
    </PortalPage>
  );
}

const isLive = ({ state }: PublicAlert): boolean => (LIVE as readonly string[]).includes(state);
const nameOf = (language: string): string =>
  new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;

function Standing({ alert: { state, reason, changed_at } }: { readonly alert: PublicAlert }): ComponentChildren {
  const { t } = useTools();
  if (state === "cancelled")
    return (
      <Notice tone="late" title={t("alerts.is-cancelled")}>
        <p class="said" dir="auto">
          {reason}
        </p>
      </Notice>
    );
  if (state === "expired") return <Notice title={t("alerts.is-expired")}>{t("alerts.is-expired.hint")}</Notice>;
  if (state === "updated")
    return (
      <Notice
        tone="waits"
        title={
          <>
            {t("alerts.is-updated")} <When at={changed_at} precision="day" />
          </>
        }
      >
        <p class="said" dir="auto">
          {reason}
        </p>
      </Notice>
    );
  return null;
}
