import { itemOpened } from "../evidence/slice.ts";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { rowFinding, type RowFinding } from "../kernel/recorded-check.ts";
import { unseal } from "../trust/seal.ts";
import { pdqPlace } from "./acts-match.ts";
import { filesOf } from "./files.ts";
import type { Kind } from "./hash-set.ts";

interface Live {
  readonly id: string;
  readonly distance: number;
  readonly current: string;
}
interface Kept {
  readonly set_id: string;
  readonly version: string;
  readonly kind: Kind;
  readonly distance: number | null;
}
interface Checked {
  readonly item: string;
  readonly generation: number;
  readonly pdq: Buffer | null;
  /** It is still here, and its turn has come: what matched is compared. */
  readonly compared: boolean;
}

/**
 * Holds every item against the hash sets once more, and what was kept of that against what comes out now. What an earlier version of a set
 * had matched stays and is not judged; an item that waits for its turn is not either. Throws where a set's files are not on this machine.
 */
export async function checkMatches(node: Node): Promise<RowFinding[]> {
  const { db } = node;
  const { rows: sets } = await sql<Live>`select id, distance, current from hash_set where current is not null`.execute(
    db,
  );
  const { rows: generations } = await sql<{ generation: number }>`select generation from hash_generation`.execute(db);
  const now = Number(generations[0]?.generation ?? 0);
  const { rows } =
    await sql<Checked>`select c.item, c.generation, c.pdq, i.disposed_at is null and c.generation >= ${now} as compared
    from hash_check c join item i on i.id = c.item order by c.item`.execute(db);
  const findings: RowFinding[] = [];
  for (const row of rows) {
    if (Number(row.generation) > now) findings.push(rowFinding("hash_check", row.item, null, ["generation"]));
    const picture = pictureOf(node, row);
    if (picture === null) findings.push(rowFinding("hash_check", row.item, null, ["pdq"]));
    if (picture === null || !row.compared) continue;
    const expected = await expectedOf(node, row.item, picture, sets);
    const { rows: kept } =
      await sql<Kept>`select set_id, version, kind, distance from hash_match where item = ${row.item}`.execute(db);
    const there = new Set(kept.map(lineOf));
    const must = new Set(expected.map(lineOf));
    const live = new Map(sets.map(({ id, current }) => [id, current]));
    const surplus = kept.filter((each) => live.get(each.set_id) === each.version && !must.has(lineOf(each)));
    if (surplus.length > 0 || expected.some((each) => !there.has(lineOf(each))))
      findings.push(rowFinding("hash_match", row.item, null, ["row"]));
  }
  return findings;
}

const lineOf = ({ set_id, version, kind, distance }: Kept): string => `${set_id} ${version} ${kind} ${distance ?? ""}`;

/** The perceptual hash that is kept, hex; `undefined` where none is, `null` where it can't be opened. */
function pictureOf(node: Node, { item, pdq }: Checked): string | undefined | null {
  if (!pdq) return undefined;
  try {
    return unseal(node.services.keys.seal, pdq, pdqPlace(item)).toString("hex");
  } catch {
    return null;
  }
}

/** What matches now. */
async function expectedOf(
  node: Node,
  item: string,
  picture: string | undefined,
  sets: readonly Live[],
): Promise<Kept[]> {
  const row = await itemOpened(node, item).catch(() => undefined);
  if (!row) return [];
  const digests = { md5: row.md5, sha1: row.sha1, sha256: row.digest } as const;
  const found: Kept[] = [];
  for (const { id: set_id, current: version, distance: most } of sets) {
    const files = await filesOf(node, version);
    for (const kind of ["md5", "sha1", "sha256"] as const) {
      const digest = digests[kind];
      if (digest && (await files.has(kind, digest))) found.push({ set_id, version, kind, distance: null });
    }
    const distance = picture === undefined ? undefined : files.near(picture, most);
    if (distance !== undefined) found.push({ set_id, version, kind: "pdq", distance });
  }
  return found;
}
