import type { Slice } from "../kernel/slice.ts";
import { responseActs } from "./acts.ts";
import { oweNotices } from "./acts-owed.ts";
import { holdingSubject, reportSubject } from "./holding.ts";
import { basisSection, holdingPage, holdingsPage, noticesPage } from "./pages.tsx";
import { publicReportsPage, reportPage, reportsPage } from "./pages-transparency.tsx";
import {
  countToTell,
  holdingList,
  holdingView,
  noticeList,
  publicReportCsv,
  publicReports,
  reportList,
  reportView,
} from "./views.ts";

/** A provider's response desk: the legal basis verified, what can be answered, telling users, and what the public is told. */
export const response: Slice = {
  name: "response",
  subjects: [holdingSubject, reportSubject],
  acts: responseActs,
  views: [noticeList, holdingList, holdingView, reportList, reportView, publicReports, publicReportCsv],
  pages: [noticesPage, holdingsPage, holdingPage, reportsPage, reportPage, publicReportsPage],
  sections: [basisSection],
  jobs: [oweNotices],
  navigation: [
    {
      href: "/user-notices",
      label: "response.notices",
      order: 35,
      node: "provider",
      acts: ["request.notify"],
      count: countToTell,
    },
    { href: "/holdings", label: "response.holdings", order: 36, node: "provider", acts: ["holding.read"] },
    { href: "/transparency", label: "transparency.title", order: 37, node: "provider", acts: ["transparency.read"] },
  ],
};
