import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What an operator watches: counts and times without anybody's data. */
export interface Metrics {
  readonly acts: Counter<"act" | "outcome">;
  readonly requests: Histogram<"role" | "method" | "route" | "status">;
  readonly jobs: Histogram<"job" | "outcome">;
  readonly outbox: Gauge<"peer">;
  readonly vaultRead: Counter;
  readonly vaultFindings: Gauge<"kind">;
  readonly vaultEldest: Gauge;
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

/** A fresh set of metrics; one per node, so that several nodes in one process (tests) keep apart. */
export function makeMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers;
  const memory = new Gauge({
    name: "comity_memory_bytes",
    help: "Resident memory of this process, in bytes",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  void memory;
  return {
    acts: new Counter({
      name: "comity_acts_total",
      help: "Acts performed or refused",
      labelNames: ["act", "outcome"],
      registers,
    }),
    requests: new Histogram({
      name: "comity_http_seconds",
      help: "Time to answer, in seconds",
      labelNames: ["role", "method", "route", "status"],
      registers,
    }),
    jobs: new Histogram({
      name: "comity_job_seconds",
      help: "Time a job took, in seconds",
      labelNames: ["job", "outcome"],
      registers,
    }),
    outbox: new Gauge({
      name: "comity_outbox_messages",
      help: "Messages not yet delivered",
      labelNames: ["peer"],
      registers,
    }),
    vaultRead: new Counter({
      name: "comity_vault_scrubbed_bytes_total",
      help: "Bytes of the vault read again and verified",
      registers,
    }),
    vaultFindings: new Gauge({
      name: "comity_vault_findings",
      help: "Damage found in the vault that nobody has settled",
      labelNames: ["kind"],
      registers,
    }),
    vaultEldest: new Gauge({
      name: "comity_vault_eldest_verification_seconds",
      help: "Time since what waits longest in the vault was last verified, in seconds",
      registers,
    }),
    render: () => (registry ? registry.metrics() : Promise.resolve("")),
    contentType: registry?.contentType ?? "text/plain",
  };
}
