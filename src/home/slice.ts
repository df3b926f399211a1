import type { Slice } from "../kernel/slice.ts";
import { homePage } from "./pages.tsx";
import { clocksView } from "./views.ts";

/** The desk's first page. */
export const home: Slice = {
  name: "home",
  views: [clocksView],
  pages: [homePage],
  navigation: [{ href: "/", label: "home.navigation", order: 0 }],
};
