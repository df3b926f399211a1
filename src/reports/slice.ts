import { system } from "../kernel/actor.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { Slice } from "../kernel/slice.ts";
import { overdue, reportActs } from "./acts.ts";
import { authenticateReporter } from "./receipt.ts";
import { FIRST_RESPONSE, reportSubject } from "./report.ts";
import { reportActPages } from "./act-pages.tsx";
import { dropLeftDrafts } from "./acts-draft.ts";
import { reportsPage } from "./page-list.tsx";
import { reportDeskPage } from "./page-report.tsx";
import { portalRoutes } from "./portal-routes.tsx";
import { apiRoutes } from "./routes.ts";
import { ownReport, reportFile, reportList, reportPage, waitingCount } from "./views.ts";

export { join } from "./acts.ts";
export { handIn } from "./acts-intake.ts";
export { importReports } from "./import.ts";
export { MAPPINGS, openMapping } from "./mapping.ts";
export { reportSubject, submissionSchema } from "./report.ts";
export { prepare } from "./submission.ts";
export { History } from "./page-report.tsx";
export { historyOf } from "./views.ts";

/** Public reporting: the way in, the receipt, the worklist and the links between reports. */
export const reports: Slice = {
  name: "reports",
  subjects: [reportSubject],
  acts: reportActs,
  views: [reportList, reportPage, reportFile, ownReport],
  pages: [reportsPage, reportDeskPage],
  actPages: reportActPages,
  routes: [...apiRoutes, ...portalRoutes],
  jobs: [
    {
      name: "report-drafts",
      everySeconds: 3_600,
      run: async (node) => {
        await dropLeftDrafts(node);
      },
    },
  ],
  authenticate: authenticateReporter,
  navigation: [
    { href: "/reports", label: "nav.reports", order: 10, node: "state", acts: ["report.read"], count: waitingCount },
  ],
  onDue: {
    [FIRST_RESPONSE]: async (tx, deadline, node, now) => {
      await performIn(tx, { node, actor: system("clock"), act: overdue, id: deadline.subject_id, input: {}, now });
    },
  },
};
