import { Command } from "commander";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { telephoneNumber } from "../trust/directory.ts";
import { confirmPeer, proposePeer } from "./acts.ts";
import { officer, saying } from "./command-saying.ts";
import { ownEntry } from "./identity.ts";
import { knownPeer, knownPeers } from "./views.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;
type Out = (text: string) => void;

/** The commands `comity peer list | propose | confirm | own`. */
export function peerCommand(onNode: OnNode, out: Out): Command {
  const command = new Command("peer").description("list, propose and confirm the nodes that this one exchanges with");
  command
    .command("list")
    .description("list the peers, and this node's own number")
    .option("--json", "print as JSON", false)
    .action(({ json }: { json: boolean }) => onNode((node) => list(node, json, out)));
  command
    .command("propose <address>")
    .description("take in the entry of the node whose gateway is at the address; the first person's act")
    .requiredOption("--as <username>", "account that proposes")
    .option("--json", "print as JSON", false)
    .action((address: string, { as, json }: { as: string; json: boolean }) =>
      onNode(async (node) => {
        const { id, done } = await saying(node, async () =>
          perform({ node, actor: await officer(node, as), act: proposePeer, input: { address } }),
        );
        if (json) return out(JSON.stringify({ id, ...done }));
        return out(
          `${String(done["name"])} (${String(done["code"])}) is proposed. Another person now telephones that node, has its number read out, and types what they hear:\n  comity peer confirm ${String(done["code"])} --as <username> --number "…"`,
        );
      }),
    );
  command
    .command("confirm <code>")
    .description("confirm a proposed node with the number heard by telephone; the second person's act")
    .requiredOption("--as <username>", "account that confirms, another than the one that proposed")
    .requiredOption("--number <digits>", "the eight groups of five digits, as heard")
    .option("--channel <words>", "how it was compared, for the journal", "Telephone")
    .option("--json", "print as JSON", false)
    .action(
      (code: string, { as, number, channel, json }: { as: string; number: string; channel: string; json: boolean }) =>
        onNode(async (node) => {
          const found = await knownPeer(node, code);
          if (!found) throw new Error(`Nobody has proposed ${code}. \`comity peer list\` shows who is known.`);
          const { id, state } = await saying(node, async () =>
            perform({
              node,
              actor: await officer(node, as),
              act: confirmPeer,
              id: found.id,
              input: { number, channel },
            }),
          );
          return out(json ? JSON.stringify({ id, state }) : `${found.name} (${code}) is trusted.`);
        }),
    );
  return command;
}

async function list(node: Node, json: boolean, out: Out): Promise<void> {
  const own = { code: node.code, name: node.name, number: telephoneNumber(ownEntry(node)) };
  const peers = await knownPeers(node);
  if (json) return out(JSON.stringify({ own, peers }, null, 2));
  out(`This node is ${own.code}, ${own.name}. Its number is ${own.number}`);
  for (const { code, name, state, digits } of peers)
    out([code.padEnd(8), state.padEnd(9), state === "trusted" ? digits : "not yet compared", name].join("  "));
}
