import { system } from "../kernel/actor.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { Slice } from "../kernel/slice.ts";
import { alertActs, expire } from "./acts.ts";
import { mailAlerts } from "./acts-mailing.ts";
import { forgetUnconfirmed, subscriptionActs } from "./acts-subscription.ts";
import { alertSubject, EXPIRY } from "./alert.ts";
import { alertActPages } from "./page-acts.tsx";
import { alertDeskPage } from "./page-alert.tsx";
import { alertsPage } from "./page-list.tsx";
import { alertRoutes } from "./routes.tsx";
import { campaignAlerts } from "./section.tsx";
import { subscriptionSubject } from "./subscription.ts";
import { alertFile, alertList, waitingCount } from "./views.ts";

/** Warnings to the public: written by one, published by another, in every language, form and channel that people read. */
export const alerts: Slice = {
  name: "alerts",
  subjects: [alertSubject, subscriptionSubject],
  acts: [...alertActs, ...subscriptionActs],
  views: [alertList, alertFile],
  pages: [alertsPage, alertDeskPage],
  actPages: alertActPages,
  routes: alertRoutes,
  sections: [campaignAlerts],
  jobs: [mailAlerts, forgetUnconfirmed],
  navigation: [
    {
      href: "/alerts",
      label: "nav.alerts",
      order: 28,
      node: "state",
      acts: ["alert.draft", "alert.publish"],
      count: waitingCount,
    },
  ],
  onDue: {
    [EXPIRY]: async (tx, deadline, node, now) => {
      await performIn(tx, { node, actor: system("clock"), act: expire, id: deadline.subject_id, input: {}, now });
    },
  },
};
