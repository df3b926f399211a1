import type pg from "pg";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Database } from "./database.ts";
import type { Translations } from "./i18n.ts";
import type { Metrics } from "./metrics.ts";
import type { Policy } from "./policy.ts";
import type { Registry } from "./slice.ts";

/** What trust, access and the slices add to a node (vault, keyring, …); each adds its own by declaration merging. */
// oxlint-disable-next-line typescript/no-empty-interface
export interface Services {
  /** Key of answers kept under an idempotency key; 32 bytes, generated with the node's keys. */
  readonly secret: Buffer;
}

/** A running node: everything that an act, a view or a job may need, handed down as an argument. */
export interface Node {
  /** `XA`. */
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly config: Config;
  readonly pool: pg.Pool;
  readonly db: Database;
  readonly policy: Policy;
  readonly registry: Registry;
  readonly translations: Translations;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly services: Services;
}
