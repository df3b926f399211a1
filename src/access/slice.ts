import type { Slice } from "../kernel/slice.ts";
import { account, office, session, token } from "./account.ts";
import {
  acceptInvitation,
  beginSession,
  createAccount,
  createToken,
  disableAccount,
  endSession,
  endToken,
  openOffice,
  resetAccount,
} from "./acts.ts";
import { authenticate } from "./authenticate.ts";
import { policyPage, powersPage } from "./law-pages.tsx";
import { policyView, powerList } from "./law-views.ts";
import { accessActPages, accessPages } from "./pages.tsx";
import { stepUp } from "./presence.ts";
import { signInRoutes } from "./sign-in.tsx";
import { forgetTries } from "./throttle.ts";
import { whyPage } from "./why-pages.tsx";
import { whyView } from "./why-views.ts";
import { accountList, accountView, officeList, officeView, sessionList, tokenList, tokenView } from "./views.ts";

export { type Keeping, NO_KEEPING, WITHHOLDING } from "./pack-evidence.ts";
export type { Holder, Template } from "./pack-help.ts";
export { NO_WATCH, warningsFor } from "./pack-clocks.ts";
export { accountCommand } from "./command.ts";
export { type Country, loadCountry, type Whose } from "./country.ts";
export { createDemoAccounts, type DemoAccount } from "./demo.ts";
export { officerNamed, officerOf, officersOf, officesOf } from "./officer.ts";
export { NO_REPORTING, type Reporting } from "./pack-reporting.ts";
export { DELAY_GROUNDS, type Power, type Words } from "./pack-powers.ts";
export { keepLaw } from "./law-kept.ts";
export { packCommand } from "./pack-command.ts";
export { demandSigned } from "./pack-sign.ts";
export { whyCommand } from "./why-command.ts";

/** Who may come in, as whom, and what the country's law lets them do. */
export const access: Slice = {
  name: "access",
  subjects: [office, account, session, token],
  acts: [
    openOffice,
    createAccount,
    acceptInvitation,
    disableAccount,
    resetAccount,
    beginSession,
    endSession,
    createToken,
    endToken,
  ],
  views: [
    accountList,
    accountView,
    officeList,
    officeView,
    sessionList,
    tokenList,
    tokenView,
    powerList,
    policyView,
    whyView,
  ],
  pages: [...accessPages, powersPage, policyPage, whyPage],
  actPages: accessActPages,
  routes: signInRoutes,
  navigation: [
    { href: "/accounts", label: "navigation.accounts", order: 900, action: "accounts.manage" },
    { href: "/powers", label: "navigation.powers", order: 950 },
    { href: "/sessions", label: "navigation.sessions", order: 990 },
  ],
  nodeActions: ["accounts.manage"],
  authenticate,
  stepUp,
  jobs: [
    {
      name: "access.forget-tries",
      everySeconds: 600,
      run: async (node) => void (await forgetTries(node.db, node.clock())),
    },
  ],
};
