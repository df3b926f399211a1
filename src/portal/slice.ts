import type { Slice } from "../kernel/slice.ts";
import { dropLeftDrafts } from "./acts-draft.ts";
import { formRoutes } from "./routes-form.tsx";
import { followRoutes } from "./routes-follow.tsx";

/** The public's way in: the form, one question a page, and what the holder of a code sees. */
export const portal: Slice = {
  name: "portal",
  routes: [...formRoutes, ...followRoutes],
  jobs: [
    {
      name: "report-drafts",
      everySeconds: 3_600,
      run: async (node) => {
        await dropLeftDrafts(node);
      },
    },
  ],
};
