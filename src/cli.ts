import { Command } from "commander";
import { accountCommand, packCommand, whyCommand } from "./access/slice.ts";
import { acquireCommand } from "./acquire/slice.ts";
import { clockCommand } from "./clocks/slice.ts";
import { importCommand } from "./command-import.ts";
import { localeCommand } from "./command-locale.ts";
import { demoCommand, untilTold } from "./cli-demo.ts";
import { compose } from "./compose.ts";
import { folders } from "./folders.ts";
import { doctor } from "./doctor.ts";
import { courierCommand, ownKeyCommands, peerCommand } from "./exchange/slice.ts";
import { systemClock } from "./kernel/clock.ts";
import { type Config, readConfig } from "./kernel/config.ts";
import { keysCommand } from "./keys/slice.ts";
import { migrate } from "./kernel/migrate.ts";
import { endingWell } from "./kernel/wrong-use.ts";
import type { Node } from "./kernel/node.ts";
import { checkMatches, hashsetCommand } from "./hashsets/slice.ts";
import { registry } from "./kernel/slice.ts";
import { VERSION } from "./kernel/version.ts";
import { slices } from "./slices.ts";
import { serve } from "./serve.ts";

import { checkCourt } from "./court/slice.ts";
import { checkItems } from "./evidence/slice.ts";
import { ledgerCommands } from "./ledger/slice.ts";
import { checkScans } from "./malware/slice.ts";
import { checkBlobs } from "./trust/vault-rows.ts";
import { verifyCommand } from "./trust/package-command.ts";

const out = (text: string) => process.stdout.write(`${text}\n`);
const say = (text: string) => process.stderr.write(`${text}\n`);

/** The configuration, or the end of the program with sentences that say what is wrong. */
function configuration(): Config {
  const read = readConfig();
  if ("config" in read) return read.config;
  for (const problem of read.problems) say(problem);
  say("`comity doctor` explains every setting.");
  process.exit(2);
}

/** Runs something on the node that this environment describes, and closes it. */
async function onNode<T>(work: (node: Node) => Promise<T>): Promise<T> {
  const config = configuration();
  // What a server notes of its day would stand between a command's own sentences.
  const log_level = config.log_level === "info" ? "warn" : config.log_level;
  const { node, close } = await compose({ ...config, log_level }, systemClock, "errors");
  try {
    return await work(node);
  } finally {
    await close();
  }
}

/** What evidence says in its rows, held against the journal, the vault and the lists that it follows from. */
const checkRows = async (node: Node) => [
  ...(await checkItems(node)),
  ...(await checkCourt(node)),
  ...(await checkBlobs(node.db, node.services.vault)),
  ...(await checkScans(node)),
  ...(await checkMatches(node)),
];

/** The command `comity`. */
export function program(): Command {
  const comity = new Command("comity")
    .description("The node that an authority runs: reports, cases, requests and evidence across borders")
    .version(VERSION, "--version", "print the version");
  comity.addCommand(demoCommand());
  comity
    .command("serve")
    .description("serve the node that the environment or COMITY_CONFIG describes")
    .action(async () => {
      const told = untilTold();
      // Told to end while it still starts, it has nothing under way that would have to be finished.
      const serving = await Promise.race([serve(configuration()), told]);
      await told;
      await serving?.stop();
      process.exit(0);
    });
  comity
    .command("migrate")
    .description("bring the database up to this version")
    .action(async () => {
      const made = await migrate(configuration().database, folders.migrations);
      out(made.length === 0 ? "The database is up to date." : made.map((name) => `applied ${name}`).join("\n"));
    });
  comity
    .command("doctor")
    .description("say in words what is wrong with the configuration, the database, the pack and the keys")
    .option("--json", "print the findings as JSON", false)
    .action(async ({ json }: { json: boolean }) => process.exit(await doctor({ json, out })));
  for (const each of [
    accountCommand(onNode, out),
    packCommand(
      { packs: folders.packs, locales: folders.locales, registered: () => registry(slices), onNode, now: systemClock },
      out,
    ),
    peerCommand(onNode, out),
    clockCommand(onNode, out, say),
    importCommand(onNode, out, say),
    acquireCommand(out, say, systemClock),
    hashsetCommand(onNode, out, say),
    localeCommand(folders.locales, out),

    ownKeyCommands(onNode, out).reduce((keys, each) => keys.addCommand(each), keysCommand(onNode, out)),
    courierCommand(onNode, out),
    whyCommand(onNode, out),
    ledgerCommands(onNode, out, checkRows),
    verifyCommand(out),
  ])
    comity.addCommand(each);
  return endingWell(comity);
}
