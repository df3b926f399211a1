import { Command } from "commander";
import type { Node } from "../kernel/node.ts";
import { ledgerCheck } from "./ledger-check.ts";
import { ledgerIdentity } from "./ledger-identity.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;

/** What another part of the node finds of its own rows when they are held against the journal. */
export type MoreChecks = (node: Node) => Promise<readonly { readonly says: string }[]>;

/**
 * `comity ledger check`: exit 0 where journal and ledger agree, and whatever `more` holds against the journal with it; 1 where something
 * was changed. `out` prints.
 */
export const ledgerCommand = (
  onNode: OnNode,
  out: (text: string) => void,
  more: MoreChecks = async () => [],
): Command =>
  new Command("ledger").description("the transparency log over this node's journal").addCommand(
    new Command("check")
      .description("build the tree again from the journal and name every entry that was altered, removed or inserted")
      .option("--json", "print the report as JSON", false)
      .option("--without-keys", "do not open what entries say; what could not be checked then is said", false)
      .action(async ({ json, withoutKeys }: { json: boolean; withoutKeys: boolean }) => {
        const { report, others } = await onNode(async (node) => ({
          report: await ledgerCheck(node.db, ledgerIdentity(node), withoutKeys ? null : node.services.keys),
          others: withoutKeys ? [] : await more(node),
        }));
        const ok = report.ok && others.length === 0;
        if (json) out(JSON.stringify({ ...report, ok, others }, null, 2));
        else {
          for (const { says } of [...report.findings, ...others]) out(says);
          const erased =
            report.erased === 0 ? "" : `; what ${report.erased} entries said was lawfully erased, their leaves stand`;
          const unread =
            report.unread === 0
              ? ""
              : `; what ${report.unread} entries say is sealed and was not opened: that it gives their digests was not checked`;
          const summary = `${report.entries} entries, ${report.waiting} of them not yet in the ledger; ${report.checkpoints} checkpoints, the last of size ${report.size}${erased}${unread}`;
          out(
            ok
              ? `Journal and ledger agree: ${summary}.`
              : `${report.findings.length + others.length} findings in ${summary}.`,
          );
        }
        process.exitCode = ok ? 0 : 1;
      }),
  );
