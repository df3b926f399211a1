import { fileThen } from "../evidence/slice.ts";
import type { Slice } from "../kernel/slice.ts";
import { setActs } from "./acts.ts";
import { buildLists } from "./acts-build.ts";
import { lock, matchItems, view } from "./acts-match.ts";
import { unlockActs } from "./acts-unlock.ts";
import { setSubject } from "./hash-set.ts";
import { setActPages } from "./page-acts.tsx";
import { matchesPage } from "./page-matches.tsx";
import { setPage, setsPage } from "./page-sets.tsx";
import { knownFiles } from "./section.tsx";
import { matchExport, matchList, setFile, setList, waitingCount } from "./views.ts";

export { matchNew } from "./acts-match.ts";
export { checkMatches } from "./views-check.ts";
export { hashsetCommand } from "./command.ts";

/** Files that are known: what is known good is passed over, what is known bad is told, what shows the abuse of a child is locked and never shown. */
export const hashsets: Slice = {
  name: "hashsets",
  subjects: [setSubject],
  acts: [...setActs, lock, view, ...unlockActs],
  views: [setList, setFile, matchList, matchExport],
  pages: [setsPage, setPage, matchesPage],
  actPages: [fileThen("hash-set.import"), ...setActPages],
  sections: [knownFiles],
  jobs: [buildLists, matchItems],
  navigation: [
    {
      href: "/matches",
      label: "nav.matches",
      order: 27,
      node: "state",
      acts: ["item.derive", "item.view"],
      count: waitingCount,
    },
    { href: "/hash-sets", label: "nav.hash-sets", order: 915, node: "state", acts: ["hash-set.import"] },
  ],
};
