import {
  type SignedCheckpoint,
  checkpointSignatures,
  isOfLog,
  readCheckpoint,
  readTlogProof,
} from "./verify-checkpoint.ts";
import { type Contents, isFinding, reading } from "./verify-contents.ts";
import { readVkey, type Verified } from "./verify-note.ts";
import { PLACE, type Policy } from "./verify-package-form.ts";
import { type Check, found, passed } from "./verify-report.ts";
import type { Learnt } from "./verify-signatures.ts";
import { isIncluded, leafHash } from "./verify-tlog.ts";

/** The ledger's checkpoint in the report. */
export interface LedgerSummary {
  readonly origin: string;
  readonly vkey: string;
  /** How many entries the checkpoint covers. */
  readonly size: number;
  /** How many of the policy's witnesses have cosigned it, with whatever of their keys. */
  readonly cosigned: number;
  /** Who they are, and when they say that they did. */
  readonly witnesses: readonly { readonly name: string; readonly at: string }[];
}

/** A checkpoint against which proofs are held. */
export interface Ledger {
  readonly checkpoint: SignedCheckpoint;
  /** The file as it stands: proofs that carry the very same need not be read twice. */
  readonly written: string;
  readonly summary: LedgerSummary;
}

async function readLedger(contents: Contents, policy: Policy) {
  const written = (await contents.read(PLACE.checkpoint)).toString("utf8");
  const checkpoint = readCheckpoint(written);
  const isSigned = isOfLog(checkpoint, { origin: policy.log.origin, key: readVkey(policy.log.vkey) });
  const witnesses = [...new Set(policy.witnesses)].map(readVkey);
  return { checkpoint, written, isSigned, cosigned: checkpointSignatures(checkpoint, witnesses) };
}

const SECONDS_MAX = 8_640_000_000_000n;
/** The time that a cosignature states; "" where it states none that a calendar has. */
const momentOf = (seconds: bigint | null): string =>
  seconds === null || seconds > SECONDS_MAX
    ? ""
    : Temporal.Instant.fromEpochMilliseconds(Number(seconds) * 1000).toString();

/** Who has cosigned. A witness may sign with several keys under its one name, and counts once. @source C2SP tlog-cosignature */
const witnessesAmong = (signatures: readonly Verified[]): LedgerSummary["witnesses"] => [
  ...new Map(signatures.map(({ key, time }) => [key.name, { name: key.name, at: momentOf(time) }])).values(),
];

/** Who else saw the checkpoint. `null` cosigned means that a line under a witness's name is not its signature. */
function witnessCheck(cosigned: number | null, { witnesses, quorum }: Policy): Check {
  if (cosigned === null) return found("witnesses", PLACE.checkpoint, "witnesses.wrong");
  const counts = { count: cosigned, quorum, named: new Set(witnesses.map((vkey) => readVkey(vkey).name)).size };
  if (cosigned < quorum) return found("witnesses", PLACE.checkpoint, "witnesses.too-few", counts);
  const key = cosigned > 0 ? "witnesses.ok" : witnesses.length > 0 ? "witnesses.away" : "witnesses.none";
  return passed("witnesses", PLACE.checkpoint, key, counts);
}

/** The checkpoint: of the ledger that the policy names, signed by its key, cosigned by enough of its witnesses. */
export async function ledgerChecks(contents: Contents, policy: Policy | null): Promise<Learnt<Ledger>> {
  if (policy === null) return { checks: [], value: null };
  const read = await reading("checkpoint", PLACE.checkpoint, () => readLedger(contents, policy));
  if (isFinding(read)) return { checks: [read], value: null };
  const { checkpoint, written, isSigned, cosigned } = read;
  const { origin } = policy.log;
  const checks: Check[] = [];
  if (checkpoint.origin !== origin) {
    checks.push(found("checkpoint", PLACE.checkpoint, "checkpoint.origin", { told: checkpoint.origin, origin }));
  } else if (!isSigned) checks.push(found("checkpoint", PLACE.checkpoint, "checkpoint.signature", { origin }));
  const size = Number(checkpoint.size);
  if (checks.length === 0) checks.push(passed("checkpoint", PLACE.checkpoint, "checkpoint.ok", { origin, size }));
  const witnesses = witnessesAmong(cosigned ?? []);
  checks.push(witnessCheck(cosigned && witnesses.length, policy));
  const summary = { origin: checkpoint.origin, vkey: policy.log.vkey, size, cosigned: witnesses.length, witnesses };
  return { checks, value: { checkpoint, written, summary } };
}

/** What a proof says: where the entry stands, and why the proof does not hold; `null` where it does. */
export interface Proved {
  readonly index: number;
  readonly fault: "other-checkpoint" | "wrong" | null;
}

/** Holds the proof of an entry against the package's checkpoint. Throws `Malformed`. @source C2SP tlog-proof */
export function proofFault(text: string, entry: Uint8Array, { checkpoint, written }: Ledger): Proved {
  const { index, hashes, checkpoint: carried } = readTlogProof(text);
  const isSame = carried === written || readCheckpoint(carried).note.text === checkpoint.note.text;
  if (!isSame) return { index: Number(index), fault: "other-checkpoint" };
  const { size, root } = checkpoint;
  const isThere = isIncluded({ index, size, leaf: leafHash(entry), proof: hashes, root });
  return { index: Number(index), fault: isThere ? null : "wrong" };
}
