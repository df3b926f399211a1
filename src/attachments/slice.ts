import type { Slice } from "../kernel/slice.ts";
import { examine, readFiles } from "./acts.ts";
import { filePage } from "./page-file.tsx";
import { reportFiles } from "./section.tsx";
import { fileView, previewView } from "./views.ts";

export { Mail } from "./page-file.tsx";

/** What reporters add to their reports: read apart from everything else, and shown as facts, never as it came. */
export const attachments: Slice = {
  name: "attachments",
  acts: [examine],
  views: [fileView, previewView],
  pages: [filePage],
  sections: [reportFiles],
  jobs: [readFiles],
};
