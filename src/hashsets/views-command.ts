import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { takesTwo } from "./acts.ts";
import { filesOf } from "./files.ts";
import type { SetRow } from "./hash-set.ts";

type Line = Pick<SetRow, "id" | "name" | "category" | "state"> & {
  readonly version: string | null;
  readonly entries: Readonly<Record<string, number>>;
};

export const setsOf = async (node: Node): Promise<Line[]> =>
  (
    await sql<Line>`select s.id, s.name, s.category, s.state, v.version, coalesce(v.entries, '{}') as entries from hash_set s
    left join hash_version v on v.id = coalesce(s.current, s.proposed) order by s.name`.execute(node.db)
  ).rows;

export const findSet = (node: Node, name: string) =>
  node.db.selectFrom("hash_set").selectAll().where("name", "=", name).executeTakeFirst();

export const findAccount = async (node: Node, username: string): Promise<string | undefined> =>
  (
    await node.db
      .selectFrom("account")
      .select("id")
      .where("username", "=", username)
      .where("state", "=", "active")
      .executeTakeFirst()
  )?.id;

const KINDS = { 32: "md5", 40: "sha1", 64: "sha256" } as const;
/** Which live sets know each hash. A set of the abuse of children has no name here. */
export async function checkHashes(
  node: Node,
  hashes: readonly string[],
): Promise<{ hash: string; known: { name: string | null; category: string }[] }[]> {
  const { rows } = await sql<
    SetRow & { current: string }
  >`select * from hash_set where current is not null order by name`.execute(node.db);
  const answers = [];
  for (const hash of hashes) {
    const kind = KINDS[hash.length as keyof typeof KINDS];
    const known = [];
    for (const { name, category, current, distance } of rows) {
      if (!/^[\da-f]+$/i.test(hash) || !kind) continue;
      const files = await filesOf(node, current);
      const isKnown = (await files.has(kind, hash)) || (kind === "sha256" && files.near(hash, distance) !== undefined);
      if (isKnown) known.push({ name: takesTwo(category) ? null : name, category });
    }
    answers.push({ hash, known });
  }
  return answers;
}
