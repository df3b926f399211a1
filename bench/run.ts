import { argv } from "node:process";
import type { Measurement } from "./measurement.ts";

/** Each part of the bench, by the name it is asked for. */
const parts: Readonly<Record<string, () => Promise<Measurement[]>>> = {
  start: async () => (await import("./start.ts")).measureStart(),
  act: async () => (await import("./act.ts")).measureAct(),
  portal: async () => (await import("./portal.ts")).measurePortal(),
  intake: async () => (await import("./intake.ts")).measureIntake(),
  batch: async () => (await import("./batch.ts")).measureBatch(),
  soak: async () => (await import("./soak.ts")).measureSoak(),
  worklist: async () => (await import("./worklist.ts")).measureWorklist(),
  clocks: async () => (await import("./clocks.ts")).measureClocks(),
  campaigns: async () => (await import("./campaigns.ts")).measureCampaigns(),
  ledger: async () => (await import("./ledger.ts")).measureLedger(),
  "ledger-large": async () => (await import("./ledger-large.ts")).measureLargeLedger(),
  ingest: async () => (await import("./ingest.ts")).measureIngest(),
  "ingest-memory": async () => (await import("./ingest.ts")).measureIngestMemory(),
  hashset: async () => (await import("./hashset.ts")).measureHashset(),
  verify: async () => (await import("./verify.ts")).measureVerify(),
  exchange: async () => (await import("./exchange.ts")).measureExchange(),
  backlog: async () => (await import("./exchange.ts")).measureBacklog(),
  "exchange-large": async () => (await import("./exchange.ts")).measureLargeFile(),
};

const asked = argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`There is no measurement ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}.\n`);
  process.exit(2);
}
/** Runs only when it is asked for: it takes many minutes and much room on the disk. */
const LONG: readonly string[] = ["ledger-large", "exchange-large"];
for (const name of asked.length > 0 ? asked : Object.keys(parts).filter((each) => !LONG.includes(each)))
  for (const line of (await parts[name]?.()) ?? []) process.stdout.write(`${JSON.stringify(line)}\n`);
