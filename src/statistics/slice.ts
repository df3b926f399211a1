import type { Slice } from "../kernel/slice.ts";
import { draftDue, releaseActs } from "./acts-release.ts";
import { dictionaryPage, publicFigurePage, publicFrontPage } from "./pages-public.tsx";
import { releaseActPages, releasePage, releasesPage } from "./pages-releases.tsx";
import { statisticsPage } from "./pages.tsx";
import { releaseSubject } from "./release.ts";
import { allFigures, listIndicators, oneIndicator } from "./views.ts";
import { publicFigure, publicFile, publicFront, publicList } from "./views-public.ts";
import { draftsWaiting, releaseList, releaseOne } from "./views-releases.ts";

export { lastDue } from "./acts-release.ts";
export { monthIn } from "./figure-public.tsx";
export { beginOf } from "./release.ts";
export { type Duration, quantile, survival, type SurvivalStep } from "./survival.ts";
export { figuresNow, figuresOf, type MonthFigures } from "./views-figures.ts";

/** Figures that fall out of the acts: the desk's, and monthly releases for the public. */
export const statistics: Slice = {
  name: "statistics",
  subjects: [releaseSubject],
  acts: releaseActs,
  nodeActions: ["statistics.read"],
  views: [
    allFigures,
    listIndicators,
    oneIndicator,
    releaseList,
    releaseOne,
    publicFront,
    publicFigure,
    publicList,
    publicFile,
  ],
  pages: [statisticsPage, releasesPage, releasePage, publicFrontPage, dictionaryPage, publicFigurePage],
  actPages: releaseActPages,
  jobs: [{ name: "statistics-release", everySeconds: 3_600, run: draftDue }],
  navigation: [
    { href: "/statistics", label: "statistics.navigation", order: 80, action: "statistics.read" },
    {
      href: "/releases",
      label: "releases.navigation",
      order: 82,
      node: "state",
      acts: ["release.read"],
      count: draftsWaiting,
    },
  ],
};
