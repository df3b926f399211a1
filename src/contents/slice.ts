import type { Slice } from "../kernel/slice.ts";
import { contentsActs, inspectItems } from "./acts.ts";
import { browsePage, contentsPage, fileRoute, itemInside } from "./pages.tsx";
import { contentsView, insideView } from "./views.ts";

/** What containers of evidence hold: images and their inner hashes, folders and their lists, packages of other nodes. */
export const contents: Slice = {
  name: "contents",
  acts: contentsActs,
  views: [insideView, contentsView],
  pages: [contentsPage],
  actPages: [browsePage],
  sections: [itemInside],
  routes: [fileRoute],
  jobs: [inspectItems],
};
