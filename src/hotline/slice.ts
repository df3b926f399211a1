import type { Slice } from "../kernel/slice.ts";
import { expiry, hotlineActs } from "./acts.ts";
import { hotlineRoutes } from "./routes.ts";
import { tipSubject } from "./tip.ts";

/** Reports of harm to a child from platforms, in the shape of the hotlines' public interface: digests and links, never a file. */
export const hotline: Slice = {
  name: "hotline",
  subjects: [tipSubject],
  acts: hotlineActs,
  routes: hotlineRoutes,
  jobs: [expiry],
};
