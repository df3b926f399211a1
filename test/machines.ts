import type { FastifyInstance } from "fastify";
import { type TestNode, testNode } from "./node.ts";
import { access, loadCountry } from "../src/access/slice.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { makeServer } from "../src/kernel/server.ts";
import type { Slice } from "../src/kernel/slice.ts";
import { reports } from "../src/reports/slice.ts";
import { issueKey, registerClient } from "../src/clients/acts.ts";
import { SCOPES } from "../src/clients/client.ts";
import { clients } from "../src/clients/slice.ts";
import { passedNote } from "./passed.ts";

/** A registered machine with its first key. */
export interface Registered {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
  readonly bearer: { readonly authorization: string };
}
/** A node with the policies of Aruna's pack, its portal, and a clock that a test may move. */
export interface Machines {
  readonly at: TestNode;
  readonly portal: FastifyInstance;
  /** Moves the clock on. */
  readonly pass: (duration: Temporal.DurationLike) => void;
  readonly register: (name: string, more?: Readonly<Record<string, unknown>>) => Promise<Registered>;
  readonly close: () => Promise<void>;
}

/** Starts it; each file of tests has one of its own. */
export async function startMachines(more: readonly Slice[] = []): Promise<Machines> {
  let passed = Temporal.Duration.from({ seconds: 0 });
  const at = await testNode([access, clients, reports, ...more], {
    config: { webhook_loopback: true },
    policy: (registered) =>
      loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registered, passedNote("XA")).policy,
    clock: () => systemClock().add(passed),
  });
  const chrome = { asset: (name: string) => name, actForm: () => null, problem: () => null };
  const portal = await makeServer({ node: at.node, role: "portal", chrome });
  await portal.ready();
  const actor = at.officer("administrator");
  const register: Machines["register"] = async (name, agreed = {}) => {
    const input = {
      name,
      organisation: "Aruna National Bank",
      contact_name: "Fraud desk",
      contact_email: "fraud@bank.example",
      scopes: [...SCOPES],
      ...agreed,
    };
    const { id } = await perform({ node: at.node, actor, act: registerClient, input });
    const issued = await perform({ node: at.node, actor, act: issueKey, id, input: { name: "production" } });
    const key = String(issued.done["secret"]);
    return { id, keyId: issued.id, key, bearer: { authorization: `Bearer ${key}` } };
  };
  return {
    at,
    portal,
    register,
    pass: (duration) => {
      passed = passed.add(Temporal.Duration.from(duration));
    },
    close: async () => {
      await portal.close();
      await at.close();
    },
  };
}
