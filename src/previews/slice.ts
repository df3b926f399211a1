import type { Slice } from "../kernel/slice.ts";
import { preview } from "./acts.ts";
import { openedPage, previewPage } from "./page-preview.tsx";
import { itemOpenings } from "./section.tsx";
import { previewView } from "./views.ts";

/** Looking at evidence without harm: read in a process of its own, shown as text and pictures drawn anew, never as it came. */
export const previews: Slice = {
  name: "previews",
  acts: [preview],
  views: [previewView],
  pages: [openedPage],
  actPages: [previewPage],
  sections: [itemOpenings],
};
