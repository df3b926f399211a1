import type { Slice } from "../kernel/slice.ts";
import { inboxActPages } from "./act-pages.tsx";
import { inboxActs } from "./acts.ts";
import { carryOut } from "./acts-emptying.ts";
import { emptyingSubject, savedViewSubject } from "./inbox.ts";
import { reportsPage } from "./page-list.tsx";
import { manyRoutes } from "../ui/many.tsx";
import { many } from "./many.tsx";
import { emptyingPage, quarantinePage } from "./page-quarantine.tsx";
import { reportExport } from "./views-export.ts";
import { COUNT_MAX, reportList, waitingCount } from "./views-list.ts";
import { reportNews } from "./views-news.ts";
import { emptying, emptyings, quarantineView } from "./views-quarantine.ts";
import { savedViews } from "./views-saved.ts";

export { type SavedView, savedViewsOf } from "./views-saved.ts";

/** The inbox of an intake office: what waits and in what order, what is done to many at once, and what was put aside. */
export const inbox: Slice = {
  name: "inbox",
  subjects: [savedViewSubject, emptyingSubject],
  acts: inboxActs,
  views: [reportList, reportNews, reportExport, quarantineView, emptyings, emptying, savedViews],
  pages: [reportsPage, quarantinePage, emptyingPage],
  actPages: inboxActPages,
  routes: manyRoutes(many),
  jobs: [carryOut],
  navigation: [
    {
      href: "/reports",
      label: "nav.reports",
      order: 10,
      node: "state",
      acts: ["report.read"],
      count: waitingCount,
      countMax: COUNT_MAX,
    },
  ],
};
