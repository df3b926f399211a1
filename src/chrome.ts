import { h } from "preact";
import type { Chrome } from "./kernel/caller.ts";
import { assets } from "./ui/assets.ts";
import { ActFormPage } from "./ui/act-form.tsx";
import { ProblemPage } from "./ui/problem.tsx";

/** What the design system gives the kernel. */
export const chrome: Chrome = {
  asset: (name) => assets.url(name),
  actForm: (form) => h(ActFormPage, { form }),
  problem: (problem, _tools, kept) => h(ProblemPage, { problem, kept }),
};
