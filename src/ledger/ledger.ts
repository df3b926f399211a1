import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Whether this node's ledger signs. */
export type LedgerState = "signing" | "stopped";

/** It stops by itself, where others hold what its database does not; only a person lets it go on. */
// prettier-ignore
const LIFE = life<LedgerState>()({
  resume: { from: ["stopped"],            to: "signing" },
  settle: { from: ["signing", "stopped"] },
});

/** The ledger's one row. */
export interface LedgerRow {
  readonly id: string;
  readonly state: LedgerState;
  /** `Stopped` of trust/ledger-guard.ts; `null` while it signs. */
  readonly stopped: unknown;
  readonly stopped_at: Temporal.Instant | null;
  /** `Forsaken[]` of trust/ledger-guard.ts. */
  readonly forsaken: unknown;
}
export const ledgerSubject = subject<LedgerRow>()({
  name: "ledger",
  plural: "ledger",
  table: "ledger",
  attributes: { state: "String" },
  life: LIFE,
});
