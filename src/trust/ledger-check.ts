import type { Database, Tx } from "../kernel/database.ts";
import { finding, type LedgerFinding } from "./ledger-finding.ts";
import {
  type Candidates,
  candidates,
  chainBreaks,
  columnsApart,
  digestOfRow,
  erasuresTold,
  type JournalRow,
  leavesTold,
  type Opener,
  type Reading,
  type Told,
  traces,
} from "./ledger-leaves.ts";
import { Edge, ENTRIES, TILE_WIDTH, tilePath } from "./tiles.ts";
import { isOfLog, readCheckpoint } from "./verify-checkpoint.ts";
import { Malformed } from "./verify-errors.ts";
import { type NoteKey, readVkey } from "./verify-note.ts";
import { EMPTY_ROOT, leafHash } from "./verify-tlog.ts";
import { BATCH_ENTRIES } from "./sequencer.ts";

/** How the ledger is known: as `ledgerIdentity` gives it. */
export interface LedgerIdentity {
  readonly origin: string;
  readonly vkey: string;
}

/** What the check found. */
export interface LedgerReport {
  readonly ok: boolean;
  readonly origin: string;
  /** Entries that the last good checkpoint covers. */
  readonly size: number;
  /** Root of that checkpoint, base64; `null` where there is none. */
  readonly root: string | null;
  readonly checkpoints: number;
  /** Journal rows, and those of them that no checkpoint covers yet. */
  readonly entries: number;
  readonly waiting: number;
  /** Rows whose words were lawfully erased; their leaves stand as they did. */
  readonly erased: number;
  /** Rows whose words are sealed and were not opened, as the node's keys were not at hand: they were held against the ledger by their digest alone. */
  readonly unread: number;
  readonly findings: readonly LedgerFinding[];
}

/**
 * Builds the tree again from the journal and holds it against tiles, bundles and every checkpoint; follows every subject's
 * chain; names each entry that was altered, removed or inserted. Reads one moment of the database, whatever goes on in it.
 *
 * Who holds the ledger's key and the whole database could write another history that agrees with itself: against that stand
 * the checkpoints that peers hold.
 *
 * `key` opens what entries say; without it the report says of how many that was not checked.
 */
export const ledgerCheck = (db: Database, identity: LedgerIdentity, key: Opener): Promise<LedgerReport> =>
  db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute((tx) => new Check(tx, identity, key).report());

interface Anchor {
  readonly size: number;
  readonly root: Buffer;
  /** When it was signed. */
  readonly at: Temporal.Instant;
}

/** How long before the checkpoint that lacks it an entry may say that it was written, in minutes: work under way, and clocks. */
const LATE_MINUTES = 15;

class Check {
  private readonly tx: Tx;
  private readonly identity: LedgerIdentity;
  private readonly findings: LedgerFinding[] = [];
  /** Ids of entries that are named already. */
  private readonly named = new Set<string>();
  private readonly removed: Told[] = [];
  private edge = new Edge();
  /** First leaf of the first checkpoint whose root no place gives: from there on nothing is anchored. */
  private lostFrom = Number.POSITIVE_INFINITY;
  private readonly upper = new Map<string, Buffer>();
  private reading: Reading;
  private readonly changedTiles = new Set<string>();
  /** The last checkpoint that left nothing out which was written by then, and that before the leaves that are being judged. */
  private dating: Anchor | null = null;
  private before: Anchor | null = null;

  constructor(tx: Tx, identity: LedgerIdentity, key: Opener) {
    this.reading = { erasures: new Map(), key };
    this.tx = tx;
    this.identity = identity;
  }

  async report(): Promise<LedgerReport> {
    const { anchors, count, size } = await this.anchors();
    const { key } = this.reading;
    this.reading = { key, erasures: await erasuresTold(this.tx, key) };
    await this.walk(anchors, size);
    await this.nameRemoved();
    await this.upperTiles(size);
    await this.outside(size);
    await this.chains(size);
    for (const path of this.changedTiles) this.findings.push(finding({ kind: "tile", differs: [path] }));
    const total = await this.tx
      .selectFrom("journal")
      .select(({ fn }) => [
        fn.countAll<number>().as("entries"),
        fn.count<number>("leaf").as("numbered"),
        fn.countAll<number>().filterWhere("erased", "=", true).as("erased"),
        fn.countAll<number>().filterWhere("words", "is not", null).as("sealed"),
      ])
      .executeTakeFirstOrThrow();
    const last = anchors.at(-1);
    return {
      ok: this.findings.length === 0,
      origin: this.identity.origin,
      size: last?.size ?? 0,
      root: last?.root.toString("base64") ?? null,
      checkpoints: count,
      entries: total.entries,
      waiting: total.entries - total.numbered,
      erased: total.erased,
      unread: key === null ? total.sealed : 0,
      findings: this.findings,
    };
  }

  /** The checkpoints that this ledger signed, in order; the others are findings. */
  private async anchors(): Promise<{ anchors: Anchor[]; count: number; size: number }> {
    const rows = await this.tx.selectFrom("ledger_checkpoint").selectAll().orderBy("size").execute();
    const key = readVkey(this.identity.vkey);
    const anchors: Anchor[] = [];
    for (const { size, root, note, at } of rows) {
      const fault = this.checkpointFault(note, { size, root }, key);
      if (fault === null) anchors.push({ size, root, at });
      else this.findings.push(finding({ kind: "checkpoint", differs: [`size ${size}: ${fault}`] }));
    }
    return { anchors, count: rows.length, size: rows.at(-1)?.size ?? 0 };
  }

  private checkpointFault(note: string, { size, root }: Omit<Anchor, "at">, key: NoteKey): string | null {
    try {
      const checkpoint = readCheckpoint(note);
      if (!isOfLog(checkpoint, { origin: this.identity.origin, key })) return "not signed by this ledger";
      return checkpoint.size === BigInt(size) && checkpoint.root.equals(root) ? null : "the note says something else";
    } catch (error) {
      if (error instanceof Malformed) return error.message;
      throw error;
    }
  }

  private async walk(anchors: readonly Anchor[], size: number): Promise<void> {
    const coming = anchors.filter((anchor) => anchor.size > 0);
    let since: Told[] = [];
    for await (const told of leavesTold(this.tx, size, this.reading)) {
      since.push(told);
      if (coming[0]?.size !== told.leaf + 1) continue;
      this.judge(since, coming.shift() ?? null);
      since = [];
    }
    this.judge(since, null);
  }

  /** Decides which place tells the truth about the leaves since the last checkpoint: the one that gives the root signed. */
  private judge(since: readonly Told[], anchor: Anchor | null): void {
    if (since.length === 0) return;
    const all = since.map(candidates);
    const grown = (of: keyof Candidates): Edge => {
      const edge = this.edge.copy();
      for (const each of all) edge.push(each[of] ?? each.most);
      return edge;
    };
    const gives = (edge: Edge) => anchor !== null && (edge.root() ?? EMPTY_ROOT).equals(anchor.root);
    let truth: keyof Candidates = "most";
    let edge = grown("most");
    if (anchor && this.lostFrom === Number.POSITIVE_INFINITY && !gives(edge)) {
      const better = (["tile", "bundle", "journal"] as const).find((place) => gives(grown(place)));
      if (better) [truth, edge] = [better, grown(better)];
      else this.lose(since, anchor);
    }
    this.edge = edge;
    this.before = this.dating;
    // A batch that was full left out what waited behind it: what came with the next may well be older.
    if (anchor && since.length < BATCH_ENTRIES) this.dating = anchor;
    for (const tile of edge.grown()) if (tile.level > 0) this.upper.set(`${tile.level}/${tile.index}`, tile.bytes);
    for (const [at, told] of since.entries()) {
      const each = all[at];
      if (each) this.compare(told, each, each[truth] ?? each.most);
      this.date(told);
      if (!told.row) this.removed.push(told);
    }
  }

  /** The ledger had signed without it: it was not there when it says it was written. */
  private date({ leaf, row }: Told): void {
    const { before } = this;
    if (!row || !before || this.named.has(row.id)) return;
    if (Temporal.Instant.compare(row.at, before.at.subtract({ minutes: LATE_MINUTES })) >= 0) return;
    const { id: entry, seq, subject_kind: kind, subject_id: id } = row;
    this.named.add(entry);
    const differs = [
      `It says ${row.at.toString()}, but the ledger had signed ${before.size} entries without it at ${before.at.toString()}`,
    ];
    this.findings.push(finding({ kind: "backdated", entry, leaf, seq, subject: { kind, id }, differs }));
  }

  private lose(since: readonly Told[], anchor: Anchor): void {
    this.lostFrom = since[0]?.leaf ?? 0;
    const differs = `size ${anchor.size}: the entries from leaf ${this.lostFrom} to ${anchor.size - 1} do not give the root that was signed`;
    this.findings.push(finding({ kind: "checkpoint", differs: [differs] }));
  }

  private compare({ leaf, row, digest }: Told, told: Candidates, truth: Buffer): void {
    const index = Math.floor(leaf / TILE_WIDTH);
    if (!told.tile?.equals(truth)) this.changedTiles.add(tilePath({ level: 0, index, width: TILE_WIDTH }));
    if (!told.bundle?.equals(truth)) this.changedTiles.add(tilePath({ level: ENTRIES, index, width: TILE_WIDTH }));
    if (row) {
      const apart = columnsApart(row, digest);
      const isTrue = told.journal?.equals(truth) === true;
      if (isTrue && apart.length === 0) return;
      const others = apart.filter((column) => column !== "digest");
      const isKept = leafHash(row.digest).equals(truth);
      // The row may agree with itself and still not be what was taken in: then its whole record is another.
      this.name("altered", row, isTrue ? apart : ["record or salt", ...others, ...(isKept ? [] : ["digest"])]);
    }
  }

  private name(
    kind: "altered" | "inserted",
    row: Omit<JournalRow, "at" | "act" | "prev" | "record" | "words" | "salt" | "digest" | "erased">,
    differs: readonly string[],
  ): void {
    if (this.named.has(row.id)) return;
    this.named.add(row.id);
    const { id, leaf, seq, subject_kind, subject_id } = row;
    this.findings.push(
      finding({ kind, entry: id, leaf, seq, subject: { kind: subject_kind, id: subject_id }, differs }),
    );
  }

  /** Entries whose leaf nobody claims: the entry after them in the chain still names their subject. */
  private async nameRemoved(): Promise<void> {
    const known = await traces(
      this.tx,
      this.removed.flatMap(({ bundled }) => bundled ?? []),
    );
    for (const { leaf, bundled } of this.removed) {
      const trace = bundled && known.get(bundled.toString("hex"));
      const place = trace
        ? { entry: trace.id, seq: trace.seq, subject: { kind: trace.subject_kind, id: trace.subject_id } }
        : {};
      if (trace) this.named.add(trace.id ?? `${trace.subject_kind} ${trace.subject_id} ${trace.seq}`);
      this.findings.push(finding({ kind: "removed", leaf, differs: ["journal"], ...place }));
    }
  }

  private async upperTiles(size: number): Promise<void> {
    const rows = await this.tx.selectFrom("ledger_tile").selectAll().where("level", ">", 0).execute();
    const kept = new Map(rows.map(({ level, idx, bytes }) => [`${level}/${idx}`, bytes]));
    for (const [place, bytes] of this.upper)
      if (!kept.get(place)?.equals(bytes)) {
        const [level = 0, index = 0] = place.split("/").map(Number);
        this.changedTiles.add(tilePath({ level, index, width: TILE_WIDTH }));
      }
    const beyond = rows.filter(({ level, idx }) => idx * TILE_WIDTH ** (level + 1) >= size);
    for (const { level, idx } of beyond) this.changedTiles.add(tilePath({ level, index: idx, width: TILE_WIDTH }));
  }

  /** Rows that claim a leaf that was never given out, and rows that wait and do not even agree with themselves. */
  private async outside(size: number): Promise<void> {
    const beyond = await this.tx.selectFrom("journal").selectAll().where("leaf", ">=", size).execute();
    const negative = await this.tx.selectFrom("journal").selectAll().where("leaf", "<", 0).execute();
    for (const row of [...beyond, ...negative]) this.name("inserted", row, ["leaf"]);
    const waiting = await this.tx.selectFrom("journal").selectAll().where("leaf", "is", null).execute();
    for (const row of waiting) {
      const apart = columnsApart(row, digestOfRow(row, this.reading));
      if (apart.length > 0) this.name("inserted", row, apart);
    }
  }

  private async chains(size: number): Promise<void> {
    for (const row of await chainBreaks(this.tx)) {
      if (this.named.has(row.id)) continue;
      const subject = { kind: row.subject_kind, id: row.subject_id };
      const expected = (row.before_seq ?? 0) + 1;
      for (let seq = expected; seq < row.seq; seq++)
        if (!this.named.has(`${subject.kind} ${subject.id} ${seq}`))
          this.findings.push(finding({ kind: "removed", subject, seq, differs: ["journal"] }));
      if (row.seq > expected) continue;
      const { before_id: id, before_leaf: leaf, before_seq: seq } = row;
      // What the ledger holds is true, so its neighbour is not; where neither is in it, the later one came to the earlier.
      if (id === null || row.leaf === null || this.isKnownGood(id, leaf, size)) this.name("inserted", row, ["prev"]);
      else {
        const differs = ["the digest that the next entry names"];
        this.name(leaf === null ? "inserted" : "altered", { ...row, id, leaf, seq: seq ?? 0 }, differs);
      }
    }
  }

  /** The entry is anchored in the ledger and nothing was found against it. */
  private isKnownGood(id: string, leaf: number | null, size: number): boolean {
    return leaf !== null && leaf < size && leaf < this.lostFrom && !this.named.has(id);
  }
}
