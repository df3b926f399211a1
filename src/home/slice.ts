import type { Slice } from "../kernel/slice.ts";
import { homePage } from "./pages.tsx";

/** The desk's first page. */
export const home: Slice = {
  name: "home",
  pages: [homePage],
  navigation: [{ href: "/", label: "home.navigation", order: 0 }],
};
