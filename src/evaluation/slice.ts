import type { Slice } from "../kernel/slice.ts";
import { evaluationPage } from "./pages.tsx";
import { evaluationFile, evaluationJson, evaluationView } from "./views.ts";

export { type EmergencyFigure, emergencyFigures } from "./figures-own.ts";
export { factsIn } from "./views-read.ts";

/** How requests go, by measure, peer, provider, offence, data and direction: what slows them, what comes of them. */
export const evaluation: Slice = {
  name: "evaluation",
  views: [evaluationView, evaluationJson, evaluationFile],
  pages: [evaluationPage],
  navigation: [{ href: "/evaluation", label: "evaluation.navigation", order: 81, action: "statistics.read" }],
};
