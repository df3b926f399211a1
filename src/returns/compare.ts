import type { ListedFile, Stated } from "./hash-list.ts";

/** A file that came. */
export interface CameFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly digests: Required<{ [name in keyof Stated]: string }>;
}
/**
 * What the list says of a file, or a file of the list. `matched`: its digests are those stated. `renamed`: so, but under another name.
 * `different`: it has this name and another digest. `missing`: it did not come. `extra`: no line of the list is about it.
 */
export type Outcome = "matched" | "renamed" | "different" | "missing" | "extra";
export interface Compared {
  readonly outcome: Outcome;
  readonly listed?: ListedFile;
  readonly came?: CameFile;
}

const lastOf = (name: string): string => name.split(/[/\\]/).at(-1) ?? name;
const isSame = ({ digests, bytes }: ListedFile, came: CameFile): boolean =>
  (Object.keys(digests) as (keyof Stated)[]).every((name) => digests[name] === came.digests[name]) &&
  (bytes === undefined || bytes === came.bytes);

/**
 * Holds what came against what the provider says to have sent: every line of the list and every file is told once, those first of which
 * somebody must think. Each file stands for one line only.
 */
export function compare(listed: readonly ListedFile[], came: readonly CameFile[]): Compared[] {
  const left = new Map(came.map((file) => [file.id, file]));
  const byName = new Map<string, CameFile[]>();
  const byDigest = new Map<string, CameFile[]>();
  const push = (map: Map<string, CameFile[]>, key: string, file: CameFile) =>
    map.set(key, [...(map.get(key) ?? []), file]);
  for (const file of came) {
    push(byName, lastOf(file.name), file);
    for (const digest of Object.values(file.digests)) push(byDigest, digest, file);
  }
  const take = (files: readonly CameFile[] | undefined, fits: (file: CameFile) => boolean): CameFile | undefined => {
    const found = files?.find((file) => left.has(file.id) && fits(file));
    if (found) left.delete(found.id);
    return found;
  };
  const found = new Map<ListedFile, Compared>();
  // Names and digests together first, so that no line takes the file of another.
  for (const line of listed) {
    const same = take(byName.get(lastOf(line.name)), (file) => isSame(line, file));
    if (same) found.set(line, { outcome: "matched", listed: line, came: same });
  }
  for (const line of listed.filter((each) => !found.has(each))) {
    const digest = line.digests.sha256 ?? line.digests.sha1 ?? line.digests.md5 ?? "";
    const other = take(byDigest.get(digest), (file) => isSame(line, file));
    if (other) found.set(line, { outcome: "renamed", listed: line, came: other });
  }
  for (const line of listed.filter((each) => !found.has(each))) {
    const wrong = take(byName.get(lastOf(line.name)), () => true);
    found.set(line, wrong ? { outcome: "different", listed: line, came: wrong } : { outcome: "missing", listed: line });
  }
  const order: Readonly<Record<Outcome, number>> = { different: 0, missing: 1, extra: 2, renamed: 3, matched: 4 };
  return [
    ...listed.flatMap((line) => found.get(line) ?? []),
    ...[...left.values()].map((file): Compared => ({ outcome: "extra", came: file })),
  ].sort((a, b) => order[a.outcome] - order[b.outcome]);
}

/** How many of each. */
export function countsOf(compared: readonly Compared[]): Readonly<Record<Outcome, number>> {
  const counts = { matched: 0, renamed: 0, different: 0, missing: 0, extra: 0 };
  for (const { outcome } of compared) counts[outcome] += 1;
  return counts;
}
/** Whether all is as the list says. */
export const isWhole = (counts: Readonly<Record<Outcome, number>>): boolean =>
  counts.different + counts.missing + counts.extra === 0;
