import { useTools } from "../kernel/tools.ts";
import { PortalPage } from "../ui/portal-page.tsx";
import { wordsFor, codesOf, type Group, GROUPS } from "./alert.ts";
import type { PublicAlert } from "./feeds.ts";

/** What to do and how to protect oneself, by what happened. */
export function AdvicePage() {
  const { t } = useTools();
  return (
    <PortalPage title={t("advice.title")} leave={false} back="/">
      <p class="lead">{t("advice.lead")}</p>
      <ul class="tiles">
        {GROUPS.map((group) => (
          <li key={group}>
            <a href={`/advice/${group}`}>
              {t(`advice.${group}.title`)}
              <span>{t(`advice.${group}.lead`)}</span>
            </a>
          </li>
        ))}
      </ul>
    </PortalPage>
  );
}

/** The advice for one part of the form, what is particular to each of its categories, and what the public is warned of now. */
export function AdviceGroupPage({ group, alerts }: { readonly group: Group; readonly alerts: readonly PublicAlert[] }) {
  const { t, locale } = useTools();
  const codes = codesOf(group);
  return (
    <PortalPage title={t(`advice.${group}.title`)} back="/advice">
      <p class="lead">{t(`advice.${group}.lead`)}</p>
      <h2>{t("advice.now")}</h2>
      <Lines text={t(`advice.${group}.now`)} />
      {codes.length > 1 && (
        <>
          <h2>{t("advice.if")}</h2>
          <dl>
            {codes.map((code) => (
              <div key={code}>
                <dt>{t(`option.category.${code}`)}</dt>
                <dd>
                  <p>{t(`advice.code.${code}`)}</p>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <h2>{t("advice.protect")}</h2>
      <Lines text={t(`advice.${group}.protect`)} />
      {alerts.length > 0 && (
        <>
          <h2>{t("advice.warnings")}</h2>
          <ul>
            {alerts.map((alert) => (
              <li key={alert.id}>
                <a href={`/alerts/${alert.id}`}>{wordsFor(alert.content, locale)?.words.title}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="buttons">
        <a class="button" href="/report">
          {t("alerts.happened")}
        </a>
      </p>
    </PortalPage>
  );
}

/** A list that its translators write one a line. */
function Lines({ text }: { readonly text: string }) {
  return (
    <ul>
      {text.split("\n").map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
