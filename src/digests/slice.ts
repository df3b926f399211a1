import type { Slice } from "../kernel/slice.ts";
import { choose, stop, tellDigests } from "./acts.ts";
import { digestSubject } from "./digest.ts";
import { digestActPages, digestPage } from "./pages.tsx";
import { digestView } from "./views.ts";

/** What waits, by e-mail, for officers who want that: counts and the address of the desk, and nothing else. */
export const digests: Slice = {
  name: "digests",
  subjects: [digestSubject],
  acts: [choose, stop],
  views: [digestView],
  pages: [digestPage],
  actPages: digestActPages,
  jobs: [tellDigests],
  navigation: [{ href: "/digests", label: "digest.navigation", order: 985, acts: ["digest.choose"] }],
};
