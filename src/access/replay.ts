import type { Decided } from "../kernel/policy.ts";
import type { JournalRecord } from "../kernel/journal.ts";
import { readPolicies } from "./cedar.ts";
import { type CountryPolicy, policyOf } from "./policy.ts";

/** A text of the law as it is kept: enough to decide by it again. */
export interface KeptLaw {
  readonly digest: string;
  readonly code: string;
  readonly version: string;
  readonly validFrom: string;
  readonly zone: string;
  readonly signedBy: string | null;
  readonly policies: readonly { readonly id: string; readonly origin: string; readonly text: string }[];
}

/** What came of deciding again. */
export type Replayed =
  | { readonly outcome: "same" }
  /** The recorded facts give another answer, or other rules, under the law that is kept under that digest. */
  | { readonly outcome: "other"; readonly allowed: boolean; readonly policies: readonly string[] }
  /** The node itself acted: no rule was asked. */
  | { readonly outcome: "system" }
  /** The entry is from before facts were recorded. */
  | { readonly outcome: "no-facts" }
  /** No text of the law is kept under that digest. */
  | { readonly outcome: "no-law" };

/** The law as a decider again. Throws `UnusablePack` where what is kept can't be read. */
const policyOfKept = ({ policies, zone }: Pick<KeptLaw, "policies" | "zone">, node: string): CountryPolicy =>
  policyOf(
    policies.flatMap(({ text, origin }) => readPolicies(text, origin)),
    node,
    zone,
  );

/** Texts of the law that were made deciders lately: an old request's entries name few. */
const lately = new Map<string, CountryPolicy>();
const LATELY_MAX = 4;
function deciderOf(law: KeptLaw, node: string): CountryPolicy {
  const key = `${node} ${law.digest}`;
  const known = lately.get(key);
  if (known) return known;
  const made = policyOfKept(law, node);
  const [oldest] = lately.keys();
  if (lately.size >= LATELY_MAX && oldest !== undefined) lately.delete(oldest);
  lately.set(key, made);
  return made;
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().join("\n") === b.toSorted().join("\n");

/** Decides again from the facts that the entry records, by the law that it names, on its day; says whether it comes out the same. */
export function replay(
  record: Pick<JournalRecord, "act" | "at" | "actor" | "node"> & {
    readonly decision: { readonly policies: readonly string[]; readonly pack: string; readonly facts?: Decided };
  },
  law: KeptLaw | undefined,
): Replayed {
  if (record.actor.id.startsWith("system:")) return { outcome: "system" };
  const { facts, policies, pack } = record.decision;
  if (!facts) return { outcome: "no-facts" };
  if (!law || law.digest !== pack) return { outcome: "no-law" };
  const policy = deciderOf(law, record.node);
  if (policy.pack !== pack) return { outcome: "no-law" };
  const answer = policy.redecide(facts, record.act, Temporal.Instant.from(record.at));
  return answer.allowed && sameSet(answer.policies, policies)
    ? { outcome: "same" }
    : { outcome: "other", allowed: answer.allowed, policies: answer.policies };
}
