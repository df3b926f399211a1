import type { Slice } from "../kernel/slice.ts";
import { SCRUB_CHANNEL, vaultActs } from "./acts.ts";
import { gauge, scrub } from "./acts-scrub.ts";
import { findingSubject, roundSubject } from "./finding.ts";
import { contentsPage, findingPage, findingsPage, startPage } from "./page-findings.tsx";
import { vaultPage } from "./page-vault.tsx";
import { contentsView, findingList, findingView, openCount, vaultView } from "./views.ts";

/** What lies in the vault: that it is still all there and right, and what is said where it is not. */
export const vault: Slice = {
  name: "vault",
  subjects: [roundSubject, findingSubject],
  acts: vaultActs,
  views: [vaultView, findingList, findingView, contentsView],
  pages: [vaultPage, findingsPage, findingPage, contentsPage],
  actPages: [startPage],
  nodeActions: ["vault.read"],
  navigation: [{ href: "/vault", label: "nav.vault", order: 915, action: "vault.read", count: openCount }],
  jobs: [
    {
      name: "vault-scrub",
      everySeconds: 10,
      wokenBy: [SCRUB_CHANNEL],
      run: async (node) => {
        await scrub(node);
      },
    },
    { name: "vault-gauge", everySeconds: 60, run: gauge },
  ],
};
