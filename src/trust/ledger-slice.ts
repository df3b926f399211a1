import type { Slice } from "../kernel/slice.ts";
import { headsJob } from "./heads.ts";
import { timestampsJob } from "./timestamps.ts";
import { ledgerRoutes } from "./ledger-routes.ts";
import { verifierRoutes } from "./verifier-routes.ts";
import { sequencer } from "./ledger-guard.ts";

/** The transparency log over the journal: who may read it, the job that grows it, and the one that logs the last event of each item. */
export const ledger: Slice = {
  name: "ledger",
  routes: [...ledgerRoutes, ...verifierRoutes],
  jobs: [sequencer, headsJob, timestampsJob],
};
