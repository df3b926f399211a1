import { system } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { issueKey, registerClient } from "./acts.ts";
import { SCOPES } from "./client.ts";

/** A machine of the demo world with its key, as `world.json` lists it. */
export interface DemoClient {
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

const NAME = "Aruna National Bank";
const KEY_DAYS = 366;

/** Makes the demo's machine: a bank. May be repeated; `known` gives back its key, which stands nowhere else. */
export async function createDemoClients(node: Node, known: readonly DemoClient[] = []): Promise<DemoClient[]> {
  const actor = system("demo");
  const existing = await node.db.selectFrom("client").select("id").where("name", "=", NAME).executeTakeFirst();
  const before = known.find(({ id }) => id === existing?.id);
  if (before) return [before];
  const id = existing?.id ?? (await perform({ node, actor, act: registerClient, input: AGREED })).id;
  const { done } = await perform({ node, actor, act: issueKey, id, input: { name: "Demo", days: KEY_DAYS } });
  return [{ id, name: NAME, key: String(done["secret"]) }];
}

const AGREED = {
  name: NAME,
  organisation: "Aruna National Bank, fraud desk",
  contact_name: "Mira Santos",
  contact_email: "fraud-desk@bank.example",
  scopes: [...SCOPES],
  day_quota: 100_000,
  minute_quota: 600,
};
