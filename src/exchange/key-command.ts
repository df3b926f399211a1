import { Argument, Command } from "commander";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { telephoneNumber } from "../trust/directory.ts";
import { fingerprint } from "../trust/keys.ts";
import { retireKey, rollKeys } from "./acts-keys.ts";
import { presentOfficer, saying } from "./command-saying.ts";
import { ownEntry } from "./identity.ts";
import { exchangeKeys } from "./views.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;
type Out = (text: string) => void;
type Kind = "signing" | "encryption";
const kindArgument = () => new Argument("<kind>", "which key").choices(["signing", "encryption"]);

/** The commands `comity keys own | roll | retire`: keys under which peers know this node. */
export function ownKeyCommands(onNode: OnNode, out: Out): Command[] {
  const own = new Command("own")
    .description("show the signing and encryption keys under which peers know this node, and its number")
    .option("--json", "print as JSON", false)
    .action(({ json }: { json: boolean }) => onNode((node) => show(node, json, out)));
  const roll = new Command("roll")
    .description("go over to a new signing or encryption key; the one before counts beside it until it is retired")
    .addArgument(kindArgument())
    .requiredOption("--as <username>", "account that does so, for the journal")
    .option("--reason <words>", "why, for the journal", "Rolled over from the command line")
    .action((kind: Kind, { as, reason }: { as: string; reason: string }) =>
      onNode((node) =>
        saying(node, async () => {
          const actor = await presentOfficer(node, as);
          const { done } = await perform({ node, actor, act: rollKeys, input: { kind, reason } });
          out(
            `${String(done["key"])} is the ${kind} key from now on. Peers take it by themselves, as the one before has signed for it.`,
          );
          out(`This node's number is now ${telephoneNumber(ownEntry(node))}`);
          out(
            `If the one before was stolen: telephone every peer, so that it distrusts ${String(done["supersedes"])}, and run\n  comity keys retire ${kind} --early --as <username>`,
          );
        }),
      ),
    );
  const retire = new Command("retire")
    .description("destroy the key before the present one; messages that are still sealed to it are asked for again")
    .addArgument(kindArgument())
    .requiredOption("--as <username>", "account that does so, for the journal")
    .option(
      "--early",
      "before the overlap is over: the key was lost or stolen. A peer that has not asked for the new entry since (they do every hour) must be bound anew",
      false,
    )
    .option("--reason <words>", "why, for the journal", "Retired from the command line")
    .action((kind: Kind, { as, reason, early }: { as: string; reason: string; early: boolean }) =>
      onNode((node) =>
        saying(node, async () => {
          const found = (await exchangeKeys(node)).find((key) => key.kind === kind && key.state === "former");
          if (!found) throw new Error(`There is no former ${kind} key.`);
          const actor = await presentOfficer(node, as);
          await perform({ node, actor, act: retireKey, id: found.id, input: { reason, early } });
          out(`${found.fingerprint} is destroyed.`);
        }),
      ),
    );
  return [own, roll, retire];
}

async function show(node: Node, json: boolean, out: Out): Promise<void> {
  const { keys } = node.services;
  const held = [
    { kind: "signing", state: "present", fingerprint: fingerprint(keys.signing) },
    { kind: "signing", alg: "ML-DSA-44", state: "present", fingerprint: fingerprint(keys.signingMlDsa) },
    { kind: "encryption", state: "present", fingerprint: fingerprint(keys.encryption) },
    ...(keys.formerSigning ? [{ kind: "signing", state: "former", fingerprint: fingerprint(keys.formerSigning) }] : []),
    ...(keys.formerEncryption
      ? [{ kind: "encryption", state: "former", fingerprint: fingerprint(keys.formerEncryption) }]
      : []),
  ];
  const number = telephoneNumber(ownEntry(node));
  if (json) return out(JSON.stringify({ number, keys: held, rolled: await exchangeKeys(node) }, null, 2));
  for (const { kind, state, fingerprint: kid } of held) out([kind.padEnd(10), state.padEnd(8), kid].join("  "));
  out(`Its number: ${number}`);
}
