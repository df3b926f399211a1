import { join } from "node:path";
import { childrenOf, environmentOf, isRunning, type Process, processAt } from "./processes.ts";
import { type RunningWorld, startWorld, until } from "./world.ts";

/** What may be killed: a node's process, PostgreSQL's first process, or the one that watches over all of them. */
export const VICTIMS = ["XA", "XB", "XP", "postgres", "supervisor"] as const;
export type Victim = (typeof VICTIMS)[number];

/** Numbers from 0 to below 1 that a seed gives again (mulberry32). */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A blow to come: whom, at which step of the driver, how long after that step was begun. */
export interface Blow {
  readonly victim: Victim;
  readonly step: number;
  readonly ms: number;
}

const DELAY_MS_MAX = 400;

/** Spreads the victims, in a drawn order, over the steps. */
export function planOf(seed: number, victims: readonly Victim[], steps: number): Blow[] {
  const chance = chances(seed);
  const left = [...victims];
  const order = victims.flatMap(() => left.splice(Math.floor(chance() * left.length), 1));
  return order
    .map((victim) => ({ victim, step: Math.floor(chance() * steps), ms: Math.floor(chance() * DELAY_MS_MAX) }))
    .sort((a, b) => a.step - b.step);
}

/** The process that plays a part in the world, if it runs now. Only what this world's own supervisor started is looked at. */
export function find(at: RunningWorld, victim: Victim): Process | undefined {
  const supervisor = at.process.pid ?? 0;
  if (victim === "supervisor") return processAt(supervisor);
  return childrenOf(supervisor).find(({ pid, command }) =>
    victim === "postgres"
      ? command.includes(join(at.folder, "postgres", "cluster")) && !command.includes("setpriv")
      : environmentOf(pid, "COMITY_CONFIG") === join(at.folder, `${victim.toLowerCase()}.json`),
  );
}

/** Kills processes of one world, one after the other, while a driver goes its way. */
export class Killer {
  /** The world as it runs now: another process after the supervisor was killed. */
  world: RunningWorld & { port: number };
  readonly done: Blow[] = [];
  readonly #plan: Blow[];
  #steps = 0;
  #turn: Promise<void> = Promise.resolve();
  constructor(world: RunningWorld & { port: number }, plan: readonly Blow[]) {
    this.world = world;
    this.#plan = [...plan];
  }
  /** The driver begins its next step: blows that are due fall, each `ms` later, while the driver goes on. */
  step(): void {
    const now = this.#steps++;
    while (this.#plan[0] && this.#plan[0].step <= now) {
      const blow = this.#plan.shift();
      if (blow) void this.strike(blow);
    }
  }
  /** A blow out of plan, or one of it: after those before it. Resolves when it has fallen. */
  strike(blow: Blow): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, blow.ms));
      const victim = await until(
        async () => find(this.world, blow.victim),
        (found) => found !== undefined,
      );
      if (!victim) return;
      process.kill(victim.pid, "SIGKILL");
      await until(
        async () => isRunning(victim),
        (running) => !running,
      );
      this.done.push(blow);
      if (blow.victim === "supervisor")
        this.world = await startWorld({ folder: this.world.folder, port: this.world.port });
    });
    this.#turn.catch(() => undefined);
    return this.#turn;
  }
  /** Until every blow has fallen, those too that the driver was too quick for. */
  async finished(): Promise<void> {
    for (const blow of this.#plan.splice(0)) void this.strike(blow);
    await this.#turn;
  }
}
