import { Malformed } from "./verify-errors.ts";
import { canonical } from "./verify-jcs.ts";
import { type Ledger, proofFault } from "./verify-ledger.ts";
import { type CustodyLine, type WithheldLine, readHeadFile } from "./verify-package-form.ts";
import { type Check, found, passed } from "./verify-report.ts";
import { isIncluded, leafHash } from "./verify-tlog.ts";

/** The last event of one subject, at the moment when the node logged the root over all of them. */
export interface Head {
  readonly subject: { readonly kind: string; readonly id: string };
  readonly seq: number;
  /** Digest of that event, hex. */
  readonly digest: string;
}

/** The act under which a node journals the root: its `change` holds `root` (hex) and `size`. */
export const HEADS_ACT = "ledger.heads";

/** Hash of one subject's leaf in the tree of last events. The digest is salted, so the hash tells nobody anything. */
export const headLeaf = ({ subject, seq, digest }: Head): Buffer =>
  leafHash(
    Buffer.from(canonical({ v: "comity.head/1", subject: { kind: subject.kind, id: subject.id }, seq, digest })),
  );

/** Holds `head.json` against the chain: the event that the ledger knew as the last must be in it, in its place. */
export function headCheck(
  place: string,
  bytes: Uint8Array,
  about: {
    readonly number: string;
    readonly subject: { readonly kind: string; readonly id: string };
    readonly lines: readonly (CustodyLine | WithheldLine)[];
  },
  ledger: Ledger,
): Check {
  const { number, subject, lines } = about;
  const { head, logged, proof, index, size, hashes } = readHeadFile(bytes);
  const isOfItem = subject.kind === head.subject.kind && subject.id === head.subject.id;
  const change = logged.change;
  const root = typeof change === "object" && change !== null && "root" in change ? change.root : null;
  const total = typeof change === "object" && change !== null && "size" in change ? change.size : null;
  if (typeof root !== "string" || logged.act !== HEADS_ACT) throw new Malformed("head: not an entry about last events");
  const isInTree = isIncluded({
    index: BigInt(index),
    size: BigInt(size),
    leaf: headLeaf(head),
    proof: hashes,
    root: Buffer.from(root, "hex"),
  });
  const isProven = isOfItem && isInTree && total === size && proofFault(proof, logged.digest, ledger).fault === null;
  if (!isProven) return found("head", place, "head.wrong", { event: head.seq });
  const there = lines[head.seq - 1];
  if (there?.digest.toString("hex") !== head.digest) return found("head", place, "head.other", { event: head.seq });
  return passed("head", place, "head.ok", { event: head.seq, number, at: logged.at });
}
