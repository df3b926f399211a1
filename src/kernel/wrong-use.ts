import type { Command } from "commander";

/** The command, and all below it, made to end with 2 where they are used wrongly: 1 says that the thing itself is bad. */
export function endingWell(command: Command): Command {
  command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
  for (const each of command.commands) endingWell(each);
  return command;
}
