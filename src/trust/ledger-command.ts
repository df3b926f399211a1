import { Command } from "commander";
import type { Node } from "../kernel/node.ts";
import { ledgerCheck } from "./ledger-check.ts";
import { ledgerIdentity } from "./ledger-identity.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;

/** `comity ledger check`: exit 0 where journal and ledger agree, 1 where something was changed. `out` prints. */
export const ledgerCommand = (onNode: OnNode, out: (text: string) => void): Command =>
  new Command("ledger").description("the transparency log over this node's journal").addCommand(
    new Command("check")
      .description("build the tree again from the journal and name every entry that was altered, removed or inserted")
      .option("--json", "print the report as JSON", false)
      .option("--without-keys", "do not open what entries say; what could not be checked then is said", false)
      .action(async ({ json, withoutKeys }: { json: boolean; withoutKeys: boolean }) => {
        const report = await onNode((node) =>
          ledgerCheck(node.db, ledgerIdentity(node), withoutKeys ? null : node.services.keys),
        );
        if (json) out(JSON.stringify(report, null, 2));
        else {
          for (const { says } of report.findings) out(says);
          const erased =
            report.erased === 0 ? "" : `; what ${report.erased} entries said was lawfully erased, their leaves stand`;
          const unread =
            report.unread === 0
              ? ""
              : `; what ${report.unread} entries say is sealed and was not opened: that it gives their digests was not checked`;
          const summary = `${report.entries} entries, ${report.waiting} of them not yet in the ledger; ${report.checkpoints} checkpoints, the last of size ${report.size}${erased}${unread}`;
          out(
            report.ok ? `Journal and ledger agree: ${summary}.` : `${report.findings.length} findings in ${summary}.`,
          );
        }
        process.exitCode = report.ok ? 0 : 1;
      }),
  );
