import type { Slice } from "../kernel/slice.ts";
import { campaignActs } from "./acts.ts";
import { linkReports, refreshCampaigns } from "./acts-linking.ts";
import { campaignSubject } from "./campaign.ts";
import { campaignPage } from "./page-campaign.tsx";
import { campaignsPage } from "./page-list.tsx";
import { reportCampaign } from "./page-section.tsx";
import { whyPage } from "./page-why.tsx";
import { campaignExport, campaignList } from "./views.ts";
import { campaignFile } from "./views-campaign.ts";
import { whyLinked } from "./views-why.ts";

/** Reports that belong together: what ties them, and what they are as a whole. */
export const campaigns: Slice = {
  name: "campaigns",
  subjects: [campaignSubject],
  acts: campaignActs,
  views: [campaignList, campaignExport, campaignFile, whyLinked],
  pages: [campaignsPage, whyPage, campaignPage],
  sections: [reportCampaign],
  navigation: [{ href: "/campaigns", label: "nav.campaigns", order: 15, node: "state", acts: ["campaign.read"] }],
  jobs: [linkReports, refreshCampaigns],
};
