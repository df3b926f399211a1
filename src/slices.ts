import type { Slice } from "./kernel/slice.ts";
import { access } from "./access/slice.ts";
import { cases } from "./cases/slice.ts";
import { reports } from "./reports/slice.ts";
import { ui } from "./ui/slice.ts";

/** Every part of the mission that this node has, in the order of its road. */
export const slices: readonly Slice[] = [ui, access, reports, cases];
