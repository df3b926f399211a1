import type { Section } from "../kernel/page.ts";
import { ActButton } from "../ui/act-panel.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { type State, wordsFor } from "./alert.ts";
import { toneOf } from "./page-list.tsx";
import { alertsOfCampaign } from "./views.ts";

type Found = Awaited<ReturnType<typeof alertsOfCampaign>>;

/** On a campaign's page: what the public was told of it, and the way to warn. */
export const campaignAlerts: Section = {
  on: "campaign",
  order: 60,
  read: alertsOfCampaign,
  render: (found: Found, { t, may, locale }, id) => (
    <>
      <h2>{t("alerts.desk.title")}</h2>
      {found.length === 0 ? (
        <p class="quiet">{t("alerts.campaign.none")}</p>
      ) : (
        <ul class="plain">
          {found.map(({ id: alert, number, state, content, changed_at }) => (
            <li key={alert}>
              <a href={`/alerts/${alert}`}>
                <span class="code-small">{number}</span> {wordsFor(content, locale)?.words.title}
              </a>{" "}
              <Tag tone={toneOf(state satisfies State)}>{t(`state.${state}`)}</Tag> <When at={changed_at} />
            </li>
          ))}
        </ul>
      )}
      {may("alert.draft") && (
        <p>
          <ActButton href={`/alerts/new?campaign=${id}`} plain>
            {t("alerts.campaign.warn")}
          </ActButton>
        </p>
      )}
    </>
  ),
};
