import { readFileSync } from "node:fs";
import type { Config } from "../kernel/config.ts";
import type { Node } from "../kernel/node.ts";
import { Malformed } from "./verify-errors.ts";
import { type LedgerPolicy, readLedgerPolicy } from "./verify-policy.ts";

/** The two policy files that an operator may name. */
export interface LedgerPolicies {
  /** Its logs are witnessed beside those of the peers; `null` where none is named. */
  readonly witnessed: LedgerPolicy | null;
  /** Its witnesses are asked beside the peers, and its quorum says when a checkpoint counts as witnessed; `null` where none is named. */
  readonly own: LedgerPolicy | null;
}

/** Reads the policy files that the configuration names. Throws an error whose sentence names the file and what is wrong with it. */
export function readPolicies({ witness_logs: logs, ledger_policy: own }: Config): LedgerPolicies {
  return { witnessed: logs === undefined ? null : readFile(logs), own: own === undefined ? null : readFile(own) };
}

function readFile(path: string): LedgerPolicy {
  try {
    return readLedgerPolicy(readFileSync(path));
  } catch (error) {
    const why = error instanceof Malformed || error instanceof Error ? error.message : String(error);
    throw new Error(`${path} can't be read as a policy of logs and witnesses (C2SP tlog-policy): ${why}`, {
      cause: error,
    });
  }
}

const read = new WeakMap<Node, LedgerPolicies>();

/** The node's policy files, read once. Throws as `readPolicies` does. */
export function policiesOf(node: Node): LedgerPolicies {
  const policies = read.get(node) ?? readPolicies(node.config);
  read.set(node, policies);
  return policies;
}

/** Has the files read anew when they are next asked for. */
export const forgetPolicies = (node: Node): boolean => read.delete(node);
