import { isOfLog, readCheckpoint } from "./verify-checkpoint.ts";
import { type Contents, isFinding, reading } from "./verify-contents.ts";
import { Malformed } from "./verify-errors.ts";
import type { Ledger } from "./verify-ledger.ts";
import { fromBase64, fromUtf8, readVkey } from "./verify-note.ts";
import { PLACE, type Policy } from "./verify-package-form.ts";
import { type Check, found, passed } from "./verify-report.ts";
import { type ChainLink, followChain } from "./verify-timestamp.ts";
import { isConsistent } from "./verify-tlog.ts";

/** An earlier checkpoint of the ledger with its chain of time-stamps, and the proof that the package's own continues it. */
interface StampedFile {
  readonly checkpoint: string;
  readonly links: readonly ChainLink[];
  readonly consistency: readonly Buffer[];
}

const LINKS_MAX = 100;

function object(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Malformed(`${where}: not an object`);
  return value as Readonly<Record<string, unknown>>;
}
function list<T>(value: unknown, where: string, each: (value: unknown, where: string) => T): T[] {
  if (!Array.isArray(value)) throw new Malformed(`${where}: not a list`);
  return value.map((one: unknown, at) => each(one, `${where}.${at}`));
}
function bytes(value: unknown, where: string): Buffer {
  if (typeof value !== "string") throw new Malformed(`${where}: not text`);
  return fromBase64(value, where);
}
function count(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new Malformed(`${where}: not a count`);
  return value;
}

function linkOf(value: unknown, where: string): ChainLink {
  const link = object(value, where);
  const token = bytes(link["token"], `${where}.token`);
  if (link["root"] === undefined) return { token, renewal: null };
  return {
    token,
    renewal: {
      root: bytes(link["root"], `${where}.root`),
      index: count(link["index"], `${where}.index`),
      size: count(link["size"], `${where}.size`),
      hashes: list(link["hashes"], `${where}.hashes`, bytes),
    },
  };
}

/** Reads `ledger/timestamps.json`. Throws `Malformed`. */
function readStampedFile(content: Uint8Array): StampedFile {
  const text = fromUtf8(content, "timestamps");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed("timestamps: not JSON");
  }
  const file = object(value, "timestamps");
  if (file["v"] !== "comity.timestamps/1") throw new Malformed("timestamps.v: not comity.timestamps/1");
  const { checkpoint } = file;
  if (typeof checkpoint !== "string") throw new Malformed("timestamps.checkpoint: not text");
  const links = list(file["links"], "timestamps.links", linkOf);
  if (links.length > LINKS_MAX) throw new Malformed("timestamps.links: too many");
  return { checkpoint, links, consistency: list(file["consistency"], "timestamps.consistency", bytes) };
}

/**
 * The time-stamps that the node had put on an earlier state of its ledger, each later one renewing those before: since when that state
 * exists by another's clock, and until when that can be verified. Nothing to say where the package has none.
 */
export async function stampedChecks(
  contents: Contents,
  policy: Policy | null,
  ledger: Ledger | null,
): Promise<Check[]> {
  const place = PLACE.timestamps;
  if (!contents.has(place) || !policy || !ledger) return [];
  const checked = await reading("timestamp", place, async (): Promise<Check[]> => {
    const { checkpoint: note, links, consistency } = readStampedFile(await contents.read(place));
    const earlier = readCheckpoint(note);
    const { size: size2, root: root2 } = ledger.checkpoint;
    const { size: size1, root: root1 } = earlier;
    const isContinued =
      isOfLog(earlier, { origin: policy.log.origin, key: readVkey(policy.log.vkey) }) &&
      isConsistent({ size1, size2, root1, root2, proof: consistency });
    const size = Number(size1);
    if (!isContinued) return [found("timestamp", place, "stamped.other", { size })];
    const chain = followChain(links, Buffer.from(note));
    if ("fault" in chain) return [found("timestamp", place, "stamped.wrong", { size, step: chain.step })];
    const strangers = chain.authorities.filter(({ sha256 }) => !policy.timestamps.includes(sha256));
    if (strangers.length > 0)
      return strangers.map(({ commonName: name, sha256 }) =>
        found("certificate", place, "certificate.other-authority", { name, sha256 }),
      );
    const [{ commonName: name } = { commonName: "" }] = chain.authorities;
    const values = { size, at: chain.at.toString(), until: chain.until.toString(), name, count: links.length };
    return [passed("timestamp", place, chain.isBuiltIn ? "stamped.ok-built-in" : "stamped.ok", values)];
  });
  return isFinding(checked) ? [checked] : checked;
}
