import type { CourtItem, CourtLedger } from "../evidence/slice.ts";

/** One thing that was checked of an exhibit: `open` is neither good nor bad, but not shown yet. */
export interface Check {
  /** Message `court.check.<key>`. */
  readonly key: string;
  readonly outcome: "good" | "bad" | "open";
  readonly count?: number;
  readonly total?: number;
  readonly at?: Temporal.Instant;
}

/**
 * How it is known that an exhibit is what it is said to be, and what is not known. Pure: the page, the list and the paper say the same.
 *
 * @source ISO/IEC 27037 §6.6
 */
export function checksOf(
  { agreed, looks, chained, events, logged, corrections, acquisition, peer }: CourtItem,
  ledger: CourtLedger | null,
): Check[] {
  const changed = looks.find(({ unchanged }) => !unchanged);
  const last = looks.at(-1);
  return [
    agreed === null
      ? { key: "source-none", outcome: "open" }
      : { key: agreed ? "source-same" : "source-other", outcome: agreed ? "good" : "bad" },
    changed
      ? { key: "bytes-changed", outcome: "bad", at: changed.at }
      : last
        ? { key: "bytes-same", outcome: "good", count: looks.length, at: last.at }
        : { key: "bytes-unseen", outcome: "open" },
    chained
      ? { key: "chain-whole", outcome: "good", count: events }
      : { key: "chain-broken", outcome: "bad", count: events },
    logged === events
      ? { key: "logged", outcome: "good", count: events, total: ledger?.size ?? 0 }
      : { key: "logged-partly", outcome: "open", count: events - logged, total: events },
    ledger && ledger.witnesses > 0
      ? { key: "witnessed", outcome: "good", count: ledger.witnesses }
      : { key: "witnessed-none", outcome: "open" },
    ...((acquisition["time_source"] === undefined && peer === null) || acquisition["time_source"] === "stated"
      ? [{ key: "time-stated", outcome: "open" as const }]
      : []),
    ...(corrections > 0 ? [{ key: "corrected", outcome: "open" as const, count: corrections }] : []),
  ];
}
