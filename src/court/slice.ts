import type { Node } from "../kernel/node.ts";
import { checkRecorded, type RowFinding } from "../kernel/recorded-check.ts";
import type { Slice } from "../kernel/slice.ts";
import { courtActPages } from "./act-pages.tsx";
import { disclosureActs } from "./acts-disclosure.ts";
import { exhibitActs } from "./acts-exhibit.ts";
import { disclosureSubject } from "./disclosure.ts";
import { exhibitSubject } from "./exhibit.ts";
import { courtPage, exhibitPage } from "./page-court.tsx";
import { disclosurePage } from "./page-disclosure.tsx";
import { exhibitsPage } from "./page-list.tsx";
import { courtRoutes } from "./routes.tsx";
import { caseCourt } from "./section.tsx";
import { courtFile, exhibitFile, exhibitList, tenderedCount } from "./views.ts";
import { disclosureFile } from "./views-disclosure.ts";

/** Holds exhibits and disclosures against their own chains. */
export const checkCourt = async (node: Node): Promise<RowFinding[]> => [
  ...(await checkRecorded(node, exhibitSubject)),
  ...(await checkRecorded(node, disclosureSubject)),
];

/** Evidence before a court: what is put in and how it is marked, what the judge needs to see of it, what the defence is given. */
export const court: Slice = {
  name: "court",
  subjects: [exhibitSubject, disclosureSubject],
  acts: [...exhibitActs, ...disclosureActs],
  views: [exhibitList, exhibitFile, courtFile, disclosureFile],
  pages: [exhibitsPage, exhibitPage, courtPage, disclosurePage],
  actPages: courtActPages,
  sections: [caseCourt],
  routes: courtRoutes,
  navigation: [
    {
      href: "/exhibits",
      label: "nav.exhibits",
      order: 27,
      node: "state",
      acts: ["exhibit.read"],
      count: tenderedCount,
    },
  ],
};
