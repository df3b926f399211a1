import type { Slice } from "../kernel/slice.ts";
import { clientActs } from "./acts.ts";
import { endpointActs } from "./acts-endpoint.ts";
import { authenticateClient } from "./authenticate.ts";
import { clientSubject, keySubject } from "./client.ts";
import { endpointSubject } from "./endpoint.ts";
import { feeding } from "./messages-feed.ts";
import { forgetDeliveries, sending } from "./messages-send.ts";
import { clientPage } from "./page-client.tsx";
import { developersPage } from "./page-developers.tsx";
import { endpointPage } from "./page-endpoint.tsx";
import { clientActPages, keyPage } from "./page-key.tsx";
import { clientsPage } from "./page-list.tsx";
import { clientRoutes } from "./routes.ts";
import { clientList, clientView, keyView, ownClient, pausedCount } from "./views.ts";
import { endpointView, ownDeliveries, ownEndpoints } from "./views-endpoint.ts";

export { createDemoClients, type DemoClient } from "./demo.ts";
export { countTaken, grant, type Granted } from "./acts-meter.ts";

/** Machines that report: who they are, what they may, how much, and where they are told. */
export const clients: Slice = {
  name: "clients",
  subjects: [clientSubject, keySubject, endpointSubject],
  acts: [...clientActs, ...endpointActs],
  views: [clientList, clientView, keyView, endpointView, ownClient, ownEndpoints, ownDeliveries],
  pages: [clientsPage, clientPage, keyPage, endpointPage],
  actPages: clientActPages,
  routes: [...clientRoutes, developersPage],
  navigation: [
    {
      href: "/clients",
      label: "nav.clients",
      order: 910,
      node: "state",
      acts: ["client.register"],
      count: pausedCount,
    },
  ],
  jobs: [feeding, sending, forgetDeliveries],
  authenticate: authenticateClient,
};
