import type { Section } from "../kernel/page.ts";
import { HUB_MAX } from "./joining.ts";
import { campaignOfReport } from "./views-campaign.ts";

/** On a report's page: the campaign that it is part of. */
export const reportCampaign: Section = {
  on: "report",
  order: 10,
  read: campaignOfReport,
  render: (found: Awaited<ReturnType<typeof campaignOfReport>>, { t }) =>
    found && (
      <>
        <h2>{t("campaigns.of-report")}</h2>
        <p>
          <a href={`/campaigns/${found.id}`}>
            <span class="code-small">{found.number}</span> <bdi>{found.name}</bdi>
          </a>
          {", "}
          {found.others > HUB_MAX
            ? t("campaigns.with-more", { count: HUB_MAX })
            : t("campaigns.with", { count: found.others })}
          {found.folded && <span class="quiet"> {t("campaigns.folded.why")}</span>}
        </p>
      </>
    ),
};
