import type { Slice } from "../kernel/slice.ts";
import { statisticsPage } from "./pages.tsx";
import { allFigures, listIndicators, oneIndicator } from "./views.ts";

/** Figures that fall out of the acts. */
export const statistics: Slice = {
  name: "statistics",
  nodeActions: ["statistics.read"],
  views: [allFigures, listIndicators, oneIndicator],
  pages: [statisticsPage],
  navigation: [{ href: "/statistics", label: "statistics.navigation", order: 80, action: "statistics.read" }],
};
