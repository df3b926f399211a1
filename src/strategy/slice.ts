import type { Slice } from "../kernel/slice.ts";
import { make, makeDue } from "./acts.ts";
import { briefSubject } from "./brief.ts";
import { briefsPage } from "./pages.tsx";
import { briefDraft, briefFile, briefList } from "./views.ts";

/** The decision-makers' brief: two pages a month on what grew, what it cost, what was done and what is missing. */
export const strategy: Slice = {
  name: "strategy",
  subjects: [briefSubject],
  acts: [make],
  nodeActions: ["brief.preview"],
  views: [briefList, briefFile, briefDraft],
  pages: [briefsPage],
  jobs: [{ name: "strategy-brief", everySeconds: 3_600, run: makeDue }],
  navigation: [{ href: "/briefs", label: "strategy.navigation", order: 84, node: "state", acts: ["brief.read"] }],
};
