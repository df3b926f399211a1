import { loadTranslations } from "./i18n.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { openDatabase, openPool } from "./database.ts";
import { type LogTo, makeLog } from "./log.ts";
import { makeMetrics } from "./metrics.ts";
import type { Node, Services } from "./node.ts";
import type { Policy } from "./policy.ts";
import { registry, type Slice } from "./slice.ts";

/** What a node is put together from. */
export interface Parts {
  readonly config: Config;
  readonly slices: readonly Slice[];
  /** Folder of `locales/`. */
  readonly locales: string;
  readonly policy: (registered: ReturnType<typeof registry>) => Policy;
  readonly services: Services;
  readonly clock?: Clock;
  /** Its output, where nothing is said. */
  readonly logTo?: LogTo;
}

/** Opens a node: its database pool and all that stands on it. `close` ends the pool. */
export function openNode({ config, slices, locales, policy, services, clock = systemClock, logTo }: Parts): {
  node: Node;
  close: () => Promise<void>;
} {
  const pool = openPool(config.database, config.connections);
  const registered = registry(slices);
  const node: Node = {
    code: config.code,
    name: config.name,
    kind: config.kind,
    config,
    pool,
    db: openDatabase(pool),
    policy: policy(registered),
    registry: registered,
    translations: loadTranslations(locales),
    log: makeLog(config.log_level, config.code, logTo),
    metrics: makeMetrics(),
    clock,
    services,
  };
  return { node, close: () => pool.end() };
}
