import { createDemoClients, type DemoClient } from "./clients/slice.ts";
import { createDemoAccounts, type DemoAccount } from "./access/slice.ts";
import { compose } from "./compose.ts";
import { peerDemo } from "./exchange/slice.ts";
import { systemClock } from "./kernel/clock.ts";
import type { Config } from "./kernel/config.ts";
import { ledgerIdentity } from "./trust/ledger-identity.ts";

/** What a node of the demo world is reached by: the contract's `var/demo/world.json`. */
export interface WorldNode {
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly portal: string;
  readonly desk: string;
  readonly gateway: string;
  readonly ledger: { readonly origin: string; readonly vkey: string; readonly url: string };
  readonly accounts: readonly DemoAccount[];
  /** Machines that report; the first country has one. */
  readonly clients: readonly DemoClient[];
}
export interface World {
  readonly nodes: readonly WorldNode[];
}

/**
 * Makes accounts on every node and has each pair of neighbours become peers, by the acts of two people on each side. May be
 * repeated after it was cut off: what is there is kept. `earlier` gives back secrets that are nowhere else.
 */
export async function makeWorld(
  configs: readonly Config[],
  earlier: World | undefined,
  say: (text: string) => void,
): Promise<World> {
  const opened = await Promise.all(configs.map((config) => compose(config, systemClock)));
  try {
    const nodes: WorldNode[] = [];
    for (const { node } of opened) {
      say(`Making the accounts of ${node.name} …`);
      const { portal_url: portal = "", desk_url: desk = "", gateway_url: gateway = "" } = node.config;
      const before = earlier?.nodes.find(({ code }) => code === node.code);
      nodes.push({
        code: node.code,
        name: node.name,
        kind: node.kind,
        portal,
        desk,
        gateway,
        ledger: { ...ledgerIdentity(node), url: `${portal}/ledger` },
        accounts: await createDemoAccounts(node, before?.accounts),
        clients: node.code === "XA" ? await createDemoClients(node, before?.clients) : [],
      });
    }
    say("Introducing the nodes to each other …");
    await peerDemo(opened.map(({ node }) => node));
    return { nodes };
  } finally {
    await Promise.all(opened.map(({ close }) => close()));
  }
}
