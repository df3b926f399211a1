import type { Command } from "commander";
import { officerNamed } from "../access/slice.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { LEDGER } from "../trust/ledger-guard.ts";
import { ledgerCommand, type MoreChecks } from "../trust/ledger-command.ts";
import { resumeLedger } from "./acts.ts";
import { ledgerFacts } from "./views.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;

/** The commands `comity ledger check | status | resume`. */
export function ledgerCommands(onNode: OnNode, out: (text: string) => void, more?: MoreChecks): Command {
  const command = ledgerCommand(onNode, out, more);
  command
    .command("status")
    .description("say how far the ledger is signed, who has cosigned it, who is awaited, and whether it has stopped")
    .option("--json", "print as JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const { isStopped, lines, facts } = await onNode(status);
      out(json ? JSON.stringify(facts, null, 2) : lines.join("\n"));
      process.exitCode = isStopped ? 1 : 0;
    });
  command
    .command("resume")
    .description(
      "let a ledger that has stopped sign again; what others hold and this database does not is given up, by name",
    )
    .requiredOption("--as <username>", "account of the administrator who decides")
    .requiredOption("--reason <words>", "why, for the journal")
    .option("--json", "print as JSON", false)
    .action(({ as, reason, json }: { as: string; reason: string; json: boolean }) =>
      onNode(async (node) => {
        const actor = await officerNamed(node.db, as.toLowerCase());
        if (!actor) throw new Error(`There is no active account ${as}. \`comity account list\` shows them.`);
        try {
          // Whoever has the keys of the machine is there: the act's own proof of presence is this command.
          const present = { ...actor, steppedUpAt: node.clock() };
          const { done } = await perform({ node, actor: present, act: resumeLedger, id: LEDGER.id, input: { reason } });
          const lost = Array.isArray(done["lost"]) ? done["lost"].length : 0;
          if (json) return out(JSON.stringify(done));
          return out(
            lost === 0
              ? "The ledger signs again. Nothing that others hold is missing here."
              : `The ledger signs again without ${lost} trees that others hold. Each witness's own people must decide before it cosigns again.`,
          );
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          throw new Error(node.translations.translate("en")(`refusal.${error.key}`, error.values), { cause: error });
        }
      }),
    );
  return command;
}

async function status(node: Node) {
  const row = await node.db.selectFrom("ledger").select(["state", "stopped"]).executeTakeFirstOrThrow();
  const { checkpoint, waiting, witnesses, stamp, origin } = await ledgerFacts(node);
  const isStopped = row.state === "stopped";
  const facts = {
    state: row.state,
    stopped: row.stopped,
    origin,
    size: checkpoint?.size ?? 0,
    root: checkpoint?.root.toString("base64") ?? null,
    signed: checkpoint?.at ?? null,
    waiting,
    witnesses: witnesses.map(({ name, kinds, last, awaitedSince }) => ({ name, kinds, last, awaitedSince })),
    stamp,
  };
  const lines = [
    `${origin}: ${facts.size} entries, signed ${String(facts.signed ?? "never")}, ${waiting} waiting. ${isStopped ? `STOPPED: ${JSON.stringify(row.stopped)}` : "Signing."}`,
    ...witnesses.map(
      ({ name, kinds, awaitedSince }) =>
        `${name.padEnd(24)} ${kinds.length > 0 ? `cosigned with ${kinds.join(", ")}` : `awaited since ${String(awaitedSince)}`}`,
    ),
    stamp ? `Time-stamped at ${String(stamp.at)}, verifiable until ${String(stamp.until)}.` : "Not time-stamped yet.",
  ];
  return { isStopped, facts, lines };
}
