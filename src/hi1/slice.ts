import { OUTBOX_CHANNEL } from "../kernel/outbox.ts";
import type { Slice } from "../kernel/slice.ts";
import { hi1Acts } from "./acts.ts";
import { dispatch, endpoint } from "./endpoint.ts";
import { hi1Route } from "./gateway.ts";
import { letGoUnapplied } from "./messages-incoming.ts";
import { askDue } from "./messages-polling.ts";
import { sendDue } from "./messages-sending.ts";
import { correspondentEndpoints, requestDispatches } from "./page-sections.tsx";
import { endpointsPage } from "./page-list.tsx";
import { dispatchPage, endpointPage } from "./pages.tsx";
import { dispatchText, dispatchView, endpointList, endpointView } from "./views.ts";

/** Providers that run no node and speak ETSI TS 103 120: the same outbox reaches them by its messages, and their answers are the same acts. */
export const hi1: Slice = {
  name: "hi1",
  subjects: [endpoint, dispatch],
  acts: hi1Acts,
  views: [endpointList, endpointView, dispatchView, dispatchText],
  pages: [endpointsPage, endpointPage, dispatchPage],
  sections: [correspondentEndpoints, requestDispatches],
  routes: [hi1Route],
  jobs: [
    { name: "hi1-outbox", everySeconds: 2, wokenBy: [OUTBOX_CHANNEL], run: sendDue },
    { name: "hi1-news", everySeconds: 300, run: askDue },
    { name: "hi1-unapplied", everySeconds: 3_600, run: letGoUnapplied },
  ],
};
