import { Malformed } from "./verify-errors.ts";
import { NOTE_TYPE, type NoteKey, type NoteType, readVkey } from "./verify-note.ts";

/** A log or a witness as a policy names it. */
interface Named {
  readonly vkey: string;
  readonly key: NoteKey;
  /** Where it is reached; `null` where the policy does not say. */
  readonly url: string | null;
}
/** A witness under the name that groups and the quorum know it by. */
export interface PolicyWitness extends Named {
  readonly name: string;
}
interface Group {
  readonly least: number;
  readonly members: readonly string[];
}
/** Which logs are believed, who witnesses them, and how many of those are enough. @source C2SP tlog-policy */
export interface LedgerPolicy {
  readonly logs: readonly Named[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: ReadonlyMap<string, Group>;
  /** Name of a witness or a group; `none` where no cosignature is asked for. */
  readonly quorum: string;
}

const NONE = "none";
const POLICY_BYTES_MAX = 1_000_000;
/** Logs, witnesses and groups together; C2SP asks for at least 32 of each. */
const NAMES_MAX = 1_024;
/** The octets that a policy may hold. @source C2SP tlog-policy */
const OCTETS = /^[\t\n\u0020-\u007e\u0080-\u00ff]*$/;

const LOG_TYPES: readonly NoteType[] = [NOTE_TYPE.ed25519, NOTE_TYPE.mlDsa44];
const WITNESS_TYPES: readonly NoteType[] = [NOTE_TYPE.cosignature, NOTE_TYPE.mlDsa44];

class Reading {
  readonly logs: Named[] = [];
  readonly witnesses: PolicyWitness[] = [];
  readonly groups = new Map<string, Group>();
  quorum: string | null = null;
  private readonly names = new Set([NONE]);
  private readonly listed = new Set<string>();

  line([word, ...rest]: readonly string[]): void {
    if (word === "log") this.logs.push(this.named(rest, this.logs, LOG_TYPES));
    else if (word === "witness") this.witness(rest);
    else if (word === "group") this.group(rest);
    else if (word === "quorum") this.ruled(rest);
    else throw new Malformed("policy: a line that is no log, witness, group or quorum");
  }

  private named(words: readonly string[], before: readonly Named[], types: readonly NoteType[]): Named {
    const [octets = "", url, more] = words;
    if (more !== undefined) throw new Malformed("policy: too many words in a line");
    // Names are opaque octets, but a key's name is UTF-8 and its id is made over that.
    const vkey = Buffer.from(octets, "latin1").toString("utf8");
    const key = readVkey(vkey);
    if (!types.includes(key.type)) throw new Malformed("policy: a key of a type that does not fit");
    if (before.some((each) => each.key.key.equals(key.key))) throw new Malformed("policy: a key twice");
    return { vkey, key, url: url ?? null };
  }

  private define(name: string | undefined): string {
    if (name === undefined || this.names.has(name)) throw new Malformed("policy: a name that is missing or not new");
    if (this.names.size > NAMES_MAX) throw new Malformed("policy: too many names");
    this.names.add(name);
    return name;
  }

  private witness([name, ...rest]: readonly string[]): void {
    const witness = this.named(rest, this.witnesses, WITNESS_TYPES);
    this.witnesses.push({ name: this.define(name), ...witness });
  }

  private group([name, many, ...members]: readonly string[]): void {
    for (const member of members) {
      if (member === NONE || !this.names.has(member)) throw new Malformed("policy: a group of what is not defined");
      if (this.listed.has(member)) throw new Malformed("policy: a name in two groups, or twice in one");
      this.listed.add(member);
    }
    const least =
      many === "all" ? members.length : many === "any" ? 1 : /^[1-9]\d{0,3}$/.test(many ?? "") ? Number(many) : 0;
    if (least < 1 || least > members.length) throw new Malformed("policy: a group asks for none or too many");
    this.groups.set(this.define(name), { least, members });
  }

  private ruled([name, more]: readonly string[]): void {
    if (this.quorum !== null || more !== undefined) throw new Malformed("policy: more than one quorum");
    if (name === undefined || !this.names.has(name)) throw new Malformed("policy: a quorum of what is not defined");
    this.quorum = name;
  }
}

/** Reads a policy file. Throws `Malformed`. @source C2SP tlog-policy */
export function readLedgerPolicy(bytes: Uint8Array): LedgerPolicy {
  if (bytes.length > POLICY_BYTES_MAX) throw new Malformed("policy: too long");
  const text = Buffer.from(bytes).toString("latin1");
  if (!OCTETS.test(text)) throw new Malformed("policy: a character that none holds");
  const reading = new Reading();
  for (const line of text.split("\n")) {
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    if (words.length > 0 && !words[0]?.startsWith("#")) reading.line(words);
  }
  const { logs, witnesses, groups, quorum } = reading;
  if (quorum === null) throw new Malformed("policy: no quorum");
  return { logs, witnesses, groups, quorum };
}

/** Whether those who cosigned, by their verifier keys, are enough. @source C2SP tlog-policy */
export function isWitnessed({ witnesses, groups, quorum }: LedgerPolicy, by: readonly string[]): boolean {
  const cosigned = new Set(witnesses.filter(({ vkey }) => by.includes(vkey)).map(({ name }) => name));
  // A group names only what stands before it.
  for (const [name, { least, members }] of groups)
    if (members.filter((member) => cosigned.has(member)).length >= least) cosigned.add(name);
  return quorum === NONE || cosigned.has(quorum);
}

/**
 * Writes a policy: one log, and witnesses of which `quorum` must have cosigned. Keys under one name are one witness, whichever of
 * them it signed with.
 *
 * @source C2SP tlog-policy
 */
export function ledgerPolicyText(log: string, vkeys: readonly string[], quorum: number): string {
  const byName = Map.groupBy(new Set(vkeys), (vkey) => readVkey(vkey).name);
  const lines = [`log ${log}`];
  const names = [...byName.values()].map((keys, at) => {
    const name = `w${at + 1}`;
    if (keys.length === 1) lines.push(`witness ${name} ${keys[0] ?? ""}`);
    else {
      const own = keys.map((vkey, n) => [`${name}.${n + 1}`, vkey] as const);
      lines.push(...own.map(([each, vkey]) => `witness ${each} ${vkey}`));
      lines.push(`group ${name} any ${own.map(([each]) => each).join(" ")}`);
    }
    return name;
  });
  const rule = quorum > 0 ? [`group witnesses ${quorum} ${names.join(" ")}`, "quorum witnesses"] : [`quorum ${NONE}`];
  return [...lines, ...rule, ""].join("\n");
}
