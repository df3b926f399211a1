import { z } from "zod";
import { type Database, sql } from "../kernel/database.ts";
import { type Listed, type Reader, view } from "../kernel/view.ts";
import type { HolderKind } from "../trust/key-holder.ts";
import { type KeyRow, keySubject } from "./key.ts";

/** A key with what lies under it. */
export interface KeyLine extends Omit<KeyRow, "usable"> {
  readonly holder: HolderKind;
  /** Data keys that are wrapped under it: of what is kept, and of uploads under way. */
  readonly wraps: number;
}

/** Every key there was, the current one first. For whoever runs the node: the commands. */
export async function keyLines(db: Database, only = sql<boolean>`true`): Promise<KeyLine[]> {
  const { rows } = await sql<Omit<KeyLine, "holder">>`select id, name, state, made_at, destroyed_at, shredded_at,
      ((select count(*) from blob_wrap b where b.key = vault_key.name) + (select count(*) from upload u where u.key_name = vault_key.name))::int as wraps
    from vault_key where ${only} order by (state <> 'current'), made_at desc, name`.execute(db);
  return rows.map((row) => ({ ...row, holder: row.name.slice(0, row.name.indexOf(":")) as HolderKind }));
}

/** The keys, and where new ones are made. */
export interface KeyList extends Listed<KeyLine> {
  readonly holder: HolderKind;
}
export const keyList = view({
  name: "vault-key.list",
  path: "/vault-keys",
  subject: keySubject,
  input: z.object({}),
  read: async (reader): Promise<KeyList> => ({
    items: await keyLines(reader.db, visibleTo(reader)),
    holder: reader.node.services.vault.keys.kind,
  }),
});

const visibleTo = (reader: Reader) => sql<boolean>`${reader.visible(keySubject)}`;

export const keyFile = view({
  name: "vault-key.read",
  path: "/vault-keys/:id",
  subject: keySubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<KeyLine | undefined> =>
    (await keyLines(reader.db, sql<boolean>`id = ${id} and ${visibleTo(reader)}`))[0],
});
