import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { type Actor, actorId } from "../kernel/actor.ts";
import { monotonic } from "../kernel/clock.ts";
import { type Tx, sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { makeEntry, writeEntries } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import type { Performed } from "../kernel/pipeline.ts";
import { lookupKey } from "../trust/seal.ts";
import { codeDigest, codeFrom, machineCodeFrom, newCode, newMachineCode, newReference, shownCode } from "./code.ts";
import { noteWording, patternOf, shareWordings } from "./acts-flood.ts";
import { FLOOD_MIN } from "./flood.ts";
import { type Entering, findRepeated, insertReports, type Ready } from "./acts-intake-rows.ts";
import { prepareGroup, type Submitted } from "./preparing.ts";
import { climbsAt, firstResponseDue, rank } from "./priority.ts";
import { reportSubject } from "./report.ts";
import { withinQuotas } from "./acts-quota.ts";
import { type Prepared, rankOf } from "./submission.ts";
import { seedOf } from "./views-batch.ts";

/** One report on its way in. */
export interface Handing {
  readonly actor: Actor;
  /** As it came in, or searched already. */
  readonly prepared: Prepared | Submitted;
  /** Key under which the sender may hand the same in again, without a second effect. */
  readonly key?: string | undefined;
  /** What was sent, for the comparison under the same key. */
  readonly sent?: unknown;
  /** The code that the sender has been shown already, as `readCode` gives it: of a draft. */
  readonly code?: string | undefined;
}
interface Waiting extends Handing {
  readonly resolve: (performed: Performed) => void;
  readonly reject: (error: unknown) => void;
}

/** Most reports that one transaction takes, and most transactions under way at once. */
const GROUP_MAX = 128;
const GROUPS_MAX = 2;
/**
 * Hands a report in. Those that arrive while others are being written are written together, in one transaction with set
 * inserts: a flood then costs a disk flush a hundred reports, not one each. When the promise resolves, the report is durable.
 */
export function handIn(node: Node, handing: Handing): Promise<Performed> {
  const gathering = gatherings.get(node) ?? { waiting: [], running: 0, isScheduled: false, company: 1 };
  gatherings.set(node, gathering);
  // Asked before it joins the others: what one machine may not send must not have their transaction begin again.
  if (handing.actor.kind === "client") {
    try {
      const kind = kindOf(handing.prepared);
      decisionFor(node, { actor: handing.actor, prepared: kind }, rank(kind).priority, node.clock());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
  return new Promise((resolve, reject) => {
    gathering.waiting.push({ ...handing, resolve, reject });
    if (gathering.lingers && gathering.waiting.length >= gathering.company) begun(node, gathering);
    else schedule(node, gathering);
  });
}

/** What is known of a report before it is searched. */
const kindOf = (what: Prepared | Submitted): Pick<Prepared, "category" | "channel"> =>
  "submission" in what ? { category: what.submission.category, channel: what.receiving.channel } : what;

interface Gathering {
  waiting: Waiting[];
  running: number;
  isScheduled: boolean;
  /** Set while a group waits for company, though others are being written. */
  lingers?: NodeJS.Timeout | undefined;
  /** How many the last group had: as many are likely to come again, and then there is nothing to wait for. */
  company: number;
}
const gatherings = new WeakMap<Node, Gathering>();

/** While a group is being written, the next waits a little for company: the disk is busy anyway. */
const LINGER_MS = 3;

function schedule(node: Node, gathering: Gathering): void {
  if (gathering.isScheduled || gathering.running >= GROUPS_MAX || gathering.waiting.length === 0) return;
  gathering.isScheduled = true;
  const begin = () => begun(node, gathering);
  // The others of this turn of the event loop join the same group.
  if (gathering.running === 0) setImmediate(begin);
  else gathering.lingers = setTimeout(begin, LINGER_MS);
}

function begun(node: Node, gathering: Gathering): void {
  clearTimeout(gathering.lingers);
  gathering.lingers = undefined;
  gathering.isScheduled = false;
  if (gathering.running >= GROUPS_MAX || gathering.waiting.length === 0) return;
  const { waiting } = gathering;
  // Two groups that take turns keep processor and disk busy; one that takes all leaves the one idle while the other works.
  const size = gathering.running === 0 && waiting.length >= SPLIT_MIN ? Math.ceil(waiting.length / 2) : waiting.length;
  const group = waiting.splice(0, Math.min(size, GROUP_MAX));
  gathering.running += 1;
  gathering.company = group.length;
  void write(node, group).finally(() => {
    gathering.running -= 1;
    schedule(node, gathering);
  });
  schedule(node, gathering);
}
const SPLIT_MIN = 16;

async function write(node: Node, group: readonly Waiting[]): Promise<void> {
  const started = monotonic();
  try {
    const wholes = await prepareGroup(
      node,
      group.map(({ prepared }) => prepared),
    );
    const whole = group.flatMap(({ actor, key, sent, code }, at) =>
      wholes[at] ? [{ actor, key, sent, code, ...wholes[at] }] : [],
    );
    const done = await node.db.transaction().execute((tx) => writeGroup(tx, node, whole));
    group.forEach((waiting, at) => {
      const outcome = done[at];
      if (outcome instanceof Refusal || outcome === undefined)
        waiting.reject(outcome ?? new Error("a report was neither written nor refused"));
      else waiting.resolve(outcome);
    });
  } catch (error) {
    // One report that cannot be kept must not cost the others theirs.
    if (group.length > 1) for (const waiting of group) await write(node, [waiting]);
    else group[0]?.reject(error);
  }
  await shareWordings(node).catch((error: unknown) => node.log.warn({ err: error }, "wordings were not shared"));
  node.log.debug({ reports: group.length, ms: monotonic() - started }, "reports were taken in");
}

async function writeGroup(tx: Tx, node: Node, group: readonly Entering[]): Promise<(Performed | Refusal)[]> {
  const now = node.clock();
  const sharing = await sharingOf(tx, group);
  const ready = group.map((handing) => makeReady(node, handing, sharing, now));
  const quotas = await withinQuotas(tx, ready, now);
  const written = new Set(
    await insertReports(
      tx,
      ready.filter(({ id }) => !quotas.refused.has(id)),
      now,
    ),
  );
  await quotas.count(written);
  const fresh = ready.filter(({ id }) => written.has(id));
  const entries = new Map(fresh.map((each) => [each.id, entryOf(node, each, now)]));
  await writeEntries(tx, [...entries.values()]);
  const repeated = await findRepeated(
    tx,
    ready.filter(({ id }) => !written.has(id) && !quotas.refused.has(id)),
  );
  return ready.map((each) => {
    const beyond = quotas.refused.get(each.id);
    if (beyond) return beyond;
    const entry = entries.get(each.id);
    if (!entry) return repeated.get(each.id) ?? new Refusal("conflict", "key-reused");
    return {
      id: each.id,
      state: "received",
      entry: { id: entry.record.id, digest: entry.digest.toString("hex") },
      done: { reference: each.reference, code: each.code },
      repeated: false,
      status: 201,
    };
  });
}

/** Writes one report in a transaction that is open already: for what comes as part of another act. Throws where it is refused. */
export async function handInWithin(tx: Tx, node: Node, handing: Handing): Promise<Performed> {
  const { actor, key, sent, code, prepared } = handing;
  const [whole] = await prepareGroup(node, [prepared]);
  const [done] = whole ? await writeGroup(tx, node, [{ actor, key, sent, code, ...whole }]) : [];
  if (!done || done instanceof Refusal) throw done ?? new Error("a report was neither written nor refused");
  return done;
}

/** How many reports already share each strong observable of the group: counted up to what the rule of priority asks for, never further. */
async function sharingOf(tx: Tx, group: readonly Entering[]): Promise<ReadonlyMap<string, number>> {
  const keys = [
    ...new Set(
      group.flatMap(({ prepared }) => prepared.observables.filter(({ strong }) => strong).map(({ key }) => key)),
    ),
  ];
  if (keys.length === 0) return new Map();
  const most = Math.max(...group.map(({ prepared }) => prepared.law.sharedMin));
  const { rows } = await sql<{ key: string; n: number }>`select k.key, (
      select count(*) from (select 1 from report_observable o where o.key = k.key and o.strong limit ${sql.lit(most)}) as c
    ) as n from unnest(${keys}::text[]) as k(key)`.execute(tx);
  return new Map(rows.map(({ key, n }) => [key, n]));
}

function makeReady(node: Node, handing: Entering, sharing: ReadonlyMap<string, number>, now: Temporal.Instant): Ready {
  const { actor, prepared, key, sent } = handing;
  const { keys } = node.services;
  const forPeople = prepared.channel === "portal";
  const sentKey = key === undefined ? null : lookupKey(keys.lookup, "report", actorId(actor), key);
  const sentDigest =
    key === undefined
      ? null
      : createHash("sha256")
          .update(canonicalize(sent) ?? "")
          .digest();
  // Under a key of the sender the code follows from key and content, so that a repeated call gets the same without its being kept.
  const seed = sentKey && sentDigest ? seedOf(keys.receipt, sentKey, sentDigest) : null;
  const code =
    handing.code ??
    (seed ? (forPeople ? codeFrom(seed) : machineCodeFrom(seed)) : forPeople ? newCode() : newMachineCode());
  const ranked = rankOf(prepared, Math.max(0, ...prepared.observables.map((each) => sharing.get(each.key) ?? 0)));
  const pattern = actor.kind === "public" ? patternOf(node, prepared) : null;
  const floods = pattern !== null && noteWording(node, pattern, now) > FLOOD_MIN;
  return {
    ...handing,
    reference: newReference(),
    code: forPeople ? shownCode(code) : code,
    digest: codeDigest(keys.receipt, code),
    sentKey,
    sentDigest,
    ranked,
    respondBy: floods ? null : firstResponseDue(ranked.priority, now),
    unopenedAt: floods ? null : climbsAt(ranked.priority, now),
    pattern,
    floods,
  };
}

/** The policy's word on a new report. It sees what the report is, not which; one answer serves all that are alike. */
function decisionFor(
  node: Node,
  { actor, prepared }: { actor: Actor; prepared: Pick<Prepared, "category" | "channel"> },
  priority: number,
  now: Temporal.Instant,
) {
  if (actor.kind === "system") return { policies: [`system:${actor.job}`], pack: node.policy.pack };
  const { category, channel } = prepared;
  const client = actor.kind === "client" ? { client_id: actor.client } : {};
  return allowed(node, actor, SUBMIT, { state: "received", category, priority, channel, ...client }, now);
}
const SUBMIT = `${reportSubject.name}.submit`;

function entryOf(node: Node, ready: Ready, now: Temporal.Instant) {
  const { id, actor, reference, ranked, prepared, floods } = ready;
  const action = SUBMIT;
  const decision = decisionFor(node, ready, ranked.priority, now);
  return makeEntry(
    {
      node: node.code,
      now,
      act: action,
      subject: { kind: reportSubject.name, id },
      actor,
      basis: [],
      decision,
      state: { from: null, to: "received" },
      change: {
        reference,
        category: prepared.category,
        priority: ranked.priority,
        reasons: [...ranked.reasons],
        channel: prepared.channel,
        anonymous: prepared.contact === null,
        observables: prepared.observables.length,
        ...(prepared.office === undefined ? {} : { office: prepared.office }),
        ...(floods ? { quarantine: "flood" } : {}),
      },
    },
    undefined,
  );
}

const UNBORN = "00000000-0000-0000-0000-000000000000";
function allowed(node: Node, actor: Actor, action: string, row: Record<string, unknown>, now: Temporal.Instant) {
  const decision = node.policy.decide({
    actor,
    action,
    subject: reportSubject,
    id: UNBORN,
    row: { ...row, id: UNBORN },
    now,
  });
  if (!decision.allowed)
    throw new Refusal("not-allowed", decision.reason ?? "not-permitted", {
      policies: decision.policies,
      values: { act: action },
    });
  return decision;
}
