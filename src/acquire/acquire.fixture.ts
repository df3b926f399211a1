import { Command } from "commander";
import { systemClock } from "../kernel/clock.ts";
import { endingWell } from "../kernel/wrong-use.ts";
import { acquireCommand } from "./command.ts";

/** The command in a process of its own, as a shell starts it. */
const out = (text: string) => process.stdout.write(`${text}\n`);
const say = (text: string) => process.stderr.write(`${text}\n`);
await endingWell(new Command("comity").addCommand(acquireCommand(out, say, systemClock))).parseAsync();
