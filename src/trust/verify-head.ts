import { Malformed } from "./verify-errors.ts";
import { canonical } from "./verify-jcs.ts";
import { type Ledger, proofFault } from "./verify-ledger.ts";
import { isMapped, isUnmapped } from "./verify-map.ts";
import { type CustodyLine, type HeadFile, type WithheldLine, readHeadFile } from "./verify-package-form.ts";
import { type Check, found, passed } from "./verify-report.ts";
import { isIncluded, leafHash } from "./verify-tlog.ts";

/** The last event of one subject, at the moment when the node logged the root over all of them. */
export interface Head {
  readonly subject: { readonly kind: string; readonly id: string };
  readonly seq: number;
  /** Digest of that event, hex. */
  readonly digest: string;
}

/** The act under which a node journals the root: its `change` holds `root` (hex), `size` and, unless it is a list, the `form`. */
export const HEADS_ACT = "ledger.heads";
/** The form in which roots are logged now: a map, where each subject has one place. Before, there was none: a list of leaves. */
export const HEADS_FORM = "map/1";

/** Hash of one subject's leaf in the list of last events, as it was logged before there was a map. The digest is salted, so the hash tells nobody anything. */
export const headLeaf = ({ subject, seq, digest }: Head): Buffer =>
  leafHash(
    Buffer.from(canonical({ v: "comity.head/1", subject: { kind: subject.kind, id: subject.id }, seq, digest })),
  );

/** Whether the file's hashes lead from what it says of the subject to the root that was logged. */
function isLogged(file: HeadFile, subject: Head["subject"]): boolean {
  const { change } = file.logged;
  const told = (name: string): unknown =>
    typeof change === "object" && change !== null && !Array.isArray(change)
      ? (change as Readonly<Record<string, unknown>>)[name]
      : undefined;
  const [root, form] = [told("root"), told("form")];
  if (typeof root !== "string" || file.logged.act !== HEADS_ACT)
    throw new Malformed("head: not an entry about last events");
  const hash = Buffer.from(root, "hex");
  if (file.form === "absent")
    return form === HEADS_FORM && isUnmapped(subject, { other: file.other, hashes: file.hashes, root: hash });
  const { head, hashes } = file;
  if (subject.kind !== head.subject.kind || subject.id !== head.subject.id) return false;
  if (file.form === "map") return form === HEADS_FORM && isMapped(head, hashes, hash);
  const { index, size } = file;
  const claim = { index: BigInt(index), size: BigInt(size), leaf: headLeaf(head), proof: hashes, root: hash };
  return form === undefined && told("size") === size && isIncluded(claim);
}

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
  const file = readHeadFile(bytes);
  const { logged, proof } = file;
  const isProven = isLogged(file, subject) && proofFault(proof, logged.digest, ledger).fault === null;
  if (file.form === "absent")
    return isProven
      ? passed("head", place, "head.absent", { number, at: logged.at })
      : found("head", place, "head.wrong-absent", { number });
  const { head } = file;
  if (!isProven) return found("head", place, "head.wrong", { event: head.seq });
  const there = lines[head.seq - 1];
  if (there?.digest.toString("hex") !== head.digest) return found("head", place, "head.other", { event: head.seq });
  return passed("head", place, "head.ok", { event: head.seq, number, at: logged.at });
}
