import type { Slice } from "./kernel/slice.ts";
import { access } from "./access/slice.ts";

/** Every part of the mission that this node has, in the order of its road. */
export const slices: readonly Slice[] = [access];
