import type { Slice } from "../kernel/slice.ts";
import { handAccepted, handoverActs } from "./acts.ts";
import { handoverSubject } from "./handover.ts";
import { handoverMessages } from "./messages.ts";
import { handoverActPages, handoverPage, handoversPage, reportHandovers } from "./pages.tsx";
import { handoverList, handoverView, toAnswer } from "./views.ts";

/** Reports handed over to another country as spontaneous information, under conditions that are accepted first. */
export const handovers: Slice = {
  name: "handovers",
  subjects: [handoverSubject],
  acts: handoverActs,
  messages: handoverMessages,
  views: [handoverList, handoverView],
  pages: [handoversPage, handoverPage],
  actPages: handoverActPages,
  sections: [reportHandovers],
  jobs: [handAccepted],
  navigation: [
    { href: "/handovers", label: "nav.handovers", order: 18, node: "state", acts: ["handover.read"], count: toAnswer },
  ],
};
