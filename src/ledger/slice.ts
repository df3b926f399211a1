import type { Slice } from "../kernel/slice.ts";
import { LEDGER } from "../trust/ledger-guard.ts";
import { resumeLedger, settleLedger } from "./acts.ts";
import { ledgerSubject } from "./ledger.ts";
import { publicLedgerRoute } from "./page-public.tsx";
import { ledgerPage } from "./page.tsx";
import { countLedgerAlarms, ledgerView } from "./views.ts";

export { ledgerCommands } from "./command.ts";

/** How the ledger is shown and decided upon; what grows and signs it is trust's. */
export const ledgerDesk: Slice = {
  name: "ledger-desk",
  subjects: [ledgerSubject],
  acts: [resumeLedger, settleLedger],
  views: [ledgerView],
  pages: [ledgerPage],
  routes: [publicLedgerRoute],
  navigation: [
    {
      href: `/ledger/${LEDGER.id}`,
      label: "ledger.navigation",
      order: 85,
      acts: ["ledger.read"],
      count: countLedgerAlarms,
    },
  ],
};
