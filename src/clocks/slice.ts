import type { Slice } from "../kernel/slice.ts";
import { clocksPage } from "./pages.tsx";
import { clocksView, deskView, warningsView } from "./views.ts";
import { forecastView } from "./views-forecast.ts";

export { clockCommand } from "./command.ts";
export { deskView, type RaisedClock, type RunningClock } from "./views.ts";
export { clockColumns } from "./columns.tsx";
export { aheadInWords } from "./words.ts";

/** What runs out when, of all things that have clocks. */
export const clocks: Slice = {
  name: "clocks",
  views: [clocksView, warningsView, deskView, forecastView],
  pages: [clocksPage],
  navigation: [{ href: "/clocks", label: "clocks.navigation", order: 5 }],
};
