import type { Slice } from "../kernel/slice.ts";
import { clockActs, onRetentionDue, retentionClocks } from "./acts-clock.ts";
import { disclose } from "./acts-disclose.ts";
import { eraseActs, eraseOwn } from "./acts-erase.ts";
import { onMonthDue, requestActs } from "./acts-request.ts";
import { dataRequestSubject, MONTH } from "./data-request.ts";
import { keepingPage } from "./page-keeping.tsx";
import { dataRequestPage, retentionPage } from "./pages.tsx";
import { RETENTION, retentionSubject } from "./retention.ts";
import { privacyRoutes } from "./routes.tsx";
import { askedCount, dataRequestView, keepingView, retentionView } from "./views.ts";

export { OWN_DATA } from "./address.ts";

/** How long what people told is kept, what they may ask about it, and how it is erased. */
export const privacy: Slice = {
  name: "privacy",
  subjects: [retentionSubject, dataRequestSubject],
  acts: [...clockActs, ...eraseActs, ...requestActs, disclose],
  views: [keepingView, retentionView, dataRequestView],
  pages: [keepingPage, retentionPage, dataRequestPage],
  routes: privacyRoutes,
  jobs: [retentionClocks],
  onDue: { [RETENTION]: onRetentionDue, [MONTH]: onMonthDue },
  onErase: eraseOwn,
  navigation: [
    {
      href: "/retentions",
      label: "nav.privacy",
      order: 60,
      node: "state",
      acts: ["retention.read"],
      count: askedCount,
    },
  ],
};
