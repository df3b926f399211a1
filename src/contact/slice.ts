import type { Slice } from "../kernel/slice.ts";
import { contactActPages } from "./act-pages.tsx";
import { drillActs, drillArrived, drillDue } from "./acts-drill.ts";
import { shiftActs } from "./acts-shift.ts";
import { DRILL_RULE, drillSubject } from "./drill.ts";
import { drillMessages } from "./messages.ts";
import { boardPage } from "./page-board.tsx";
import { directoryPage } from "./page-directory.tsx";
import { drillPage, drillsPage } from "./page-drills.tsx";
import { rosterPage, shiftPage } from "./page-roster.tsx";
import { shiftSubject } from "./shift.ts";
import { directoryView, drillList, drillReport, drillView } from "./views.ts";
import { boardMark, boardView } from "./views-board.ts";
import { rosterView, shiftView } from "./views-shift.ts";

export { drillsCounted } from "./views-counted.ts";
export type { DrillFigures } from "./drill.ts";

/** The contact point that answers around the clock: its board, roster, hand-overs, directory and drills. */
export const contact: Slice = {
  name: "contact",
  subjects: [shiftSubject, drillSubject],
  acts: [...shiftActs, ...drillActs],
  views: [boardView, boardMark, directoryView, rosterView, shiftView, drillList, drillReport, drillView],
  pages: [boardPage, directoryPage, rosterPage, shiftPage, drillsPage, drillPage],
  actPages: contactActPages,
  messages: drillMessages,
  onReceipt: drillArrived,
  onDue: { [DRILL_RULE]: drillDue },
  navigation: [
    { href: "/board", label: "board.title", order: 29, acts: ["request.see"] },
    { href: "/contact-points", label: "points.title", order: 79 },
  ],
};
