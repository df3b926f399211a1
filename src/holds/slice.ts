import type { Slice } from "../kernel/slice.ts";
import { holdActPages } from "./act-pages.tsx";
import { holdActs, onHoldDue } from "./acts.ts";
import { eraseHoldWords } from "./acts-erase.ts";
import { draftHolds } from "./acts-drafting.ts";
import { holdSubject } from "./hold.ts";
import { holdPage } from "./page-hold.tsx";
import { holdsPage } from "./page-list.tsx";
import { reportHolds } from "./page-section.tsx";
import { holdFile, holdList, holdNotice, toSendCount } from "./views.ts";

export { detailsIn } from "./acts.ts";
export type { HoldRow } from "./hold.ts";

/** Money that can still be held: notices to banks, drafted by themselves, sent by an officer, with the clock that the law sets. */
export const holds: Slice = {
  name: "holds",
  subjects: [holdSubject],
  acts: holdActs,
  views: [holdList, holdFile, holdNotice],
  pages: [holdsPage, holdPage],
  actPages: holdActPages,
  sections: [reportHolds],
  jobs: [draftHolds],
  onDue: onHoldDue,
  onErase: eraseHoldWords,
  navigation: [
    { href: "/holds", label: "nav.holds", order: 15, node: "state", acts: ["hold.read"], count: toSendCount },
  ],
};
