import { monitorEventLoopDelay } from "node:perf_hooks";

let delays: ReturnType<typeof monitorEventLoopDelay> | undefined;
const RESOLUTION_MS = 20;
const NANO = 1e6;

/** How late this process's timers were since the last call, in milliseconds: what its callers wait for on top. */
export function monotonicLag(): number {
  if (!delays) {
    delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delays.enable();
    return 0;
  }
  const { mean } = delays;
  delays.reset();
  return Number.isFinite(mean) ? Math.max(mean / NANO - RESOLUTION_MS, 0) : 0;
}
